/**
 * One load on one filesystem for some seconds, by one contestant; prints what the event loop had to bear as JSON.
 * Arguments: contestant, load, directory, seconds.
 */
import { open as openFs, type FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

import { allocate, open, SubmissionQueue } from '../../index.js';
import { LOADS, type Delay, type Load } from './loads.js';

const DEPTH = 128;
const [contestant = '', name = '', directory = '', seconds = '2'] = process.argv.slice(2);

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
  const file: FileHandle = await openFs(path, constants.O_RDWR | direct | create);
  if (!load.writes) return (position, memory) => file.read(memory, 0, load.bytes, position);
  return (position, memory) => file.write(memory, 0, load.bytes, position);
}

async function main(): Promise<void> {
  const load = LOADS[name];
  if (load === undefined) throw new RangeError(`unknown load: ${name}`);
  const path = join(directory, load.grows ? `grows-${contestant}` : 'filled');
  const helpers = contestant === 'linux-aio';
  const queue = contestant === 'node:fs' ? undefined : await SubmissionQueue.create({ depth: DEPTH, helpers });
  const step = await (queue === undefined ? nodeFs(path, load) : ours(path, load, queue));
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  let operations = 0;
  let next = 0;
  const end = performance.now() + 1000 * Number(seconds);
  const worker = async (): Promise<void> => {
    const memory = allocate(load.bytes);
    while (performance.now() < end) {
      const position = next;
      next += load.bytes;
      if (next > load.span) next = 0;
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
    ...(queue === undefined ? {} : { submit: queue.stats().submitLongest }),
  };
  console.log(JSON.stringify(delay));
  process.exit();
}

void main();
