import { isRandom, type Job } from './job.js';

const WEYL = 0x9e3779b9;

/** Numbers in [0, 1), the same for the same seed: a Weyl sequence through the finalizer of MurmurHash3. */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + WEYL) | 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

/**
 * Where a thread goes: random blocks, or one after the other from where its share of the target begins to the end, and
 * again from the start. A block may come again before all have come.
 */
export function positionsOf(job: Job, thread: number, seed: number): () => number {
  const { size, blockSize, pattern, threads } = job;
  const blocks = Math.floor(size / blockSize);
  if (isRandom(pattern)) {
    const random = randomNumbers(seed);
    return () => Math.floor(random() * blocks) * blockSize;
  }
  let next = Math.floor((blocks * thread) / threads);
  return () => {
    const position = next * blockSize;
    next = next + 1 === blocks ? 0 : next + 1;
    return position;
  };
}
