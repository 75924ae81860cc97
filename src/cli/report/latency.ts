import { dot, lineY } from '@observablehq/plot';
import type { Latency } from '../bench/latency.js';
import type { Figure } from '../page/figure.js';
import { logarithmic } from '../page/logarithmic.js';
import { scales } from '../page/look.js';
import type { Series } from './series.js';

const HEIGHT = 260;

const QUANTILES = [
  ['p50', '50 %'],
  ['p90', '90 %'],
  ['p99', '99 %'],
  ['p999', '99.9 %'],
  ['p9999', '99.99 %'],
  ['max', 'all'],
] as const;

/** Three digits that count. */
function shortly(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** Of each row of the histogram: its middle, and its share of the operations in percent; and none beside where none are. */
function sharesOf({ histogram }: Latency, operations: number): { x: number; y: number }[] {
  const step = 2 ** (1 / 8);
  return histogram.flatMap(([upTo, count], index) => {
    const x = upTo / Math.sqrt(step);
    const isAlone = (other: number | undefined) => other === undefined || Math.abs(Math.log2(other / upTo)) > 1.5 / 8;
    const before = isAlone(histogram[index - 1]?.[0]) ? [{ x: x / step, y: 0 }] : [];
    const after = isAlone(histogram[index + 1]?.[0]) ? [{ x: x * step, y: 0 }] : [];
    return [...before, { x, y: (count / operations) * 100 }, ...after];
  });
}

/** How many operations took how long. */
export function distributionFigure(series: readonly Series[]): Figure {
  const looks = series.map((one) => one.look);
  const points = series.flatMap(({ look, side }) =>
    sharesOf(side.latency, side.operations).map((point) => ({ ...point, series: look.name })),
  );
  return {
    id: 'latency-distribution',
    title: 'Latency, distribution',
    description:
      'From the call to its result: the share of the operations that took about so long, eight rows to each doubling. ' +
      'Further to the left is better, and the scale is logarithmic.',
    plot: {
      ...scales(looks),
      ...{ height: HEIGHT, marginLeft: 52, marginBottom: 44 },
      x: logarithmic(
        'microseconds',
        points.map(({ x }) => x),
      ),
      y: { label: '% of the operations', grid: true, zero: true },
      marks: [lineY(points, { x: 'x', y: 'y', z: 'series', stroke: 'series', strokeWidth: 1.5, curve: 'step' })],
    },
    legend: looks,
    figures: {
      head: ['', 'fastest us', 'mean us', 'slowest us', 'operations'],
      rows: series.map(({ look, side: { latency, operations } }) => [
        look.name,
        ...[latency.min, latency.mean, latency.max].map(shortly),
        String(operations),
      ]),
    },
  };
}

/** What latency which share of the operations does not exceed. */
export function quantilesFigure(series: readonly Series[]): Figure {
  const looks = series.map((one) => one.look);
  const points = series.flatMap(({ look, side: { latency } }) =>
    QUANTILES.map(([key, name], x) => ({
      ...{ x, y: latency[key], series: look.name },
      title: `${look.name}, ${name}: ${shortly(latency[key])} us`,
    })),
  );
  return {
    id: 'latency-quantiles',
    title: 'Latency, quantiles',
    description:
      'Microseconds that so many of the operations did not exceed. Less is better, and the scale is logarithmic.',
    plot: {
      ...scales(looks),
      ...{ height: HEIGHT, marginLeft: 52, marginBottom: 44 },
      x: {
        domain: [-0.3, QUANTILES.length - 0.7],
        ticks: QUANTILES.map((_, place) => place),
        tickFormat: (place: number) => QUANTILES[place]?.[1] ?? '',
        label: 'of the operations',
      },
      y: logarithmic(
        'microseconds',
        points.map(({ y }) => y),
      ),
      marks: [
        lineY(points, { x: 'x', y: 'y', z: 'series', stroke: 'series', strokeWidth: 1.5 }),
        dot(points, { x: 'x', y: 'y', fill: 'series', symbol: 'series', r: 4, title: 'title' }),
      ],
    },
    legend: looks,
    figures: {
      head: ['', ...QUANTILES.map(([, name]) => `${name} us`)],
      rows: series.map(({ look, side: { latency } }) => [
        look.name,
        ...QUANTILES.map(([key]) => shortly(latency[key])),
      ]),
    },
  };
}
