import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DelayCell } from '../scenarios/loop-delay/measure.js';
import { DELAY_LEGEND, delayMarkdown } from '../scenarios/loop-delay/table.js';
import type { StartUp } from '../scenarios/start-up/start.js';
import { START_LEGEND, startMarkdown } from '../scenarios/start-up/table.js';
import type { TransferCell } from '../scenarios/transfer/cell.js';
import { TRANSFER_LEGEND, transferMarkdown, transferTitle } from '../scenarios/transfer/table.js';
import { judgeBars } from './bars.js';
import { findings } from './findings.js';
import type { Machine } from './machine.js';
import type { Options } from './options.js';
import type { Cell } from './run.js';
import { summarize } from './summary.js';
import { LEGEND, markdownTable } from './table.js';
import type { Skipped, Target } from './target.js';

/** Everything that a run has found, as it is kept. */
export interface RunRecord {
  command: string;
  machine: Machine;
  options: Options;
  targets: Target[];
  /** Targets and contestants that were not to be had. */
  skipped: Skipped[];
  cells: Cell[];
  delays: DelayCell[];
  /** Streams, copies, and what is served. */
  transfers: TransferCell[];
  /** Where it was asked for. */
  startUp?: StartUp;
}

/** Left out of commands: where a project lies is nobody's business. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The run as a document. */
export function markdown(record: RunRecord): string {
  const { machine, options } = record;
  const lines = [
    `\`${record.command}\`, ${machine.date}`,
    '',
    `${machine.kernel}, ${machine.cpu} (${machine.cpus} CPUs), Node ${machine.node}. ` +
      `${options.rounds} rounds of ${options.seconds} s after ${options.warmup} s of warm-up.`,
    '',
    ...record.targets.map(({ name, summary }) => `- ${name}: ${summary}`),
    ...record.skipped.map(({ name, reason }) => `- ${name}: skipped, ${reason}`),
  ];
  for (const cell of record.cells) {
    lines.push('', `### ${cell.scenario}, ${cell.target}, depth ${cell.depth}`, '', markdownTable(summarize(cell)), '');
    lines.push(...findings(cell).map((line) => `- ${line}`));
  }
  if (record.cells.length > 0) lines.push('', LEGEND, '');
  const contestants = new Map(record.cells.flatMap(({ series }) => series.map((one) => [one.contestant, one.summary])));
  for (const [name, summary] of contestants) lines.push(`- ${name}: ${summary}`);
  if (record.startUp) lines.push('', '### start-up', '', startMarkdown(record.startUp), '', START_LEGEND);
  for (const cell of record.delays) {
    lines.push('', `### loop-delay, ${cell.filesystem}, ${cell.load}`, '', delayMarkdown(cell));
  }
  if (record.delays.length > 0) lines.push('', DELAY_LEGEND);
  for (const cell of record.transfers) {
    lines.push('', `### ${transferTitle(cell)}`, '', `${cell.where}.`, '', transferMarkdown(cell));
  }
  if (record.transfers.length > 0) lines.push('', TRANSFER_LEGEND);
  return `${lines.join('\n')}\n`;
}

/** What the files of a run are called. */
export function fileName({ date }: Machine): string {
  return date.slice(0, 19).replace(/[:T]/g, '-');
}

/** Writes the record as JSON and as Markdown, and says where the JSON is. */
export async function save(record: RunRecord, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const name = fileName(record.machine);
  const path = join(directory, `${name}.json`);
  const summaries = record.cells.map((cell) => ({ ...cell, summary: summarize(cell), bars: judgeBars(cell) }));
  const write = async (file: string, text: string): Promise<void> => writeFile(file, text.replaceAll(ROOT, ''));
  await write(path, `${JSON.stringify({ ...record, cells: summaries }, undefined, 1)}\n`);
  await write(join(directory, `${name}.md`), markdown(record));
  return path;
}
