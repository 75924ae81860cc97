import os from 'node:os';
import { execa } from 'execa';
import { evict } from './cache.js';
import { type Contestant, jobOf } from './contestant.js';
import { deviceCounters } from './device.js';
import { type Job, jobArguments } from './job.js';
import { cpuTicks } from './machine.js';
import { at } from './statistics.js';
import type { Target } from './target.js';
import type { Outcome } from './window.js';
import { checkBlocks, spoil } from './written.js';

/** One measurement of one contestant, with what the machine did meanwhile. */
export interface Round extends Outcome {
  iops: number;
  /** Mean number of requests that the block device had, by its own counters. */
  deviceDepth?: number;
  /** Reads or writes that reached the block device: below 1, the page cache answered the rest. */
  deviceRequestsPerOperation?: number;
  /** CPU time of the whole machine, interrupts and kernel threads included. */
  machineMicrosPerOperation: number;
  /** Of the CPU time of the machine, taken by the hypervisor for others. */
  stealPercent: number;
  /** Load average over a minute, before. */
  load: number;
}

export interface RunOptions {
  /** A CPU list as taskset(1) takes it; without it the scheduler is free. */
  cpus?: string | undefined;
  signal: AbortSignal;
}

/** The contestant's exact command, for the record and for spawning. */
export function commandOf(contestant: Contestant, target: Target, job: Job, cpus?: string) {
  const { file, arguments: own, environment = {} } = contestant.command(job, target.name);
  const line = [...(cpus === undefined ? [] : ['taskset', '-c', cpus]), file, ...own, ...jobArguments(job)];
  return { line, environment };
}

function sample(target: Target) {
  return { cpu: cpuTicks(), device: deviceCounters(target.countersPath) };
}

async function spawn(
  contestant: Contestant,
  target: Target,
  job: Job,
  options: RunOptions,
  onLine: (line: string) => void,
) {
  const { line, environment } = commandOf(contestant, target, job, options.cpus);
  const child = execa(at(line, 0), line.slice(1), {
    env: { NODE_OPTIONS: '', ...environment },
    buffer: { stdout: false },
    cancelSignal: options.signal,
    // Timers of a starved loop may be late, but not for ever.
    timeout: (job.warmup + job.seconds) * 3000 + 60_000,
    reject: false,
  });
  for await (const text of child) onLine(text);
  const { failed, exitCode, signal, stderr, shortMessage } = await child;
  options.signal.throwIfAborted();
  if (failed) {
    const how = exitCode === undefined ? (signal ?? shortMessage) : `exit code ${exitCode}`;
    throw new Error(`${contestant.name} failed (${how}): ${line.join(' ')}\n${stderr}`);
  }
}

/** Blocks of a measured write that are looked at afterwards: so many, or so many bytes where that is less. */
const LOOKED_AT = 512;
const LOOKED_AT_BYTES = 64 * 2 ** 20;

const lookedAt = ({ block }: Job): number => Math.min(LOOKED_AT, Math.ceil(LOOKED_AT_BYTES / block));

/** Whether we can look for what the contestant wrote. */
const leavesTraces = (contestant: Contestant, job: Job) => job.write && !contestant.ownPositions;

/** Runs one contestant once. */
export async function measure(
  contestant: Contestant,
  target: Target,
  common: Job,
  options: RunOptions,
): Promise<Round> {
  const job = jobOf(contestant, target, common);
  if (leavesTraces(contestant, job)) await spoil(job, lookedAt(job));
  await evict(target.path);
  const load = at(os.loadavg(), 0);
  let before: ReturnType<typeof sample> | undefined;
  let after: ReturnType<typeof sample> | undefined;
  let outcome: Outcome | undefined;
  await spawn(contestant, target, job, options, (line) => {
    if (line === 'measuring') {
      before = sample(target);
    } else if (line === 'measured') {
      after = sample(target);
    } else {
      after ??= sample(target);
      outcome = JSON.parse(line) as Outcome;
    }
  });
  if (!before || !after || !outcome || outcome.operations < 1) throw new Error(`${contestant.name} measured nothing`);
  // Where threads share the sequence, one may be behind the others.
  if (leavesTraces(contestant, job))
    await checkBlocks(job, Math.min(lookedAt(job), Math.floor(outcome.operations / 2)));
  const ticks = Math.max(1, after.cpu.total - before.cpu.total);
  const microsPerTick = (outcome.seconds * 1e6 * os.cpus().length) / ticks;
  const round: Round = {
    ...outcome,
    iops: outcome.operations / outcome.seconds,
    machineMicrosPerOperation: ((after.cpu.busy - before.cpu.busy) * microsPerTick) / outcome.operations,
    stealPercent: ((after.cpu.steal - before.cpu.steal) / ticks) * 100,
    load,
  };
  if (before.device && after.device) {
    round.deviceDepth = (after.device.queueMillis - before.device.queueMillis) / (outcome.seconds * 1000);
    const direction = job.write ? 'writes' : 'reads';
    round.deviceRequestsPerOperation = (after.device[direction] - before.device[direction]) / outcome.operations;
  }
  return round;
}

/** Runs one contestant's check of so many blocks, or a few more, outside of any measurement. Throws where the bytes are wrong. */
export async function verify(
  contestant: Contestant,
  target: Target,
  common: Job,
  least: number,
  options: RunOptions,
): Promise<void> {
  const job = jobOf(contestant, target, common);
  // Each block once, where they follow each other; a whole number of batches at every depth.
  const enough = job.sequential ? Math.min(least, Math.floor(job.size / job.block)) : least;
  const count = Math.ceil(enough / job.depth) * job.depth;
  const checked: Job = { ...job, verify: count };
  if (leavesTraces(contestant, job)) await spoil(checked, count);
  await evict(target.path);
  let verified = 0;
  await spawn(contestant, target, checked, options, (line) => {
    verified = (JSON.parse(line) as { verified: number }).verified;
  });
  if (verified < count) throw new Error(`${contestant.name} checked ${verified} of ${count} blocks`);
  if (leavesTraces(contestant, job)) await checkBlocks(checked, count);
}
