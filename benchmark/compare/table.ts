import Table from 'cli-table3';
import type { Comparison } from './comparison.js';
import { conclusion, isBlind, type Line, linesOf, percent, regressions, type Result } from './result.js';

interface Column {
  /** Two lines at most, for a terminal. */
  head: string;
  text: (line: Line) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'target', text: ({ target }) => target },
  { head: 'depth', text: ({ depth }) => depth },
  { head: 'load', text: ({ load }) => load },
  { head: 'base\nk op/s', text: ({ operationsPerSecond }) => (operationsPerSecond.base / 1000).toFixed(0) },
  { head: 'head\nk op/s', text: ({ operationsPerSecond }) => (operationsPerSecond.head / 1000).toFixed(0) },
  { head: 'head / base', text: ({ operationsPerSecond }) => ratio(operationsPerSecond) },
  { head: 'tole-\nrance', text: ({ operationsPerSecond }) => percent(operationsPerSecond.tolerance) },
  { head: 'base CPU\nus/op', text: ({ cpuMicrosPerOperation }) => cpuMicrosPerOperation.base.toFixed(2) },
  { head: 'head CPU\nus/op', text: ({ cpuMicrosPerOperation }) => cpuMicrosPerOperation.head.toFixed(2) },
  { head: 'head / base', text: ({ cpuMicrosPerOperation }) => ratio(cpuMicrosPerOperation) },
  { head: 'tole-\nrance', text: ({ cpuMicrosPerOperation }) => percent(cpuMicrosPerOperation.tolerance) },
  { head: 'verdict', text: verdict },
];

/** What the columns mean. */
export const LEGEND = `head / base: middle of the ratios within a round, and the limits that it is within by 99 % on each side (signed-rank).
Worse, where even the better limit is beyond the tolerance: what was asked for, or what the base differed from itself by in
the same run, where that is more. all: geometric means of a round. CPU: user and system time of the process.`;

function ratio({ ratio, low, high }: Comparison): string {
  return `${ratio.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`;
}

function verdict(line: Line): string {
  const { operationsPerSecond: speed, cpuMicrosPerOperation: cost } = line;
  const words = [
    { worse: 'SLOWER', better: 'faster', equal: '' }[speed.verdict],
    { worse: 'MORE CPU', better: 'less CPU', equal: '' }[cost.verdict],
  ].filter((word) => word !== '');
  if (words.length > 0) return words.join(', ');
  return isBlind(line) ? 'too noisy to tell' : 'equal';
}

/** For a terminal. */
export function terminalTable(result: Result): string {
  const table = new Table({
    head: COLUMNS.map(({ head }) => head),
    colAligns: COLUMNS.map(({ head }) => (head.includes('op') || head === 'depth' ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...linesOf(result).map((one) => COLUMNS.map(({ text }) => text(one))));
  return table.toString();
}

function named({ name, commit }: Result['base']): string {
  const short = commit?.slice(0, 12);
  return short === undefined || name === commit ? `\`${short ?? name}\`` : `\`${name}\` (${short})`;
}

/** The run as a document, to be posted. */
export function markdown(result: Result): string {
  const { base, head, options, machine, skipped } = result;
  const found = regressions(result);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `**${conclusion(result)}**: ${named(head)} against ${named(base)}`,
    '',
    ...found.map((words) => `- ${words}`),
    ...(found.length === 0 ? [] : ['']),
    line(COLUMNS.map(({ head }) => head.replace('-\n', '').replace('\n', ' '))),
    line(COLUMNS.map(() => '---')),
    ...linesOf(result).map((one) => line(COLUMNS.map(({ text }) => text(one)))),
    '',
    LEGEND,
    '',
    ...skipped.map(({ name, reason }) => `- ${name} was skipped: ${reason}`),
    ...(skipped.length === 0 ? [] : ['']),
    `\`${result.command}\`, ${machine.date}: ${options.rounds} rounds of 3 processes, two of the base, ` +
      `${options.slices} slices of ${options.seconds} s of each in each cell, ${result.seconds.toFixed(0)} s in all. ` +
      `${machine.kernel}, ${machine.cpu} (${machine.cpus} CPUs), Node ${machine.node}, ` +
      `${result.stealPercent.toFixed(1)} % of the CPU time taken by the hypervisor.`,
    '',
  ].join('\n');
}
