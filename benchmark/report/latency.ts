import { dot, lineY, ruleX } from '@observablehq/plot';
import type { Cell } from '../harness/run.js';
import { type Spread, spread } from '../harness/statistics.js';
import { type Figure, identifier } from '../../src/cli/page/figure.js';
import { logarithmic } from '../../src/cli/page/logarithmic.js';
import { type Looks, pick, scales } from './looks.js';
import { shortly } from './texts.js';

const QUANTILES = [
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p99', 'p99'],
  ['p999', 'p99.9'],
] as const;

interface Point extends Spread {
  contestant: string;
  quantile: string;
  x: number;
  title: string;
}

function pointsOf({ series }: Cell): Point[] {
  return series.flatMap(({ contestant, rounds }, index) =>
    QUANTILES.flatMap(([key, quantile], place) => {
      const values = rounds.flatMap(({ latency }) => latency?.[key] ?? []);
      if (values.length === 0) return [];
      const all = spread(values);
      const title = `${contestant}, ${quantile}: ${shortly(all.median)} us (${shortly(all.min)}-${shortly(all.max)})`;
      const x = place + (index - (series.length - 1) / 2) * 0.06;
      return { ...all, contestant, quantile, x, title };
    }),
  );
}

/** How long operations took, for who counts it; nothing where nobody does. */
export function latencyFigures(cell: Cell, looks: Looks): Figure[] {
  const points = pointsOf(cell);
  if (points.length === 0) return [];
  const names = [...new Set(points.map(({ contestant }) => contestant))];
  const shown = pick(looks, names);
  const text = (name: string, quantile: string): string => {
    const point = points.find((one) => one.contestant === name && one.quantile === quantile);
    return point === undefined ? '-' : `${shortly(point.median)} (${shortly(point.min)}-${shortly(point.max)})`;
  };
  const figure: Figure = {
    id: identifier('latency', cell.scenario, cell.target, cell.depth),
    title: `${cell.scenario}, ${cell.target}, depth ${cell.depth}`,
    description:
      'Microseconds from the call to its result: quantiles of the operations of a round, their medians over the rounds ' +
      'and the range of these. Less is better, and the scale is logarithmic. Who measures no latency is left out.',
    plot: {
      ...scales(shown),
      height: 260,
      marginLeft: 52,
      marginBottom: 44,
      x: {
        domain: [-0.4, QUANTILES.length - 0.6],
        ticks: QUANTILES.map((_, place) => place),
        tickFormat: (place: number) => QUANTILES[place]?.[1] ?? '',
        label: 'quantile of the operations',
      },
      y: logarithmic(
        'microseconds',
        points.flatMap(({ min, max }) => [min, max]),
      ),
      marks: [
        ruleX(points, { x: 'x', y1: 'min', y2: 'max', stroke: 'contestant', strokeOpacity: 0.7 }),
        lineY(points, { x: 'x', y: 'median', z: 'contestant', stroke: 'contestant', strokeWidth: 1.5 }),
        dot(points, { x: 'x', y: 'median', fill: 'contestant', symbol: 'contestant', r: 4, title: 'title' }),
      ],
    },
    legend: shown,
    figures: {
      head: ['contestant', ...QUANTILES.map(([, quantile]) => `${quantile} us`)],
      rows: names.map((name) => [name, ...QUANTILES.map(([, quantile]) => text(name, quantile))]),
    },
  };
  return [figure];
}
