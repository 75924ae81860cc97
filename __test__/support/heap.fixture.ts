/**
 * How many bytes of JavaScript's heap an operation takes, and how many callbacks and native calls. Arguments: the library's
 * module, a file, `promises` or `batches`, the depth. Needs a nursery that holds everything that is allocated: what a collection
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
const file = await open(path, { flags: 'r', queue });
let left = 0;

async function promises(block: Buffer): Promise<void> {
  while (left > 0) {
    left--;
    await file.read(block, 0, BLOCK, (left % 64) * BLOCK);
  }
}

async function batches(memory: Buffer, positions: Float64Array): Promise<void> {
  while (left > 0) {
    left -= positions.length;
    for (let index = 0; index < positions.length; index++) positions[index] = ((left + index) & 63) * BLOCK;
    await file.readBatch(memory, positions);
  }
}

function lane(): () => Promise<void> {
  const length = form === 'promises' ? 1 : depth / 4;
  const memory = file.allocate(BLOCK * length);
  const positions = new Float64Array(length);
  return form === 'promises' ? () => promises(memory) : () => batches(memory, positions);
}

const lanes = Array.from({ length: form === 'promises' ? depth : 4 }, lane);

async function run(operations: number): Promise<void> {
  left = operations;
  await Promise.all(lanes.map((play) => play()));
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
const callbacks = (after.callbacks - before.callbacks) / (SAMPLE * SAMPLES);
const calls = (after.batches - before.batches) / (SAMPLE * SAMPLES);
console.log(JSON.stringify({ samples, callbacks, calls }));
await file.close();
await queue.close();
