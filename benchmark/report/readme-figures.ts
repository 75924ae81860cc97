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

/** Rows of a table that one run has measured. */
interface Part {
  readonly record: RunRecord;
  readonly rows: readonly (readonly string[])[];
}

/** What the first columns of some rows say. */
function subjectsOf(rows: Part['rows']): string[] {
  return [...new Set(rows.map(([subject = '']) => subject))];
}

/** The figures of a section, each subject's from the newest run that has it; runs whose table has other columns are left out. */
function newest(records: readonly RunRecord[], { name, figures }: Section): { head: Figures['head']; parts: Part[] } {
  const byAge = records
    .map((record) => ({ record, ...figures(record) }))
    .filter(({ rows }) => rows.length > 0)
    .sort((a, b) => b.record.machine.date.localeCompare(a.record.machine.date));
  const [first] = byAge;
  if (first === undefined) throw new Error(`no kept run has figures for the README: ${name}`);
  const { head } = first;
  const told = new Set<string>();
  const parts = byAge
    .filter((one) => one.head.join() === head.join())
    .map(({ record, rows }): Part => {
      const fresh = rows.filter(([subject = '']) => !told.has(subject));
      for (const subject of subjectsOf(fresh)) told.add(subject);
      return { record, rows: fresh };
    })
    .filter(({ rows }) => rows.length > 0);
  return { head, parts };
}

/** By what a run was made, and which rows are of it where others are not. */
function madeBy({ record, rows }: Part, isAlone: boolean): string {
  const { command, machine } = record;
  const on = `${machine.kernel}, ${machine.cpu} (${machine.cpus} CPUs), Node ${machine.node}`;
  const which = isAlone ? '' : `${subjectsOf(rows).join('; ')}: `;
  return `${which}\`${command}\`, ${minuteOf(machine.date)} UTC, on ${on}.`;
}

function figuresMarkdown({ head, parts }: ReturnType<typeof newest>): string {
  const rows = parts.flatMap((part) => part.rows);
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const isText = (column: number) => rows.some((row) => !/^[-\d]/.test(row[column] ?? ''));
  const table = [line(head), line(head.map((_, column) => (isText(column) ? '---' : '---:'))), ...rows.map(line)];
  const made = parts.map((part) => madeBy(part, parts.length === 1));
  return `${table.join('\n')}\n\n${made.join('\n\n')}`;
}

function withSection(readme: string, records: readonly RunRecord[], section: Section): string {
  const [from, to] = [`<!-- ${section.name}:start -->`, `<!-- ${section.name}:end -->`];
  const [start, end] = [readme.indexOf(from), readme.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`no ${from} with ${to} after it`);
  return `${readme.slice(0, start)}${from}\n\n${figuresMarkdown(newest(records, section))}\n\n${readme.slice(end)}`;
}

/** The README at `path` with the figures of the newest runs between its markers, laid out as prettier does it. */
export async function withFigures(path: string, readme: string, records: readonly RunRecord[]): Promise<string> {
  const text = SECTIONS.reduce((before, section) => withSection(before, records, section), readme);
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
