import { axisX, dot, lineY, type Markish, ruleX, ruleY } from '@observablehq/plot';

/** Where one of several stood in one run. */
export interface RunPoint {
  series: string;
  run: number;
  value: number;
  low: number;
  high: number;
  title: string;
}

/** Labels that a narrow plot has room for. */
const LABELS = 4;

/** A line for each series from run to run, with its intervals, beside 1. @param nameOf what a run is called. */
export function runLines(
  points: readonly RunPoint[],
  runs: readonly number[],
  nameOf: (run: number) => string,
): Markish[] {
  const step = Math.ceil(runs.length / LABELS);
  return [
    axisX(
      runs.filter((_, index) => index % step === 0),
      { tickFormat: nameOf, fontSize: 11, label: null },
    ),
    ruleY([1], { stroke: 'var(--ink)', strokeWidth: 2 }),
    ruleX(points, { x: 'run', y1: 'low', y2: 'high', stroke: 'series', strokeWidth: 1.5 }),
    lineY(points, { x: 'run', y: 'value', z: 'series', stroke: 'series' }),
    dot(points, { x: 'run', y: 'value', fill: 'series', symbol: 'series', r: 4, title: 'title' }),
  ];
}
