import { format, resolveConfig } from 'prettier';
import type { RunRecord } from '../harness/record.js';
import type { Figures } from '../../src/cli/page/figure.js';
import { shortFigures } from './short.js';
import { shortTransfers } from './short-transfers.js';
import { minuteOf } from './texts.js';

/** A table of the README: what it has of a run, and the name of the markers around it. */
interface Section {
  readonly name: string;
  readonly figures: (record: RunRecord) => Figures;
}

const SECTIONS: readonly Section[] = [
  { name: 'benchmark', figures: shortFigures },
  { name: 'transfers', figures: shortTransfers },
];

/** The newest run that has figures for a section. */
function newest(records: readonly RunRecord[], { name, figures }: Section): RunRecord {
  const found = records
    .filter((record) => figures(record).rows.length > 0)
    .reduce<RunRecord | undefined>(
      (best, one) => (best && best.machine.date >= one.machine.date ? best : one),
      undefined,
    );
  if (found === undefined) throw new Error(`no kept run has figures for the README: ${name}`);
  return found;
}

function figuresMarkdown(record: RunRecord, { head, rows }: Figures): string {
  const { command, machine } = record;
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const isText = (column: number) => rows.some((row) => !/^[-\d]/.test(row[column] ?? ''));
  const table = [line(head), line(head.map((_, column) => (isText(column) ? '---' : '---:'))), ...rows.map(line)];
  const made = `${machine.kernel}, ${machine.cpu} (${machine.cpus} CPUs), Node ${machine.node}`;
  return `${table.join('\n')}\n\n\`${command}\`, ${minuteOf(machine.date)} UTC, on ${made}.`;
}

function withSection(readme: string, records: readonly RunRecord[], section: Section): string {
  const [from, to] = [`<!-- ${section.name}:start -->`, `<!-- ${section.name}:end -->`];
  const [start, end] = [readme.indexOf(from), readme.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`no ${from} with ${to} after it`);
  const record = newest(records, section);
  return `${readme.slice(0, start)}${from}\n\n${figuresMarkdown(record, section.figures(record))}\n\n${readme.slice(end)}`;
}

/** The README at `path` with the figures of the newest runs between its markers, laid out as prettier does it. */
export async function withFigures(path: string, readme: string, records: readonly RunRecord[]): Promise<string> {
  const text = SECTIONS.reduce((before, section) => withSection(before, records, section), readme);
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
