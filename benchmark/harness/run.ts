import type { Contestant, Scenario } from './contestant.js';
import type { Job } from './job.js';
import type { Options } from './options.js';
import { commandOf, measure, type Round, type RunOptions, verify } from './round.js';
import { seededRandom, shuffled } from './statistics.js';
import type { Target } from './target.js';

/** All rounds of one contestant in one cell. */
export interface Series {
  contestant: string;
  summary: string;
  /** The exact command of the last round. */
  command: string;
  environment: Record<string, string>;
  rounds: Round[];
}

/** One target at one depth: what is compared with each other. */
export interface Cell {
  scenario: string;
  target: string;
  depth: number;
  block: number;
  reference: string;
  series: Series[];
}

/** Told while it runs. */
export type Progress = (text: string) => void;

function chosen(scenario: Scenario, only: readonly string[]): Contestant[] {
  if (only.length === 0) return [...scenario.contestants];
  return scenario.contestants.filter(
    ({ name }) => name === scenario.reference || only.some((part) => name.includes(part)),
  );
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
  const { seconds, warmup } = options;
  const job: Job = { path, size, depth, block: scenario.block, seconds, warmup, seed: depth };
  // A whole number of batches at every depth.
  const reads = Math.ceil(options.verify / depth) * depth;
  const contestants = chosen(scenario, options.only).map((contestant) => ({ contestant, rounds: [] as Round[] }));
  for (const { contestant } of contestants) {
    progress(`checking the bytes: ${contestant.name}`);
    await verify(contestant, target, job, reads, run);
  }
  const random = seededRandom(depth);
  for (let round = 0; round < options.rounds; round++) {
    // Within a round all read the same positions; the next round has others.
    job.seed = depth * 1000 + round;
    for (const { contestant, rounds } of shuffled(contestants, random)) {
      progress(`round ${round + 1} of ${options.rounds}: ${contestant.name}`);
      rounds.push(await measure(contestant, target, job, run));
    }
  }
  const series = contestants.map(({ contestant, rounds }) => {
    const { line, environment } = commandOf(contestant, job, run.cpus);
    return { contestant: contestant.name, summary: contestant.summary, command: line.join(' '), environment, rounds };
  });
  const { name, block, reference } = scenario;
  return { scenario: name, target: target.name, depth, block, reference, series };
}
