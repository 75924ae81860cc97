import { type BarResult, judgeBars } from '../harness/bars.js';
import { ratioText } from '../harness/comparison.js';
import { type RunRecord, fileName } from '../harness/record.js';
import { noisyOf } from '../harness/sweeps.js';
import { judgeTransfer } from '../scenarios/transfer/bars.js';
import type { DelayCell } from '../scenarios/loop-delay/measure.js';
import { missed } from '../scenarios/loop-delay/table.js';
import { judgeStart } from '../scenarios/start-up/table.js';
import { tellsOfEvents } from './delay.js';
import { inTime } from './history.js';
import { grouped } from './panels.js';
import { tableMarkdown } from './marked.js';

/** How the newest run that has it stands to a bar. */
interface Standing extends Pick<BarResult, 'bar' | 'result'> {
  /** Scenario and target. */
  where: string;
  /** Of whom to whom, and what of them. */
  what: string;
  depth: number | undefined;
  ratio: string;
  run: string;
}

const FIELDS: Record<BarResult['field'], string> = { iops: 'operations a second', cpuMicrosPerOperation: 'CPU time' };

/** Of what was measured while too much was stolen. Older delays do not tell: their rounds do. */
function noise({ stealPercent, rounds }: { stealPercent?: readonly number[]; rounds?: DelayCell['rounds'] }): string {
  const steal = stealPercent ?? Object.values(rounds ?? {}).flatMap((its) => its.map((round) => round.stealPercent));
  return noisyOf(steal) > 0 ? ' (noisy)' : '';
}

function standingsOf(record: RunRecord): Standing[] {
  const run = fileName(record.machine);
  const cells = record.cells.flatMap((cell) =>
    judgeBars(cell).map(({ comparison, rival, field, bar, result }) => ({
      where: `${cell.scenario}, ${cell.target}`,
      what: `${comparison.of} / ${rival}, ${FIELDS[field]}`,
      depth: cell.depth,
      ratio: `${ratioText(comparison)}${noise(cell)}`,
      ...{ bar, result, run },
    })),
  );
  const transfers = record.transfers.flatMap((cell) =>
    judgeTransfer(cell).map(({ comparison, field, bar, result }) => ({
      where: `${cell.scenario}, ${cell.place}`,
      what: `${comparison.of} / ${field === 'CPU time' ? 'node:fs' : 'the best rival'}, ${field}`,
      depth: undefined,
      ratio: `${ratioText(comparison)}${noise(cell)}`,
      ...{ bar, result, run },
    })),
  );
  return [...cells, ...transfers];
}

const keyOf = ({ where, what, depth }: Standing): string => [where, what, depth].join('\n');

/** @param records the oldest first. */
function newestStandings(records: readonly RunRecord[]): Standing[] {
  return [...new Map(records.flatMap(standingsOf).map((one) => [keyOf(one), one])).values()];
}

/** The depths of a bar in one place, in one row. */
function rowOf(standings: readonly Standing[]): string[] {
  const { where, what, bar } = standings[0]!;
  const depths = standings.toSorted((a, b) => (a.depth ?? 0) - (b.depth ?? 0));
  const ratios = depths.map(({ depth, ratio }) => (depth === undefined ? ratio : `depth ${depth}: ${ratio}`));
  const runs = [...new Set(depths.map(({ run }) => run))];
  return [where, what, bar, ratios.join('<br>'), runs.join('<br>')];
}

/** What is no ratio within a round: lines, with the run. */
function others(records: readonly RunRecord[]): string[] {
  const starts = records.flatMap(({ startUp, machine }) =>
    startUp === undefined ? [] : [{ ...judgeStart(startUp), run: fileName(machine) }],
  );
  const delays = records.flatMap(({ delays: cells, machine }) =>
    cells.filter(tellsOfEvents).map((cell) => {
      const name = `loop-delay, ${cell.filesystem}, ${cell.load}`;
      return [name, missed(cell).map((words) => `${name}: ${words}${noise(cell)} (${fileName(machine)})`)] as const;
    }),
  );
  return [
    ...starts
      .slice(-1)
      .filter(({ result }) => result !== 'reached')
      .map(({ words, run }) => `start-up: ${words} (${run})`),
    ...[...new Map(delays).values()].flat(),
  ];
}

/** The bars that the median of the newest kept run does not reach: a table, and lines. */
export function keptBars(runs: readonly RunRecord[]): string {
  const records = inTime(runs);
  const standings = newestStandings(records);
  const open = standings.filter(({ result }) => result !== 'reached');
  const rows = grouped(open, ({ where, what }) => `${where}\n${what}`)
    .map(rowOf)
    .sort((a, b) => a.join().localeCompare(b.join()));
  return [
    `${standings.length - open.length} of ${standings.length} that are ratios are reached. The others:`,
    tableMarkdown(['where', 'what', 'bar', 'last', 'run'], rows),
    others(records)
      .map((line) => `- ${line}`)
      .join('\n'),
  ].join('\n\n');
}
