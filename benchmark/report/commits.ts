/** The history of comparisons as one page: how fast every commit is, relative to the first base. */
import type { HistoryEntry, HistoryLine } from '../compare/history.js';
import { type Figure, identifier } from '../../src/cli/page/figure.js';
import { html } from '../../src/cli/page/html.js';
import { type Look, look, scales } from '../../src/cli/page/look.js';
import { figuresSection, page, type Section } from '../../src/cli/page/page.js';
import { grouped } from './panels.js';
import { type RunPoint, runLines } from './run-lines.js';
import { intervalText, minuteOf } from './texts.js';

type Measure = 'operationsPerSecond' | 'cpuMicrosPerOperation';

/** Where one load, which is its series, stood after one commit: the product of all ratios up to there. */
interface Level extends RunPoint {
  target: string;
  /** Of this commit alone. */
  text: string;
}

const TITLES: Readonly<Record<Measure, string>> = {
  operationsPerSecond: 'Operations a second',
  cpuMicrosPerOperation: 'CPU time an operation',
};

function seriesName({ depth, load }: HistoryLine): string {
  return depth === 'all' ? 'all together' : `depth ${depth}, ${load}`;
}

/** The head by its commit, as far as it has one. */
function headName({ head: { name, commit } }: HistoryEntry): string {
  return commit?.slice(0, 7) ?? name;
}

function levelsOf(entries: readonly HistoryEntry[], measure: Measure): Level[] {
  const reached = new Map<string, number>();
  return entries.flatMap((entry, run) =>
    entry.lines.map((line) => {
      const { target } = line;
      const series = seriesName(line);
      const key = JSON.stringify([target, series]);
      const before = reached.get(key) ?? 1;
      const { ratio, low, high, verdict } = line[measure];
      const value = before * ratio;
      reached.set(key, value);
      const text = `${intervalText([ratio, low, high], 3)}${verdict === 'equal' ? '' : `, ${verdict}`}`;
      const title = `${series}, ${headName(entry)}: ${value.toFixed(3)}; of its own base ${text}`;
      return { target, series, run, value, low: before * low, high: before * high, text, title };
    }),
  );
}

function figureOf(levels: readonly Level[], entries: readonly HistoryEntry[], measure: Measure): Figure {
  const { target } = levels[0]!;
  const names = [...new Set(levels.map(({ series }) => series))];
  const looks: Look[] = names.map(look);
  const runs = [...new Set(levels.map(({ run }) => run))];
  const nameOf = (run: number): string => headName(entries[run]!);
  const textOf = (series: string, run: number): string =>
    levels.find((one) => one.series === series && one.run === run)?.text ?? '-';
  return {
    id: identifier('commits', measure, target),
    title: target,
    description:
      `${TITLES[measure]} after each commit, relative to the base of the first: the product of all ratios up to there, ` +
      'with the interval of the last. The figures are those of each commit to its own base.',
    plot: {
      ...scales(looks),
      height: 260,
      marginLeft: 40,
      marginBottom: 34,
      x: { type: 'point', domain: runs, label: null },
      y: { label: 'of the first base', grid: true, ticks: 6 },
      marks: runLines(levels, runs, nameOf),
    },
    legend: looks,
    figures: {
      head: ['commit', ...names],
      rows: runs.map((run) => [nameOf(run), ...names.map((name) => textOf(name, run))]),
    },
  };
}

function sectionOf(entries: readonly HistoryEntry[], measure: Measure): Section[] {
  const figures = grouped(levelsOf(entries, measure), ({ target }) => target).map((levels) =>
    figureOf(levels, entries, measure),
  );
  return figuresSection(measure, TITLES[measure], figures);
}

function regressionsSection(entries: readonly HistoryEntry[]): Section[] {
  const worse = entries.filter(({ regressions }) => regressions.length > 0);
  if (worse.length === 0) return [];
  const content = worse.map(
    (entry) =>
      html`<h3>${headName(entry)}, ${minuteOf(entry.machine.date)}</h3>
        <ul class="notes">
          ${entry.regressions.map((words) => html`<li>${words}</li>`)}
        </ul>`,
  );
  return [{ id: 'regressions', title: 'Regressions', content }];
}

/** @param history in the order of the commits. What was slowed on purpose is left out. */
export function commitsReport(history: readonly HistoryEntry[]): string {
  const entries = history.filter(({ slowHead }) => slowHead === undefined);
  const lead = html`<p>
    ${entries.length} comparisons by <code>npm run benchmark:compare</code>, each of a commit with its base on one
    machine. What lies between two of them and was not compared is not in the lines.
  </p>`;
  return page('linux-aio, from commit to commit', lead, [
    ...sectionOf(entries, 'operationsPerSecond'),
    ...sectionOf(entries, 'cpuMicrosPerOperation'),
    ...regressionsSection(entries),
  ]);
}
