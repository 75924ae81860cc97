import { markdownOf, tableOf } from '../../harness/plain-table.js';
import { at, median, medianInterval } from '../../harness/statistics.js';
import { noiseLines } from '../../harness/sweeps.js';
import { AT_THEIR_RATE, CONTESTANTS, type Contestant, type Delay, NODE_FS, OURS, UNPROTECTED } from './loads.js';
import type { DelayCell, DelayRound } from './measure.js';

const HEAD = [
  'contestant',
  'ops/s',
  'of no\nhelpers',
  'of\nnode:fs',
  'timer\np99 ms',
  'event\np50 ms',
  'event\np99 ms',
  "of node:fs's",
  'worst\nms',
  'longest\nsubmit ms',
  'steal\n%',
];

/** What is to be reached: milliseconds of the 99th percentile, of one submit, and the share of the unprotected throughput. */
const BARS = { p99: 5, submit: 10, operations: 0.9 };

export const DELAY_LEGEND = `ops/s, p50, p99 and steal: medians over the rounds; worst and longest submit: over all rounds. timer: how late a timer of
1 ms came (perf_hooks.monitorEventLoopDelay), of which it waits 1 itself, and up to 1 more where the loop sleeps, for libuv rounds
up. event: how long a message from another thread waited for the loop. At node:fs's rate: no more operations a second than it has
done just before, so that waits are compared at the same work. Ratios: medians of those within one round, with their 95 %
bootstrap interval.`;

type Ratio = [middle: number, low: number, high: number];

function ratio(cell: DelayCell, of: Contestant, to: Contestant, key: 'operations' | 'eventP99'): Ratio {
  const values = cell.rounds[of].map((round, index) => round[key] / at(cell.rounds[to], index)[key]);
  return [median(values), ...medianInterval(values)];
}

function text([middle, low, high]: Ratio): string {
  return `${middle.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
}

function row(cell: DelayCell, contestant: Contestant): string[] {
  const rounds = cell.rounds[contestant];
  const middle = (key: keyof DelayRound): number => median(rounds.map((round) => round[key] ?? 0));
  const worst = (key: keyof Delay): number => Math.max(...rounds.map((round) => round[key] ?? 0));
  return [
    contestant,
    Math.round(middle('operations')).toString(),
    contestant === UNPROTECTED ? '1' : text(ratio(cell, contestant, UNPROTECTED, 'operations')),
    contestant === NODE_FS ? '1' : ratio(cell, contestant, NODE_FS, 'operations')[0].toFixed(1),
    middle('p99').toFixed(1),
    middle('eventP50').toFixed(3),
    middle('eventP99').toFixed(2),
    contestant === NODE_FS ? '1' : text(ratio(cell, contestant, NODE_FS, 'eventP99')),
    worst('max').toFixed(1),
    contestant === NODE_FS ? '-' : worst('submit').toFixed(1),
    middle('stealPercent').toFixed(1),
  ];
}

/**
 * What the cell does not reach, in words; nothing where it reaches all. An interval that includes the bar has reached it.
 * node:fs's delay is compared where both do the same work, in the same time, and under full load, where we may do many times as much.
 */
export function missed(cell: DelayCell): string[] {
  const rounds = cell.rounds[OURS];
  const [p99, eventP99] = [median(rounds.map((round) => round.p99)), median(rounds.map((round) => round.eventP99))];
  const submit = Math.max(...rounds.map((round) => round.submit ?? 0));
  const atTheirRate = ratio(cell, AT_THEIR_RATE, NODE_FS, 'eventP99');
  const toNode = ratio(cell, OURS, NODE_FS, 'eventP99');
  const toUnprotected = ratio(cell, OURS, UNPROTECTED, 'operations');
  return [
    ...(p99 < BARS.p99 ? [] : [`timer p99 ${p99.toFixed(1)} ms, not under ${BARS.p99}`]),
    ...(eventP99 < BARS.p99 ? [] : [`event p99 ${eventP99.toFixed(1)} ms, not under ${BARS.p99}`]),
    ...(atTheirRate[1] <= 1 ? [] : [`event p99 ${text(atTheirRate)} of node:fs's, at its rate`]),
    ...(toNode[1] <= 1 ? [] : [`event p99 ${text(toNode)} of node:fs's, both under full load`]),
    ...(submit <= BARS.submit ? [] : [`longest submit ${submit.toFixed(1)} ms, above ${BARS.submit}`]),
    ...(toUnprotected[2] >= BARS.operations ? [] : [`throughput ${text(toUnprotected)} of that without helpers`]),
  ];
}

const rows = (cell: DelayCell) => CONTESTANTS.map((contestant) => row(cell, contestant));

export const delayTable = (cell: DelayCell): string => tableOf(HEAD, rows(cell));

/** The same for a document. */
export function delayMarkdown(cell: DelayCell): string {
  const table = markdownOf(HEAD, rows(cell));
  const lines = [...missed(cell).map((words) => `Not reached: ${words}`), ...noiseLines(cell.stealPercent ?? [])];
  return [table, ...lines.map((line) => `\n${line}.`)].join('\n');
}
