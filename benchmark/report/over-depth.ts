import { areaY, axisX, dot, lineY, type PlotOptions, ruleX, ruleY } from '@observablehq/plot';
import { spread } from '../harness/statistics.js';
import type { Round } from '../harness/round.js';
import { type Figure, identifier } from '../../src/cli/page/figure.js';
import { logarithmic } from '../../src/cli/page/logarithmic.js';
import { type Looks, pick, scales } from './looks.js';
import { contestantsOf, type Panel } from './panels.js';

/** What of a round is drawn. */
export interface Measure {
  /** Of the plot, with the unit. */
  label: string;
  description: string;
  value: (round: Round) => number;
  text: (value: number) => string;
  logarithmic: boolean;
}

interface Point {
  contestant: string;
  depth: number;
  /** Beside the depth, so that intervals do not lie on each other. */
  x: number;
  median: number;
  min: number;
  max: number;
  title: string;
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact' });
const numbered = (axis: string, value: number): string => (axis === 'depth' ? `depth ${value}` : `${value} ${axis}`);

/** Doublings that the contestants of one depth lie apart, all together. */
const BREADTH = 0.6;

function pointsOf({ cells, axis }: Panel, names: readonly string[], { value, text }: Measure): Point[] {
  return cells.flatMap(({ depth, series }) =>
    series.map(({ contestant, rounds }) => {
      const { median, min, max } = spread(rounds.map(value));
      const place = (names.indexOf(contestant) - (names.length - 1) / 2) / names.length;
      const title = `${contestant}, ${numbered(axis, depth)}: ${text(median)} (${text(min)}-${text(max)})`;
      return { contestant, depth, x: depth * 2 ** (place * BREADTH), median, min, max, title };
    }),
  );
}

function plotOf(points: readonly Point[], { reference, axis }: Panel, measure: Measure): PlotOptions {
  const depths = [...new Set(points.map(({ depth }) => depth))];
  const ceiling = points.filter(({ contestant }) => contestant === reference);
  const others = points.filter(({ contestant }) => contestant !== reference);
  const label = axis === 'depth' || axis === 'in flight' ? 'operations in flight' : axis;
  const range = [Math.min(...depths) / 1.6, Math.max(...depths) * 1.6];
  return {
    height: 280,
    marginLeft: 48,
    marginBottom: 44,
    x: { type: 'log', base: 2, domain: range, label },
    y: measure.logarithmic
      ? logarithmic(
          measure.label,
          points.flatMap(({ min, max }) => [min, max]),
        )
      : { label: measure.label, grid: true, zero: true, tickFormat: (tick: number) => COMPACT.format(tick), ticks: 6 },
    marks: [
      axisX(depths, { tickFormat: String, label }),
      areaY(ceiling, { x: 'depth', y1: 'min', y2: 'max', fill: 'var(--ink)', fillOpacity: 0.1 }),
      // A single depth makes no line.
      ...(depths.length === 1 ? [ruleY(ceiling, { y: 'median', stroke: 'var(--ink)', strokeWidth: 2 })] : []),
      lineY(ceiling, { x: 'depth', y: 'median', stroke: 'var(--ink)', strokeWidth: 2.5 }),
      ruleX(others, { x: 'x', y1: 'min', y2: 'max', stroke: 'contestant', strokeOpacity: 0.7 }),
      lineY(others, { x: 'x', y: 'median', z: 'contestant', stroke: 'contestant', strokeWidth: 1.5 }),
      dot(others, { x: 'x', y: 'median', fill: 'contestant', symbol: 'contestant', r: 4, title: 'title' }),
    ],
  };
}

/** One plot of a measure over the depth, the reference as a line with its range behind the others. */
export function overDepth(panel: Panel, kind: string, measure: Measure, looks: Looks): Figure {
  const names = contestantsOf(panel.cells);
  const points = pointsOf(panel, names, measure);
  const shown = pick(looks, names);
  const rows = names.map((name) => [
    name,
    ...panel.cells.map(({ depth }) => {
      const point = points.find(({ contestant, depth: itsDepth }) => contestant === name && itsDepth === depth);
      if (point === undefined) return '-';
      return `${measure.text(point.median)} (${measure.text(point.min)}-${measure.text(point.max)})`;
    }),
  ]);
  return {
    id: identifier(kind, panel.scenario, panel.target),
    title: `${panel.scenario}, ${panel.target}`,
    description: measure.description,
    plot: { ...scales(shown), ...plotOf(points, panel, measure) },
    legend: shown,
    figures: { head: ['contestant', ...panel.cells.map(({ depth }) => numbered(panel.axis, depth))], rows },
  };
}
