/**
 * How many bytes of JavaScript's heap an operation takes, and how many callbacks and native calls. Arguments: the library's
 * module, a file, the form of the operations, the depth. Needs a nursery that holds everything that is allocated: what a collection
 * takes would be missing, and it has functions optimized anew.
 */
import { pathToFileURL } from 'node:url';

type Library = typeof import('../../index.js');

const [module = '', path = '', form = '', depthText = ''] = process.argv.slice(2);
const depth = Number(depthText);
const BLOCK = 4096;
/** Enough for every function to be optimized. */
const WARM_UP = 120_000;
const SAMPLE = 10_000;
const SAMPLES = 8;

const { open, SubmissionQueue } = (await import(pathToFileURL(module).href)) as Library;
const queue = await SubmissionQueue.create({ depth });
const file = await open(path, { flags: 'r+', queue });
let left = 0;

const nextPosition = (): number => (left & 63) * BLOCK;

/** Fills in where a batch goes. */
function place(positions: Float64Array): void {
  left -= positions.length;
  for (let index = 0; index < positions.length; index++) positions[index] = ((left + index) & 63) * BLOCK;
}

async function reads(block: Buffer): Promise<void> {
  while (left > 0) {
    left--;
    await file.read(block, 0, BLOCK, nextPosition());
  }
}

async function writes(block: Buffer): Promise<void> {
  while (left > 0) {
    left--;
    await file.write(block, 0, BLOCK, nextPosition());
  }
}

function callbacks(block: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const next = (error: Error | null): void => {
      if (error !== null) reject(error);
      else if (left <= 0) resolve();
      else {
        left--;
        file.read(block, 0, BLOCK, nextPosition(), next);
      }
    };
    next(null);
  });
}

async function batches(memory: Buffer, count: number): Promise<void> {
  const positions = new Float64Array(count);
  while (left > 0) {
    place(positions);
    await file.readBatch(memory, positions);
  }
}

async function prepared(memory: Buffer, count: number): Promise<void> {
  const batch = file.prepareReads(memory, count);
  while (left > 0) {
    place(batch.positions);
    await batch.submit();
  }
}

/** How a lane works, and whether it has a batch at a time. */
const FORMS: Record<string, { play: (memory: Buffer, count: number) => Promise<void>; isBatch?: boolean }> = {
  promises: { play: reads },
  writes: { play: writes },
  callbacks: { play: callbacks },
  batches: { play: batches, isBatch: true },
  prepared: { play: prepared, isBatch: true },
};

const { play, isBatch = false } = FORMS[form]!;
const count = isBatch ? depth / 4 : 1;
const lanes = Array.from({ length: depth / count }, () => file.allocate(BLOCK * count));

async function run(operations: number): Promise<void> {
  left = operations;
  await Promise.all(lanes.map((memory) => play(memory, count)));
}

await run(WARM_UP);
const samples: number[] = [];
const before = queue.stats();
for (let sample = 0; sample < SAMPLES; sample++) {
  const used = process.memoryUsage().heapUsed;
  await run(SAMPLE);
  samples.push((process.memoryUsage().heapUsed - used) / SAMPLE);
}
const after = queue.stats();
const calledBack = (after.callbacks - before.callbacks) / (SAMPLE * SAMPLES);
const calls = (after.batches - before.batches) / (SAMPLE * SAMPLES);
console.log(JSON.stringify({ samples, callbacks: calledBack, calls }));
await file.close();
await queue.close();
