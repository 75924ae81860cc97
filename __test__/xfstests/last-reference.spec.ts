/** After xfstests generic/210 and 323: files and contexts that go while their operations are in flight. */
import { readFile, unlink } from 'node:fs/promises';
import { type ExecutionContext } from 'ava';

import { allocate, BufferPool, open, SubmissionQueue, type DirectFile } from '../../index.js';
import { Random, ROUNDS } from '../support/random.js';
import { eachDirectory, scratchFile, type DirectoryTarget } from '../support/targets.js';

const BLOCK = 4096;
const BLOCKS = 200;

interface Loaded {
  readonly file: DirectFile;
  readonly queue: SubmissionQueue;
  /** Begun, and not awaited: a write of each block and, into another half of the file, a read. */
  readonly operations: Promise<number>[];
}

async function loaded(t: ExecutionContext, target: DirectoryTarget, random: Random): Promise<Loaded> {
  const path = await scratchFile(t, target, Buffer.alloc(2 * BLOCKS * BLOCK, 'r'));
  const queue = await SubmissionQueue.create({ depth: random.integer(1, 128) });
  const file = await open(path, { flags: 'r+', queue });
  const operations = Array.from({ length: BLOCKS }, (_, index) => [
    file.write(allocate(BLOCK).fill(index + 1), { position: index * BLOCK }).then((result) => result.bytesWritten),
    file.read(allocate(BLOCK), { position: (BLOCKS + index) * BLOCK }).then(({ buffer, bytesRead }) => {
      return buffer.every((byte) => byte === 0x72) ? bytesRead : -1;
    }),
  ]).flat();
  // Some are in flight by then, or done.
  for (let turn = random.integer(0, 3); turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
  return { file, queue, operations };
}

function assertWritten(t: ExecutionContext, content: Buffer, seed: number): void {
  const wrong = content
    .subarray(0, BLOCKS * BLOCK)
    .findIndex((byte, index) => byte !== (Math.floor(index / BLOCK) + 1) % 256);
  t.is(wrong, -1, `seed ${seed}`);
}

eachDirectory('a file and a queue that are closed under load have done all of it', async (t, target) => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const { file, queue, operations } = await loaded(t, target, new Random(seed));
    let settled = 0;
    for (const operation of operations) void operation.then(() => settled++);
    await (seed % 2 === 0 ? file.close() : Promise.all([queue.close(), file.close()]));
    // Closing waits for the operations; their promises settle in the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    t.is(settled, operations.length, `seed ${seed}`);
    t.true((await Promise.all(operations)).every((bytes) => bytes === BLOCK));
    assertWritten(t, await readFile(file.path), seed);
    await queue.close();
  }
});

eachDirectory('a file that is unlinked under load is whole to those who have it open', async (t, target) => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const { file, queue, operations } = await loaded(t, target, new Random(seed));
    await using other = await open(file.path);
    await unlink(file.path);
    await file.close();
    t.true((await Promise.all(operations)).every((bytes) => bytes === BLOCK));
    assertWritten(t, await other.readFile(), seed);
    await queue.close();
  }
});

eachDirectory(
  'memory of a file that was closed under load is not handed out before the kernel is done',
  async (t, target) => {
    using pool = BufferPool.create({ limit: 64 * BLOCK });
    for (let seed = 0; seed < ROUNDS; seed++) {
      const path = await scratchFile(t, target, Buffer.alloc(64 * BLOCK, 'r'));
      const file = await open(path, 'r+');
      const writes = Array.from({ length: 64 }, (_, index) => {
        const buffer = pool.acquire(BLOCK).fill(index + 1);
        const write = file.write(buffer, { position: index * BLOCK });
        // Early: the memory is the kernel's until the write is done.
        pool.release(buffer);
        return write;
      });
      const closing = file.close();
      // Who gets memory from the pool now spoils it.
      for (let count = 0; count < 64; count++) pool.release((await pool.acquireAsync(BLOCK)).fill(0xee));
      await closing;
      await Promise.all(writes);
      const content = await readFile(path);
      t.is(
        content.findIndex((byte, index) => byte !== Math.floor(index / BLOCK) + 1),
        -1,
        `seed ${seed}`,
      );
    }
  },
);
