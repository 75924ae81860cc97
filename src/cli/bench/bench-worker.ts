// Runs in a worker thread: one of the threads of a round.
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { carrierOf } from './carrier.js';
import { Lanes } from './lanes.js';
import type { Message, Order, Part, PartResult, SideResult } from './messages.js';
import type { Side } from './side.js';

const port = parentPort!;
const { job, engine, thread, seed, operations } = workerData as Part;

const say = (message: Message): void => {
  port.postMessage(message);
};

const resultOf = (side: Side): SideResult => ({ operations: side.operations, sum: side.sum, latency: side.counts() });

/** Lets the work before the measurement pass, then the measurement; nothing where it was ended before. */
async function measured(lanes: Lanes, stopped: AbortSignal): Promise<PartResult | undefined> {
  try {
    await delay(job.rampTime * 1000, undefined, { signal: stopped });
    lanes.measure();
    const began = performance.now();
    const flown = lanes.flightMillis(began);
    const cpu = process.cpuUsage();
    await delay(job.runtime * 1000, undefined, { signal: stopped });
    const ended = performance.now();
    const seconds = (ended - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const depth = (lanes.flightMillis(ended) - flown) / 1000 / seconds;
    return { seconds, cpuMicros: user + system, depth, read: resultOf(lanes.reads), write: resultOf(lanes.writes) };
  } catch (error) {
    if (stopped.aborted) return undefined;
    throw error;
  }
}

async function main(): Promise<void> {
  const carrier = await carrierOf(engine, job);
  try {
    const stopping = new AbortController();
    const begun = new Promise<void>((begin) => {
      port.on('message', (order: Order) => {
        if (order === 'stop') stopping.abort();
        begin();
      });
    });
    const lanes = new Lanes(carrier, job, thread, seed, () => {
      operations[thread]!++;
    });
    say({ type: 'ready' });
    await begun;
    if (stopping.signal.aborted) return;
    const work = lanes.run().finally(() => {
      stopping.abort();
    });
    // Told below, after the measurement that it ends.
    work.catch(() => undefined);
    const result = await measured(lanes, stopping.signal);
    lanes.stop();
    await work;
    if (result !== undefined) say({ type: 'result', result });
  } finally {
    await carrier.close();
    port.close();
  }
}

// The main thread has told of them.
process.removeAllListeners('warning');
try {
  await main();
} catch (error) {
  const { message, code, errno, syscall, path } = error as NodeJS.ErrnoException;
  say({ type: 'failure', failure: { message, code, errno, syscall, path } });
  port.close();
}
