import { type Contestant, entrants, jobOf, type Scenario, type Stand } from './contestant.js';
import type { Job } from './job.js';
import { type Heat, runHeat } from './heat.js';
import type { Options } from './options.js';
import { commandOf, measure, type Round, type RunOptions, verify } from './round.js';
import { seededRandom, shuffled } from './statistics.js';
import { makeSweeps, type Sweep, worstSteal } from './sweeps.js';
import type { Target, TargetName } from './target.js';

/** All rounds of one contestant in one cell. */
export interface Series {
  contestant: string;
  summary: string;
  isNodeFs: boolean;
  /** The exact command of the last round. */
  command: string;
  environment: Record<string, string>;
  /** Of one of those that differ in one number only. */
  at?: Stand;
  rounds: Round[];
  /** Rounds that were made again, since too much was stolen from one of that sweep. */
  discarded: Round[];
}

/** One target at one depth: what is compared with each other. */
export interface Cell {
  scenario: string;
  target: TargetName;
  depth: number;
  block: number;
  reference: string;
  series: Series[];
  /** How the set-ups of node:fs did that were tried for a moment only. */
  heat: Heat[];
  /** Of each sweep that counts, the most CPU time that was stolen from one of its rounds, in percent. */
  stealPercent: number[];
}

/** Told while it runs. */
export type Progress = (text: string) => void;

/** Bytes that a contestant checks at the most: the pattern takes its time. */
const CHECKED_BYTES = 256 * 2 ** 20;

/** Length of a round. */
export function secondsOf({ share = 1 }: Pick<Scenario, 'share'>, { seconds, breadth }: Options): number {
  return breadth === 'usual' ? seconds * share : seconds;
}

/** Checks every contestant's bytes, then measures them in rounds, each in its own random order. */
export async function runCell(
  scenario: Scenario,
  target: Target,
  depth: number,
  options: Options,
  run: RunOptions,
  progress: Progress,
): Promise<Cell> {
  const { path, size } = target;
  const { name, block, reference, write, sequential = false } = scenario;
  const { warmup, rounds, breadth, only } = options;
  const seconds = secondsOf(scenario, options);
  const job: Job = { path, size, depth, block, seconds, warmup, seed: depth, write, sequential };
  const operations = Math.ceil(Math.min(options.verify, CHECKED_BYTES / block));
  const invited = entrants(scenario, { target: target.name, depth }, breadth, only);
  for (const contestant of invited) {
    progress(`checking the bytes: ${contestant.name}`);
    await verify(contestant, target, job, operations, run);
  }
  const { contestants, heat } =
    breadth === 'usual' && only.length === 0
      ? await runHeat(invited, target, job, run, progress)
      : { contestants: invited, heat: [] };
  const random = seededRandom(depth);
  const { kept, discarded } = await makeSweeps(rounds, async (index) => {
    // Within a round all use the same positions; the next round has others.
    job.seed = depth * 1000 + index;
    const sweep = new Map<string, Round>();
    for (const contestant of shuffled(contestants, random)) {
      progress(`round ${index + 1} of ${rounds}: ${contestant.name}`);
      sweep.set(contestant.name, await measure(contestant, target, job, run));
    }
    return sweep;
  });
  const series = contestants.map((contestant) => seriesOf(contestant, target, job, run, kept, discarded));
  return {
    scenario: name,
    target: target.name,
    depth,
    block,
    reference,
    series,
    heat,
    stealPercent: kept.map(worstSteal),
  };
}

function seriesOf(
  contestant: Contestant,
  target: Target,
  common: Job,
  run: RunOptions,
  kept: readonly Sweep[],
  discarded: readonly Sweep[],
): Series {
  const { name, summary, isNodeFs = false, at } = contestant;
  const { line, environment } = commandOf(contestant, target, jobOf(contestant, target, common), run.cpus);
  const rounds = (sweeps: readonly Sweep[]) => sweeps.flatMap((sweep) => sweep.get(name) ?? []);
  return {
    contestant: name,
    summary,
    isNodeFs,
    command: line.join(' '),
    environment,
    ...(at && { at }),
    rounds: rounds(kept),
    discarded: rounds(discarded),
  };
}
