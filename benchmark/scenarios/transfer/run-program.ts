import { execa } from 'execa';
import { at } from '../../harness/statistics.js';
import type { Work } from './cell.js';
import type { Watch } from './contestant.js';
import { BEGINS, WARM_UPS } from './passage.js';

/** How contestants are started. */
export interface Starting {
  /** A CPU list as taskset(1) takes it. */
  cpus?: string | undefined;
  /** How often a program of Node does something small before. */
  warmUps: number;
  signal: AbortSignal;
}

/** Longer than anything that is measured: 2 GiB of warm-up and the file, at 10 MB/s. */
const TIMEOUT = 600_000;

/** The same for all. */
export const ENVIRONMENT = { NODE_OPTIONS: '', LC_ALL: 'C' };

/** With what restricts it to its CPUs. */
function commandLine(line: readonly string[], { cpus }: Starting): string[] {
  return [...(cpus === undefined ? [] : ['taskset', '-c', cpus]), ...line];
}

/** Starts it. */
export function start(line: readonly string[], starting: Starting) {
  const all = commandLine(line, starting);
  return execa(at(all, 0), all.slice(1), {
    env: { ...ENVIRONMENT, [WARM_UPS]: String(starting.warmUps) },
    cancelSignal: starting.signal,
    timeout: TIMEOUT,
    stdin: 'ignore',
  });
}

/** A program of Node that uses {@link timePassage}: what it has printed. */
export async function timeProgram(line: readonly string[], watch: Watch, starting: Starting): Promise<Work> {
  const child = start(line, starting);
  let work: Work | undefined;
  for await (const text of child) {
    if (text === BEGINS) {
      watch.begins();
    } else {
      watch.ends();
      work = JSON.parse(text) as Work;
    }
  }
  await child;
  if (work === undefined) throw new Error(`it has measured nothing: ${line.join(' ')}`);
  return work;
}
