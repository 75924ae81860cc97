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

/** The directory of the project, with a slash at its end, as far as the paths of the targets tell. */
function rootOf({ targets }: RunRecord): string | undefined {
  const path = targets.map((target) => target.path).find((one) => one.includes(SCRATCH));
  return path?.slice(0, path.indexOf(SCRATCH) + 1);
}

export function commandsOf(record: RunRecord): Started[] {
  const root = rootOf(record);
  const all = record.cells.flatMap(({ series }) => series);
  return contestantsOf(record.cells).map((contestant) => {
    const { summary, environment, command } = all.find((series) => series.contestant === contestant)!;
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value} `);
    const line = variables.join('') + command;
    return { contestant, summary, command: root === undefined ? line : line.replaceAll(root, '') };
  });
}
