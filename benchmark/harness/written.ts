import { open } from 'node:fs/promises';
import { evict } from './cache.js';
import type { Job } from './job.js';
import { isMarked } from './mark.js';
import { checkPattern, fillPattern } from './pattern.js';
import { positionsOf } from './positions.js';

/** Where a job begins, each position once. */
function firstPositions(job: Job, count: number): Set<number> {
  const positions = positionsOf(job);
  return new Set(Array.from({ length: count }, () => positions.next()));
}

/** Zeroes the first `count` blocks that a job will write, so that a write that never happens does not look like one. */
export async function spoil(job: Job, count: number): Promise<void> {
  const file = await open(job.path, 'r+');
  try {
    const zeroes = Buffer.alloc(job.block);
    for (const position of firstPositions(job, count)) await file.write(zeroes, 0, job.block, position);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What a measurement writes: the pattern of the file's first block, with the mark of the position over it. */
function checkMarked(block: Buffer, position: number): void {
  if (!isMarked(block, position)) throw new Error(`the block at ${position} was not written`);
  fillPattern(block.subarray(0, 8), 0);
  checkPattern(block, 0);
}

/** Reads the first `count` blocks of a job's sequence from the device, and throws where one is not what has to be there. */
export async function checkBlocks(job: Job, count: number): Promise<void> {
  await evict(job.path);
  const check = job.write && job.verify === undefined ? checkMarked : checkPattern;
  const file = await open(job.path);
  try {
    const block = Buffer.allocUnsafeSlow(job.block);
    for (const position of firstPositions(job, count)) {
      await file.read(block, 0, job.block, position);
      check(block, position);
    }
  } finally {
    await file.close();
  }
}
