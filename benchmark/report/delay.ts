import { dot, ruleY } from '@observablehq/plot';
import { median } from '../harness/statistics.js';
import type { DelayCell, DelayRound } from '../scenarios/loop-delay/measure.js';
import { type Figure, identifier } from './figure.js';
import { laneNames, lanes } from './lanes.js';
import { logarithmic } from './logarithmic.js';
import { type Looks, pick, scales } from './looks.js';
import { grouped } from './panels.js';
import { shortly } from './texts.js';

interface Point {
  load: string;
  contestant: string;
  p50: number;
  p99: number;
  max: number;
  title: string;
}

function pointOf(load: string, contestant: string, rounds: readonly DelayRound[]): Point {
  const p50 = median(rounds.map((round) => round.p50));
  const p99 = median(rounds.map((round) => round.p99));
  const max = Math.max(...rounds.map((round) => round.max));
  const title = `${contestant}, ${load}: p50 ${shortly(p50)}, p99 ${shortly(p99)}, worst ${shortly(max)} ms`;
  return { load, contestant, p50, p99, max, title };
}

function figureOf(filesystem: string, cells: readonly DelayCell[], looks: Looks): Figure {
  const points = cells.flatMap(({ load, rounds }) =>
    // Not every run has every contestant.
    Object.entries(rounds).flatMap(([name, its]) => (its.length === 0 ? [] : pointOf(load, name, its))),
  );
  const names = [...new Set(points.map(({ contestant }) => contestant))];
  const loads = cells.map(({ load }) => load);
  const shown = pick(looks, names);
  const place = { fy: 'load', y: 'contestant', stroke: 'contestant' };
  return {
    id: identifier('delay', filesystem),
    title: `loop-delay, ${filesystem}`,
    description:
      'Milliseconds that a timer of 1 ms came late, of which it waits 1 itself: from the ring, p50, over the shape, p99 ' +
      '(medians over the rounds), to the end of the line, the worst of all rounds. Less is better, and the scale is logarithmic.',
    plot: {
      ...scales(shown),
      ...lanes(loads, names),
      x: logarithmic(
        'milliseconds',
        points.flatMap(({ p50, max }) => [p50, max]),
      ),
      marks: [
        laneNames(loads),
        ruleY(points, { ...place, x1: 'p50', x2: 'max', strokeWidth: 1.5 }),
        dot(points, { ...place, x: 'p50', fill: 'var(--paper)', r: 2.5, strokeWidth: 1.5 }),
        dot(points, {
          fy: 'load',
          y: 'contestant',
          x: 'p99',
          fill: 'contestant',
          symbol: 'contestant',
          r: 4.5,
          title: 'title',
        }),
      ],
    },
    legend: shown,
    figures: {
      head: ['load, contestant', 'p50 ms', 'p99 ms', 'worst ms'],
      rows: points.map(({ load, contestant, p50, p99, max }) => [
        `${load}, ${contestant}`,
        shortly(p50),
        shortly(p99),
        shortly(max),
      ]),
    },
  };
}

/** How late the event loop came, a plot for each filesystem. */
export function delayFigures(delays: readonly DelayCell[], looks: Looks): Figure[] {
  return grouped(delays, ({ filesystem }) => filesystem).map((cells) => figureOf(cells[0]!.filesystem, cells, looks));
}
