/** How late the event loop comes under full load, beside node:fs doing the same and beside ourselves without helper threads. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

import { makeTargets } from '../../../scripts/test/targets.js';
import { Scratch } from '../../../scripts/test/scratch.js';
import type { Cleanup } from '../../harness/cleanup.js';
import type { Breadth } from '../../harness/contestant.js';
import { cpuTicks } from '../../harness/machine.js';
import { mark } from '../../harness/mark.js';
import type { Progress } from '../../harness/run.js';
import { at, seededRandom, shuffled } from '../../harness/statistics.js';
import { makeSweeps, worstSteal } from '../../harness/sweeps.js';
import type { Skipped } from '../../harness/target.js';
import { AT_THEIR_RATE, CONTESTANTS, type Contestant, type Delay, FILLED, type Load, LOADS, NODE_FS } from './loads.js';

/** A round of one contestant, with what the machine did meanwhile. */
export interface DelayRound extends Delay {
  stealPercent: number;
  /** Load average over a minute, before. */
  load: number;
}

/** One load on one filesystem: what is compared with each other, round by round. */
export interface DelayCell {
  filesystem: string;
  load: string;
  rounds: Record<Contestant, DelayRound[]>;
  /** Of each round, the most CPU time that was stolen from a contestant, in percent. Older runs do not tell. */
  stealPercent?: number[];
}

export interface Filesystem {
  name: string;
  directory: string;
}

const BLOCK = 4096;
/** Sparse, of each filesystem: room for what is appended in a round. */
const FILESYSTEM = 8 * 2 ** 30;

/** What is done on a filesystem. tmpfs has no room for what grows. */
function loadsOf({ name }: Filesystem, breadth: Breadth): string[] {
  const isDone = ({ grows, rare }: Load) => (name !== 'tmpfs' || !grows) && (breadth !== 'usual' || !rare);
  return Object.entries(LOADS).flatMap(([load, what]) => (isDone(what) ? [load] : []));
}

/** Filesystems on loop devices over the root disk, and tmpfs, each with a file that is fully written. */
export async function makeFilesystems(
  cleanup: Cleanup,
  names: Parameters<typeof makeTargets>[1],
): Promise<{ made: Filesystem[]; skipped: Skipped[] }> {
  const scratch = await Scratch.create();
  cleanup.add(() => scratch.remove());
  const made: Filesystem[] = [];
  const skipped: Skipped[] = [];
  for (const target of await makeTargets(scratch, names, FILESYSTEM)) {
    if ('missing' in target) skipped.push({ name: target.name, reason: target.missing });
    if (!('directory' in target)) continue;
    const content = Buffer.alloc(FILLED);
    for (let position = 0; position < FILLED; position += BLOCK) mark(content.subarray(position), position);
    await writeFile(join(target.directory, 'filled'), content);
    made.push({ name: target.name, directory: target.directory });
  }
  return { made, skipped };
}

/** Who keeps to node:fs's rate comes right after it. */
function inOrder(shuffledOnes: readonly Contestant[]): Contestant[] {
  const others = shuffledOnes.filter((name) => name !== AT_THEIR_RATE);
  return others.flatMap((name) => (name === NODE_FS ? [name, AT_THEIR_RATE] : [name]));
}

async function measureOnce(
  program: string,
  contestant: Contestant,
  load: string,
  { directory }: Filesystem,
  seconds: number,
  rate: number,
  signal: AbortSignal,
): Promise<DelayRound> {
  const before = cpuTicks();
  const average = at(os.loadavg(), 0);
  const what = [contestant, load, directory, String(seconds), String(rate)];
  const { stdout } = await execa(process.execPath, [program, ...what], {
    env: { NODE_OPTIONS: '' },
    cancelSignal: signal,
    timeout: seconds * 3000 + 60_000,
  });
  const after = cpuTicks();
  for (const name of await readdir(directory)) if (name.startsWith('grows-')) await rm(join(directory, name));
  const ticks = Math.max(1, after.total - before.total);
  const stealPercent = (100 * (after.steal - before.steal)) / ticks;
  return { ...(JSON.parse(stdout) as Delay), stealPercent, load: average };
}

/**
 * Measures every load on one filesystem, in interleaved rounds, each in its own random order.
 *
 * @param program the translated `load.child`.
 * @param told called with each cell when it is complete.
 */
export async function measureDelays(
  program: string,
  filesystem: Filesystem,
  { rounds, seconds, breadth }: { rounds: number; seconds: number; breadth: Breadth },
  signal: AbortSignal,
  progress: Progress,
  told: (cell: DelayCell) => void,
): Promise<void> {
  for (const load of loadsOf(filesystem, breadth)) {
    const random = seededRandom(load.length);
    const { kept } = await makeSweeps<DelayRound>(rounds, async (index) => {
      const sweep = new Map<string, DelayRound>();
      for (const contestant of inOrder(shuffled(CONTESTANTS, random))) {
        progress(`${filesystem.name}, ${load}, round ${index + 1} of ${rounds}: ${contestant}`);
        const rate = contestant === AT_THEIR_RATE ? (sweep.get(NODE_FS)?.operations ?? 0) : Infinity;
        sweep.set(contestant, await measureOnce(program, contestant, load, filesystem, seconds, rate, signal));
      }
      return sweep;
    });
    const its = CONTESTANTS.map((name) => [name, kept.flatMap((sweep) => sweep.get(name) ?? [])]);
    told({
      filesystem: filesystem.name,
      load,
      rounds: Object.fromEntries(its) as DelayCell['rounds'],
      stealPercent: kept.map(worstSteal),
    });
  }
}
