/**
 * One load on one filesystem for some seconds, by one contestant; prints what the event loop had to bear as JSON.
 * Arguments: contestant, load, directory, seconds, and operations a second at the most.
 */
import { open as openFs } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import { allocate, open, SubmissionQueue } from '../../../index.js';
import { isMarked, mark } from '../../harness/mark.js';
import { watchEvents } from './event-wait.js';
import { type Delay, DEPTH, type Load, LOADS, NODE_FS, UNPROTECTED } from './loads.js';

/** Of what was done, looked at afterwards. */
const CHECKED = 256;

const [contestant = '', name = '', directory = '', seconds = '2', rate = 'Infinity'] = process.argv.slice(2);

/** One operation at a position, from memory of the worker's own: filesystems check sums in the memory that is read into. */
type Step = (position: number, memory: Buffer) => Promise<unknown>;

async function ours(path: string, load: Load, queue: SubmissionQueue): Promise<Step> {
  const file = await open(path, { flags: load.grows ? 'w+' : 'r+', queue, engine: 'aio' });
  if (!load.writes) return (position, memory) => file.read(memory, { position });
  return (position, memory) => file.write(memory, { position, dsync: load.dsync });
}

async function nodeFs(path: string, load: Load): Promise<Step> {
  const direct = constants.O_DIRECT | (load.dsync ? constants.O_DSYNC : 0);
  const create = load.grows ? constants.O_CREAT | constants.O_TRUNC : 0;
  const file = await openFs(path, constants.O_RDWR | direct | create);
  if (!load.writes) return (position, memory) => file.read(memory, 0, load.bytes, position);
  return (position, memory) => file.write(memory, 0, load.bytes, position);
}

/** Reads blocks that were done, written or read, as anybody would, and compares. */
async function check(path: string, load: Load, end: number, step: Step): Promise<void> {
  const file = await openFs(path);
  const block = allocate(load.bytes);
  for (let index = 0; index < CHECKED; index++) {
    const position = Math.floor((index / CHECKED) * (end / load.bytes)) * load.bytes;
    if (load.writes) await file.read(block, 0, load.bytes, position);
    else await step(position, block);
    if (!isMarked(block, position)) throw new Error(`${contestant}: wrong bytes at ${position}`);
  }
  await file.close();
}

/** Lets so many pass in a second, evenly. */
class Gate {
  readonly #perMillisecond: number;
  readonly #begin = performance.now();
  readonly #waiting: (() => void)[] = [];
  #passed = 0;

  constructor(perSecond: number) {
    this.#perMillisecond = perSecond / 1000;
    if (perSecond < Infinity) setInterval(this.#open, 1);
  }

  pass(): Promise<void> | undefined {
    if (this.#perMillisecond === Infinity) return undefined;
    return new Promise((pass) => this.#waiting.push(pass));
  }

  readonly #open = (): void => {
    const due = Math.floor((performance.now() - this.#begin) * this.#perMillisecond);
    for (const pass of this.#waiting.splice(0, due - this.#passed)) {
      this.#passed++;
      pass();
    }
  };
}

async function main(): Promise<void> {
  const load = LOADS[name];
  if (load === undefined) throw new RangeError(`unknown load: ${name}`);
  const path = join(directory, load.grows ? `grows-${contestant}` : 'filled');
  const helpers = contestant !== UNPROTECTED;
  const queue = contestant === NODE_FS ? undefined : await SubmissionQueue.create({ depth: DEPTH, helpers });
  const step = await (queue === undefined ? nodeFs(path, load) : ours(path, load, queue));
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  let operations = 0;
  let next = 0;
  let reached = 0;
  const watched = await watchEvents();
  const begin = performance.now();
  const end = begin + 1000 * Number(seconds);
  const gate = new Gate(Number(rate));
  const worker = async (): Promise<void> => {
    const memory = allocate(load.bytes);
    while (performance.now() < end) {
      await gate.pass();
      const position = next;
      next += load.bytes;
      reached = Math.max(reached, next);
      if (next > load.span) next = 0;
      if (load.writes) mark(memory, position);
      await step(position, memory);
      operations++;
    }
  };
  histogram.enable();
  await Promise.all(Array.from({ length: DEPTH }, worker));
  histogram.disable();
  const delay: Delay = {
    operations: operations / Number(seconds),
    p50: histogram.percentile(50) / 1e6,
    p99: histogram.percentile(99) / 1e6,
    max: histogram.max / 1e6,
    ...watched(),
    ...(queue === undefined ? {} : { submit: queue.stats().submitLongest }),
  };
  await check(path, load, reached, step);
  console.log(JSON.stringify(delay));
  process.exit();
}

void main();
