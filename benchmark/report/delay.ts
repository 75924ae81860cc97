import { dot, ruleY } from '@observablehq/plot';
import { median } from '../harness/statistics.js';
import type { DelayCell, DelayRound } from '../scenarios/loop-delay/measure.js';
import { type Figure, identifier } from '../../src/cli/page/figure.js';
import { laneNames, lanes, shapes } from './lanes.js';
import { logarithmic } from '../../src/cli/page/logarithmic.js';
import { type Looks, pick, scales } from './looks.js';
import { grouped } from './panels.js';
import { shortly } from './texts.js';

/** What is late, and where a round tells it. Older runs do not have all of it. */
interface Kind {
  id: string;
  title: string;
  of: (round: Partial<DelayRound>) => { p50: number; p99: number; max: number } | undefined;
  description: string;
}

const READING =
  'From the ring, p50, over the shape, p99 (medians over the rounds), to the end of the line, the worst of all rounds. ' +
  'Less is better, and the scale is logarithmic.';

const KINDS = {
  timers: {
    id: 'delay',
    title: 'timers',
    of: ({ p50, p99, max }) =>
      p50 === undefined || p99 === undefined || max === undefined ? undefined : { p50, p99, max },
    description: `Milliseconds that a timer of 1 ms came late, of which it waits 1 itself. ${READING}`,
  },
  events: {
    id: 'event',
    title: 'events',
    of: ({ eventP50: p50, eventP99: p99, eventMax: max }) =>
      p50 === undefined || p99 === undefined || max === undefined ? undefined : { p50, p99, max },
    description: `Milliseconds that a message from another thread waited for the loop. ${READING}`,
  },
} as const satisfies Record<string, Kind>;

/** Whether every round tells how long events waited: older runs do not. */
export function tellsOfEvents({ rounds }: DelayCell): boolean {
  return Object.values(rounds).every((its) => its.every((round) => KINDS.events.of(round) !== undefined));
}

interface Point {
  load: string;
  contestant: string;
  p50: number;
  p99: number;
  max: number;
  title: string;
}

function pointOf({ of }: Kind, load: string, contestant: string, rounds: readonly DelayRound[]): Point[] {
  const late = rounds.flatMap((round) => of(round) ?? []);
  if (late.length === 0) return [];
  const p50 = median(late.map((one) => one.p50));
  const p99 = median(late.map((one) => one.p99));
  const max = Math.max(...late.map((one) => one.max));
  const title = `${contestant}, ${load}: p50 ${shortly(p50)}, p99 ${shortly(p99)}, worst ${shortly(max)} ms`;
  return [{ load, contestant, p50, p99, max, title }];
}

function figureOf(kind: Kind, filesystem: string, cells: readonly DelayCell[], looks: Looks): Figure[] {
  const points = cells.flatMap(({ load, rounds }) =>
    // Not every run has every contestant.
    Object.entries(rounds).flatMap(([name, its]) => pointOf(kind, load, name, its)),
  );
  if (points.length === 0) return [];
  const names = [...new Set(points.map(({ contestant }) => contestant))];
  const loads = cells.map(({ load }) => load);
  const shown = pick(looks, names);
  const place = { fy: 'load', y: 'contestant', stroke: 'contestant' };
  const figure: Figure = {
    id: identifier(kind.id, filesystem),
    title: `loop-delay, ${filesystem}, ${kind.title}`,
    description: kind.description,
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
        shapes(points, 'load', 'p99'),
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
  return [figure];
}

/** How late the event loop came: plots of one kind, one for each filesystem. */
function figuresOf(kind: Kind, delays: readonly DelayCell[], looks: Looks): Figure[] {
  return grouped(delays, ({ filesystem }) => filesystem).flatMap((cells) =>
    figureOf(kind, cells[0]!.filesystem, cells, looks),
  );
}

/** Of timers. */
export function timerFigures(delays: readonly DelayCell[], looks: Looks): Figure[] {
  return figuresOf(KINDS.timers, delays, looks);
}

/** Of messages from another thread. */
export function eventFigures(delays: readonly DelayCell[], looks: Looks): Figure[] {
  return figuresOf(KINDS.events, delays, looks);
}
