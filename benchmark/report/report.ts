import { findings } from '../harness/findings.js';
import type { RunRecord } from '../harness/record.js';
import { eventFigures, timerFigures } from './delay.js';
import { tableHtml } from '../../src/cli/page/figure.js';
import { historyFigures } from './history.js';
import { html } from '../../src/cli/page/html.js';
import { latencyFigures } from './latency.js';
import { type Looks, looksOf } from './looks.js';
import { commandsSection, lead, machineSection } from './machine-section.js';
import { CPU, IOPS } from './measures.js';
import { overDepth } from './over-depth.js';
import { figuresSection, page, type Section } from '../../src/cli/page/page.js';
import { growthPanel, isGrowth, panelsOf } from './panels.js';
import { ratioFigure } from './ratio.js';
import { shortFigures } from './short.js';
import { startUpFigures } from './start-up.js';
import { minuteOf } from './texts.js';
import { transferFigures, transferTables } from './transfers.js';

function shortSection(record: RunRecord): Section[] {
  const figures = shortFigures(record);
  if (figures.rows.length === 0) return [];
  const content = html`<p>
      Random reads of 4 KiB: operations a second relative to the other's in the same round, medians with their 95 %
      bootstrap intervals. The ceiling is a bare loop over the same system calls; fio and node:fs are the fastest of
      their set-ups that took part, node:fs with O_DIRECT too.
    </p>
    ${tableHtml(figures, 'In short')}`;
  return [{ id: 'short', title: 'In short', content }];
}

function findingsSection({ cells }: RunRecord): Section[] {
  const found = cells
    .map((cell) => ({ name: `${cell.scenario}, ${cell.target}, depth ${cell.depth}`, lines: findings(cell) }))
    .filter(({ lines }) => lines.length > 0);
  if (found.length === 0) return [];
  const content = found.map(
    ({ name, lines }) =>
      html`<h3>${name}</h3>
        <ul class="notes">
          ${lines.map((line) => html`<li>${line}</li>`)}
        </ul>`,
  );
  return [{ id: 'findings', title: 'What it shows', content }];
}

function transferSections({ transfers }: RunRecord, looks: Looks): Section[] {
  if (transfers.length === 0) return [];
  return [
    { id: 'transfers', title: 'Streams, copies and serving', content: transferTables(transfers) },
    ...figuresSection('rate', 'Bytes a second', transferFigures(transfers, 'rate', looks)),
    ...figuresSection('gigabyte', 'CPU time of a gigabyte', transferFigures(transfers, 'gigabyte', looks)),
  ];
}

/**
 * The run as one HTML file.
 *
 * @param history other runs, and perhaps the same, in any order.
 */
export function report(record: RunRecord, history: readonly RunRecord[] = []): string {
  const all = [...history, record];
  const looks = looksOf([record, ...history]);
  const plain = record.cells.filter((cell) => !isGrowth(cell));
  const panels = panelsOf(plain);
  const growing = record.cells.filter(isGrowth).map(growthPanel);
  const over = (kind: string, measure: typeof IOPS) =>
    [...panels, ...growing].map((panel) => overDepth(panel, kind, measure, looks));
  const ratios = panels.map((panel) => ratioFigure(panel, looks));
  const latencies = plain.flatMap((cell) => latencyFigures(cell, looks));
  return page(`linux-aio, measured ${minuteOf(record.machine.date)}`, lead(record), [
    ...shortSection(record),
    ...findingsSection(record),
    ...figuresSection('iops', 'Operations a second', over('iops', IOPS)),
    ...figuresSection('ratio', 'Beside the reference', ratios),
    ...figuresSection('cpu', 'CPU time', over('cpu', CPU)),
    ...figuresSection('latency', 'Latency', latencies),
    ...figuresSection('start-up', 'Start-up', startUpFigures(record.startUp, looks)),
    ...figuresSection('delay', 'Timers that came late', timerFigures(record.delays, looks)),
    ...figuresSection('event', 'Events that waited', eventFigures(record.delays, looks)),
    ...transferSections(record, looks),
    ...figuresSection('history', 'From run to run', historyFigures(all, looks)),
    machineSection(record),
    ...commandsSection(record),
  ]);
}
