import type { BarResult } from '../../harness/bars.js';
import { markdownOf, tableOf } from '../../harness/plain-table.js';
import { median, medianInterval } from '../../harness/statistics.js';
import { noiseLines } from '../../harness/sweeps.js';
import { CONTESTANTS, type Contestant, OURS, type StartRound, type StartUp } from './start.js';

/** Milliseconds from the import to the end of the first read. */
export const START_BAR = 30;

const HEAD = [
  'contestant',
  'import\nms',
  'open\nms',
  'first read\nms',
  'all three\nms',
  'least-worst\nms',
  'CPU\nms',
  'process\nms',
  'load',
  'steal\n%',
];

export const START_LEGEND = `Medians over all starts; of all three with its 95 % bootstrap interval. The package is installed as npm lays it out, and in
the page cache. CPU: of the process, in the same time. process: from its birth to its end, Node's own start included.`;

export function startsOf({ rounds }: StartUp, contestant: Contestant): StartRound['starts'] {
  return rounds[contestant].flatMap(({ starts }) => starts);
}

function row(startUp: StartUp, contestant: Contestant): string[] {
  const starts = startsOf(startUp, contestant);
  const middle = (key: keyof StartRound['starts'][number]): string =>
    median(starts.map((start) => start[key])).toFixed(1);
  const sums = starts.map(({ sum }) => sum);
  const [low, high] = medianInterval(sums);
  const rounds = startUp.rounds[contestant];
  return [
    contestant,
    middle('import'),
    middle('open'),
    middle('read'),
    `${middle('sum')} (${low.toFixed(1)}-${high.toFixed(1)})`,
    `${Math.min(...sums).toFixed(1)}-${Math.max(...sums).toFixed(1)}`,
    middle('cpu'),
    middle('life'),
    median(rounds.map(({ load }) => load)).toFixed(1),
    median(rounds.map(({ stealPercent }) => stealPercent)).toFixed(1),
  ];
}

/** How it stands to the bar: an interval that includes it has reached it by that alone. */
export function judgeStart(startUp: StartUp): { result: BarResult['result']; words: string } {
  const sums = startsOf(startUp, OURS).map(({ sum }) => sum);
  const middle = median(sums);
  const [low] = medianInterval(sums);
  const included = low < START_BAR ? 'reached, by its interval alone' : 'NOT REACHED';
  return {
    result: middle < START_BAR ? 'reached' : included,
    words: `under ${START_BAR} ms: ${middle.toFixed(1)} ms`,
  };
}

/** The same as lines. */
export function startFindings(startUp: StartUp): string[] {
  const { result, words } = judgeStart(startUp);
  return [`${result}: ${words}`, ...noiseLines(startUp.stealPercent ?? [])];
}

const rows = (startUp: StartUp) => CONTESTANTS.map((contestant) => row(startUp, contestant));

export const startTable = (startUp: StartUp): string => tableOf(HEAD, rows(startUp));

/** The same for a document. */
export const startMarkdown = (startUp: StartUp): string =>
  [markdownOf(HEAD, rows(startUp)), '', ...startFindings(startUp).map((line) => `- ${line}`)].join('\n');
