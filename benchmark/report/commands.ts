import type { RunRecord } from '../harness/record.js';
import { contestantsOf } from './panels.js';

/** How a contestant was started. */
export interface Started {
  contestant: string;
  summary: string;
  /** The exact one of its first cell, with paths from the project's directory. */
  command: string;
}

const SCRATCH = '/.benchmark-scratch/';

/** The directory of the project, with a slash at its end, as far as the paths of the targets and of what is moved tell. */
function rootOf({ targets, transfers }: RunRecord): string | undefined {
  const words = transfers.flatMap(({ series }) => series.flatMap(({ command }) => command.split(' ')));
  const path = [...targets.map((target) => target.path), ...words].find((one) => one.includes(SCRATCH));
  return path?.slice(0, path.indexOf(SCRATCH) + 1);
}

/** Of who moves something, once for each name. */
function transferCommands({ transfers }: RunRecord): Started[] {
  const all = transfers.flatMap(({ series }) => series);
  return [...new Map(all.map((one) => [one.contestant, one])).values()].map(({ contestant, summary, command }) => ({
    contestant,
    summary,
    command,
  }));
}

export function commandsOf(record: RunRecord): Started[] {
  const root = rootOf(record);
  const all = record.cells.flatMap(({ series }) => series);
  const started = contestantsOf(record.cells).map((contestant) => {
    const { summary, environment, command } = all.find((series) => series.contestant === contestant)!;
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value} `);
    return { contestant, summary, command: variables.join('') + command };
  });
  return [...started, ...transferCommands(record)].map((one) =>
    root === undefined ? one : { ...one, command: one.command.replaceAll(root, '') },
  );
}
