import type { Contestant } from './contestant.js';
import type { Job } from './job.js';
import { measure, type RunOptions } from './round.js';
import type { Progress } from './run.js';
import type { Target } from './target.js';

/** What a candidate did in its heat. */
export interface Heat {
  contestant: string;
  iops: number;
}

/** Long enough to tell set-ups apart that are worth telling apart. */
const SECONDS = 0.5;

/** Of the candidates only the fastest stays, by one short measurement of each; all others stay. */
export async function runHeat(
  invited: readonly Contestant[],
  target: Target,
  job: Job,
  run: RunOptions,
  progress: Progress,
): Promise<{ contestants: Contestant[]; heat: Heat[] }> {
  const heat: Heat[] = [];
  for (const contestant of invited.filter(({ part }) => part === 'candidate')) {
    progress(`heat: ${contestant.name}`);
    const short: Job = { ...job, seconds: Math.min(SECONDS, job.seconds), warmup: Math.min(SECONDS, job.warmup) };
    const { iops } = await measure(contestant, target, short, run);
    heat.push({ contestant: contestant.name, iops });
  }
  heat.sort((a, b) => b.iops - a.iops);
  const contestants = invited.filter(({ name, part }) => part !== 'candidate' || name === heat[0]?.contestant);
  return { contestants, heat };
}
