import type { RunRecord } from '../harness/record.js';
import type { Figures } from '../../src/cli/page/figure.js';
import { tableMarkdown } from './marked.js';
import { minuteOf } from './texts.js';
import { byWorth } from './worth.js';

/** Rows of a table that one run has measured. */
interface Part {
  readonly record: RunRecord;
  readonly rows: readonly (readonly string[])[];
}

/** What the first columns of some rows say. */
function subjectsOf(rows: Part['rows']): string[] {
  return [...new Set(rows.map(([subject = '']) => subject))];
}

/** Each subject's rows from the worthiest run that has it; runs whose table has other columns are left out. */
function newest(name: string, records: readonly RunRecord[], figures: (record: RunRecord) => Figures) {
  const tables = byWorth(records)
    .reverse()
    .map((record) => ({ record, ...figures(record) }))
    .filter(({ rows }) => rows.length > 0);
  const [first] = tables;
  if (first === undefined) throw new Error(`no kept run has figures for a document: ${name}`);
  const { head } = first;
  const told = new Set<string>();
  const parts = tables
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
  const { command, machine, options } = record;
  const rounds = `${options.rounds} rounds of ${options.seconds} s`;
  const commit =
    machine.commit === undefined ? '' : `, commit ${machine.commit.replace(/^([0-9a-f]{7})[0-9a-f]*/, '$1')}`;
  const on = `${machine.kernel}, ${machine.cpu} (${machine.cpus} CPUs), Node ${machine.node}`;
  const which = isAlone ? '' : `${subjectsOf(rows).join('; ')}: `;
  return `${which}\`${command}\`, ${minuteOf(machine.date)} UTC, ${rounds}${commit}, on ${on}.`;
}

/** A table of the kept runs' newest figures, and below it which runs these are. */
export function keptFigures(
  name: string,
  records: readonly RunRecord[],
  figures: (record: RunRecord) => Figures,
): string {
  const { head, parts } = newest(name, records, figures);
  const rows = parts
    .flatMap((part) => part.rows)
    .sort(([a = ''], [b = '']) => a.localeCompare(b, 'en', { numeric: true }));
  const made = parts.map((part) => madeBy(part, parts.length === 1));
  return [tableMarkdown(head, rows), ...made].join('\n\n');
}
