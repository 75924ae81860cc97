import { format, resolveConfig } from 'prettier';
import type { RunRecord } from '../harness/record.js';
import { shortFigures } from './short.js';
import { minuteOf } from './texts.js';

const START = '<!-- benchmark:start -->';
const END = '<!-- benchmark:end -->';

/** The newest of them that has figures for the README. */
export function newest(records: readonly RunRecord[]): RunRecord {
  const found = records
    .filter((record) => shortFigures(record).rows.length > 0)
    .reduce<RunRecord | undefined>(
      (best, one) => (best && best.machine.date >= one.machine.date ? best : one),
      undefined,
    );
  if (found === undefined) throw new Error('no kept run has figures for the README');
  return found;
}

function figuresMarkdown(record: RunRecord): string {
  const { head, rows } = shortFigures(record);
  const { command, machine } = record;
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const table = [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)];
  const made = `${machine.kernel}, ${machine.cpu} (${machine.cpus} CPUs), Node ${machine.node}`;
  return `${table.join('\n')}\n\n\`${command}\`, ${minuteOf(machine.date)} UTC, on ${made}.`;
}

/** The README at `path` with a run's figures between its markers, laid out as prettier does it. */
export async function withFigures(path: string, readme: string, record: RunRecord): Promise<string> {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END);
  if (start < 0 || end < start) throw new Error(`no ${START} with ${END} after it`);
  const text = `${readme.slice(0, start)}${START}\n\n${figuresMarkdown(record)}\n\n${readme.slice(end)}`;
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
