/** After xfstests generic/427 and 451: others who read through the page cache while we write past it. */
import { open as openWithNode, type FileHandle } from 'node:fs/promises';
import { type ExecutionContext } from 'ava';

import { allocate, open, type DirectFile } from '../../index.js';
import { beside } from '../support/beside.js';
import { Random, ROUNDS } from '../support/random.js';
import { eachDirectory, scratchFile, type DirectoryTarget } from '../support/targets.js';

const BLOCK = 4096;
const BLOCKS = 32;

interface Both {
  readonly file: DirectFile;
  readonly cached: FileHandle;
}

async function subject(t: ExecutionContext, target: DirectoryTarget, content: Buffer): Promise<Both> {
  const path = await scratchFile(t, target, content);
  const [file, cached] = [await open(path, 'r+'), await openWithNode(path)];
  t.teardown(async () => {
    await file.close();
    await cached.close();
  });
  return { file, cached };
}

eachDirectory('a cached read that begins after a direct write settled returns what was written', async (t, target) => {
  const { file, cached } = await subject(t, target, Buffer.alloc(BLOCKS * BLOCK));
  const random = new Random(1);
  /** Of each block: the last write that settled. */
  const settled = new Uint8Array(BLOCKS);
  let reads = 0;
  const write = async (block: number): Promise<void> => {
    for (let version = 1; version <= 4 * ROUNDS; version++) {
      await file.write(allocate(BLOCK).fill(version), { position: block * BLOCK });
      settled[block] = version;
    }
  };
  const read = async (): Promise<void> => {
    const block = random.integer(0, BLOCKS - 1);
    const least = settled[block] ?? 0;
    const { buffer } = await cached.read(Buffer.alloc(BLOCK), 0, BLOCK, block * BLOCK);
    reads++;
    const old = buffer.find((byte) => byte < least);
    if (old !== undefined) throw new Error(`block ${block}: ${old} after ${least} had settled`);
  };
  await beside(Promise.all(Array.from({ length: BLOCKS }, (_, block) => write(block))), read);
  t.true(reads > 0);
  const { buffer } = await cached.read(Buffer.alloc(BLOCKS * BLOCK), 0, BLOCKS * BLOCK, 0);
  t.true(buffer.every((byte) => byte === 4 * ROUNDS));
});

eachDirectory(
  'a cached read that begins after an unaligned write settled returns what was written',
  async (t, target) => {
    const { file, cached } = await subject(t, target, Buffer.alloc(BLOCKS * BLOCK));
    const random = new Random(2);
    const length = 1000;
    const settled = new Uint8Array(BLOCKS);
    const write = async (place: number): Promise<void> => {
      for (let version = 1; version <= 4 * ROUNDS; version++) {
        await file.write(Buffer.alloc(length, version), { position: place * length });
        settled[place] = version;
      }
    };
    const read = async (): Promise<void> => {
      const place = random.integer(0, BLOCKS - 1);
      const least = settled[place] ?? 0;
      const { buffer } = await cached.read(Buffer.alloc(length), 0, length, place * length);
      const old = buffer.find((byte) => byte < least);
      if (old !== undefined) throw new Error(`place ${place}: ${old} after ${least} had settled`);
    };
    await t.notThrowsAsync(beside(Promise.all(Array.from({ length: BLOCKS }, (_, place) => write(place))), read));
  },
);

eachDirectory(
  'a cached reader of a file that direct writes extend never sees a length without its data',
  async (t, target) => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const { file, cached } = await subject(t, target, Buffer.alloc(0));
      let settled = 0;
      const extend = async (): Promise<void> => {
        for (let count = 0; count < 60; count++) {
          const { bytesWritten } = await file.write(allocate(BLOCK * (1 + (count % 3))).fill(1), { append: true });
          settled += bytesWritten;
        }
      };
      await beside(extend(), async () => {
        const least = settled;
        const { size } = await cached.stat();
        if (size < least) throw new Error(`seed ${seed}: ${size} bytes after ${least} had settled`);
        const position = Math.max(0, size - 4 * BLOCK);
        const { buffer, bytesRead } = await cached.read(Buffer.alloc(4 * BLOCK), 0, 4 * BLOCK, position);
        const hole = buffer.subarray(0, bytesRead).indexOf(0);
        if (hole >= 0) throw new Error(`seed ${seed}: nothing at ${position + hole} of ${size}`);
      });
      t.is((await cached.stat()).size, settled);
    }
  },
);
