import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from './job.js';
import { type Latency, LatencySampler } from './latency.js';
import { type Positions, positionsOf } from './positions.js';

/** What a contestant prints about its measurement, as one line of JSON. */
export interface Outcome {
  operations: number;
  seconds: number;
  /** User and system time of the process with all its threads. */
  cpuMicrosPerOperation: number;
  /** Mean number of operations in flight, where the contestant knows it. */
  achievedDepth?: number;
  voluntarySwitches: number;
  involuntarySwitches: number;
  /** Calls of io_submit(2) and io_getevents(2), where the contestant counts them. */
  submits?: number;
  waits?: number;
  /** Where the contestant times its operations. */
  latency?: Latency;
  /** What else it counted during the measurement. */
  [counter: string]: number | Latency | undefined;
}

/** What the lanes of a contestant share. */
export interface Course {
  /** Lanes end when this is false. */
  running: boolean;
  /** Completed. */
  operations: number;
  /** Where to read or write next. */
  readonly positions: Positions;
  readonly write: boolean;
  /** Whether each block is to be checked. */
  readonly verify: boolean;
  /** Operations that may still start. */
  left: number;
  /** Told of each call, and of its result. */
  readonly latency: LatencySampler;
}

/** What a contestant counts by itself. */
export interface Counters {
  /** Since creation: asked when the measurement begins and when it ends. */
  growing(): Record<string, number>;
  /** Mean number of operations in flight: asked at the end. */
  achievedDepth(): number;
}

function snapshot(operations: () => number, counters?: Counters) {
  return {
    time: performance.now(),
    operations: operations(),
    usage: process.resourceUsage(),
    counters: counters?.growing() ?? {},
  };
}

/**
 * Lets the warm-up and the measurement pass, and says what was done in the latter.
 *
 * @param completed operations until now.
 */
export async function window(
  job: Job,
  completed: () => number,
  counters?: Counters,
  latency?: LatencySampler,
): Promise<Outcome> {
  await delay(job.warmup * 1000);
  // The parent samples the machine when it reads this line, and again at `measured` or, without it, at the outcome.
  writeSync(1, 'measuring\n');
  latency?.start(job.warmup);
  const before = snapshot(completed, counters);
  await delay(job.seconds * 1000);
  const after = snapshot(completed, counters);
  const timed = latency?.stop();
  const operations = after.operations - before.operations;
  const cpuMicros =
    after.usage.userCPUTime + after.usage.systemCPUTime - before.usage.userCPUTime - before.usage.systemCPUTime;
  const grown = Object.entries(after.counters).map(([name, value]) => [name, value - (before.counters[name] ?? 0)]);
  return {
    operations,
    seconds: (after.time - before.time) / 1000,
    cpuMicrosPerOperation: cpuMicros / Math.max(1, operations),
    voluntarySwitches: after.usage.voluntaryContextSwitches - before.usage.voluntaryContextSwitches,
    involuntarySwitches: after.usage.involuntaryContextSwitches - before.usage.involuntaryContextSwitches,
    ...(counters && { achievedDepth: counters.achievedDepth() }),
    ...(timed && { latency: timed }),
    ...(Object.fromEntries(grown) as Record<string, number>),
  };
}

/**
 * Runs `lanes` side by side until the time is over, or until every operation of a `verify` is done,
 * and prints the outcome.
 *
 * @param lane runs until `course.running` is false or `course.left` is used up.
 */
export async function run(
  job: Job,
  lanes: number,
  lane: (course: Course) => Promise<void>,
  counters?: Counters,
): Promise<void> {
  const course: Course = {
    running: true,
    operations: 0,
    positions: positionsOf(job),
    write: job.write,
    verify: job.verify !== undefined,
    left: job.verify ?? Infinity,
    latency: new LatencySampler(),
  };
  const all = Promise.all(Array.from({ length: lanes }, () => lane(course)));
  if (job.verify !== undefined) {
    await all;
    if (course.operations < job.verify) throw new Error(`only ${course.operations} operations were done`);
    writeSync(1, `${JSON.stringify({ verified: course.operations })}\n`);
    return;
  }
  try {
    // A lane that fails ends the wait at once.
    const outcome = await Promise.race([
      window(job, () => course.operations, counters, course.latency),
      all.then(() => undefined),
    ]);
    course.running = false;
    await all;
    if (outcome === undefined) throw new Error('the lanes ended before the time was over');
    writeSync(1, `${JSON.stringify(outcome)}\n`);
  } finally {
    course.running = false;
  }
}
