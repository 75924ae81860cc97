import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Engine, Job } from './job.js';
import type { Message, Order, Part, PartFailure, PartResult } from './messages.js';

/** The program of a thread: beside this file in the sources, beside the command in the package. */
const PROGRAM = new URL(`./bench-worker${extname(import.meta.url)}`, import.meta.url);
/** Between two looks at what is done, in milliseconds. */
const LOOK = 100;
/** Between the seeds of threads. */
const APART = 0x1f123bb5;

/** What all threads of a round have done. */
export interface Round {
  engine: Engine;
  parts: PartResult[];
  /** Operations a second at each look during the measurement. */
  timeline: number[];
}

/** Told how long a round lasts, in seconds, and of operations a second. */
export type Watch = (seconds: number, iops: number) => void;

function errorOf({ message, ...fields }: PartFailure): Error {
  return Object.assign(new Error(message), fields);
}

/** A thread, and what it has said. */
class Hand {
  readonly #worker: Worker;
  /** It waits for its order, or is gone. */
  readonly ready: Promise<void>;
  readonly exit: Promise<void>;
  result: PartResult | undefined;
  error: Error | undefined;

  /** @param failed called once it has an error. */
  constructor(part: Part, failed: () => void) {
    this.#worker = new Worker(PROGRAM, { workerData: part });
    this.exit = new Promise((exit) => {
      this.#worker.once('exit', () => {
        exit();
      });
    });
    this.ready = new Promise((ready) => {
      void this.exit.then(ready);
      this.#worker.on('message', (message: Message) => {
        if (message.type === 'result') this.result = message.result;
        else if (message.type === 'ready') ready();
        else this.#fail(errorOf(message.failure), failed);
      });
    });
    this.#worker.on('error', (error) => {
      this.#fail(error, failed);
    });
  }

  #fail(error: Error, failed: () => void): void {
    this.error ??= error;
    failed();
  }

  order(order: Order): void {
    this.#worker.postMessage(order);
  }
}

/** Looks at what is done every {@link LOOK} milliseconds; the function ends that, and gives what it was during the measurement. */
function looking({ rampTime }: Job, operations: Float64Array, watch: Watch): () => number[] {
  const began = performance.now();
  const timeline: number[] = [];
  let before = 0;
  let at = began;
  const timer = setInterval(() => {
    const now = performance.now();
    const done = operations.reduce((sum, count) => sum + count, 0);
    const iops = ((done - before) / (now - at)) * 1000;
    if (at - began >= rampTime * 1000) timeline.push(iops);
    [before, at] = [done, now];
    watch((now - began) / 1000, iops);
  }, LOOK);
  return () => {
    clearInterval(timer);
    return timeline;
  };
}

/** Has the threads do their job once, all at the same time. */
export async function runRound(
  engine: Engine,
  job: Job,
  seed: number,
  signal: AbortSignal,
  watch: Watch,
): Promise<Round> {
  const operations = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT * job.threads));
  const hands: Hand[] = [];
  const stop = (): void => {
    for (const hand of hands) hand.order('stop');
  };
  try {
    for (let thread = 0; thread < job.threads; thread++) {
      hands.push(new Hand({ job, engine, thread, seed: seed + thread * APART, operations }, stop));
    }
  } catch (error) {
    // No thread could be made: the others would wait for an order for ever.
    stop();
    throw error;
  }
  signal.addEventListener('abort', stop);
  await Promise.all(hands.map(({ ready }) => ready));
  if (signal.aborted) stop();
  else for (const hand of hands) hand.order('begin');
  const looked = looking(job, operations, watch);
  await Promise.all(hands.map(({ exit }) => exit));
  const timeline = looked();
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  for (const { error } of hands) if (error !== undefined) throw error;
  const parts = hands.flatMap(({ result }) => result ?? []);
  if (parts.length < hands.length) throw new Error('a thread ended before its time');
  return { engine, parts, timeline };
}
