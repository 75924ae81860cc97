import type { RunRecord } from '../harness/record.js';
import { placed } from './beside.js';
import { type Figure, identifier } from '../../src/cli/page/figure.js';
import { type Looks, pick, scales } from './looks.js';
import { grouped, isGrowth } from './panels.js';
import { type RunPoint, runLines } from './run-lines.js';

/** One contestant of one cell, in one run. */
interface Point extends RunPoint {
  cell: string;
  reference: string;
  text: string;
}

/** When a run was made, and of what. */
export function runName({ date, commit }: RunRecord['machine']): string {
  return commit === undefined ? date.slice(0, 10) : `${date.slice(0, 10)} ${commit.slice(0, 7)}`;
}

/** The runs by their dates, oldest first, each once. */
export function inTime(records: readonly RunRecord[]): RunRecord[] {
  const byDate = new Map(records.map((record) => [record.machine.date, record]));
  return [...byDate.values()].sort((a, b) => Date.parse(a.machine.date) - Date.parse(b.machine.date));
}

function pointsOf(records: readonly RunRecord[]): Point[] {
  return records.flatMap(({ cells, machine }, run) =>
    cells
      .filter((cell) => !isGrowth(cell))
      .flatMap((cell) =>
        placed(cell).map(({ contestant, ratio, low, high, text }) => ({
          series: contestant,
          value: ratio,
          ...{ low, high, text },
          cell: `${cell.scenario}, ${cell.target}, depth ${cell.depth}`,
          reference: cell.reference,
          run,
          title: `${contestant}, ${runName(machine)}: ${text}`,
        })),
      ),
  );
}

function figureOf(points: readonly Point[], records: readonly RunRecord[], looks: Looks): Figure {
  const { cell, reference } = points[0]!;
  const runs = [...new Set(points.map(({ run }) => run))];
  const names = [...new Set(points.map(({ series }) => series))];
  const shown = pick(looks, names);
  const nameOf = (run: number): string => runName(records[run]!.machine);
  const text = (name: string, run: number): string => {
    const point = points.find((one) => one.series === name && one.run === run);
    return point?.text ?? '-';
  };
  return {
    id: identifier('history', cell),
    title: cell,
    description:
      `Operations a second relative to ${reference}'s in the same round, run by run, the oldest first: medians, with their ` +
      '95 % bootstrap interval. Runs may come from different machines.',
    plot: {
      ...scales(shown),
      height: 260,
      marginLeft: 40,
      marginBottom: 44,
      x: { type: 'point', domain: runs, label: null },
      y: { label: `of ${reference}`, zero: true, grid: true, ticks: 6 },
      marks: runLines(points, runs, (run) => nameOf(run).replace(' ', '\n')),
    },
    legend: shown,
    figures: {
      head: ['contestant', ...runs.map(nameOf)],
      rows: names.map((name) => [name, ...runs.map((run) => text(name, run))]),
    },
  };
}

/** Ratios from run to run, a plot for each cell that more than one run has. */
export function historyFigures(records: readonly RunRecord[], looks: Looks): Figure[] {
  const ordered = inTime(records);
  return grouped(pointsOf(ordered), ({ cell }) => cell)
    .filter((points) => new Set(points.map(({ run }) => run)).size > 1)
    .map((points) => figureOf(points, ordered, looks));
}
