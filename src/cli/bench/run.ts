import { availableParallelism, cpus, release, type } from 'node:os';
import { open, probe } from '../../../index.js';
import { Complaint } from '../complaint.js';
import type { Progress } from '../progress.js';
import { countText } from '../sizes.js';
import type { Engine, Job } from './job.js';
import { type BenchRecord, comparisonOf, engineRecord } from './record.js';
import { type Round, runRound } from './round.js';
import type { Target } from './target.js';

/** Of libuv: see UV_THREADPOOL_SIZE. */
const USUAL_THREADS = 4;

export interface Plan {
  job: Job;
  engines: readonly Engine[];
  rounds: number;
  version: string;
}

/** Rounds of all engines in turn: what disturbs one disturbs the others, and none is always the first. */
async function runRounds({ job, engines, rounds }: Plan, signal: AbortSignal, progress: Progress): Promise<Round[]> {
  const done: Round[] = [];
  const length = job.rampTime + job.runtime;
  const total = length * engines.length * rounds;
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? engines : [...engines].reverse();
    for (const engine of order) {
      const before = done.length * length;
      const words = engines.length * rounds > 1 ? `${engine}, round ${round + 1} of ${rounds}, ` : '';
      // The same seed for all: so that each goes to the same places.
      done.push(
        await runRound(engine, job, round, signal, (seconds, iops) => {
          progress.seconds(job.pattern, before + Math.min(seconds, length), total, `${words}${countText(iops)} op/s`);
        }),
      );
    }
  }
  progress.stop();
  return done;
}

/** What is known of the target, and what is to be known about figures from it. */
async function look(target: Target): Promise<{ about: BenchRecord['target']; notes: string[] }> {
  const { path, kind, size, created, notes } = target;
  const { filesystem, device } = await probe(path);
  await using file = await open(path);
  const { direct, engine, reason = '' } = file;
  const without = engine === 'fs' ? [`there is no kernel AIO here, linux-aio goes through node:fs: ${reason}`] : [];
  return {
    about: { path, kind, size, created, filesystem, device: device?.name, direct, carrier: engine },
    notes: [...notes, ...without],
  };
}

/** Measures, and gives all that is to be told of it. */
export async function measure(
  plan: Plan,
  target: Target,
  signal: AbortSignal,
  progress: Progress,
): Promise<BenchRecord> {
  const { job, engines } = plan;
  const { about, notes } = await look(target);
  const date = new Date().toISOString();
  const rounds = await runRounds(plan, signal, progress);
  const { pattern, readPercent, blockSize, depth, threads, runtime, rampTime, rate } = job;
  const records = engines.map((engine) => engineRecord(engine, rounds, blockSize));
  if (records.some(({ rounds: each }) => each.some(({ operations }) => operations === 0))) {
    throw new Complaint(`${job.path}: no operation was complete within ${runtime} s; choose a longer --runtime`);
  }
  const comparison = comparisonOf(records);
  return {
    version: plan.version,
    date,
    target: about,
    job: { pattern, readPercent, blockSize, depth, threads, runtime, rampTime, rate },
    machine: {
      kernel: `${type()} ${release()}`,
      node: process.version,
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cpus: availableParallelism(),
      threadPool: Number(process.env.UV_THREADPOOL_SIZE ?? USUAL_THREADS),
    },
    engines: records,
    ...(comparison && { comparison }),
    notes,
  };
}
