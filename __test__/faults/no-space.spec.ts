/** Disks that fill up in the midst of many writes: what is told has to be what is in the file, to the byte. */
import { readFileSync, statfsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

import { allocate, open, type BatchError, type DirectFile, type KernelError } from '../../index.js';
import { withDevices } from '../support/loop.js';
import { eachSmallDisk } from '../support/small-disk.js';

const LARGE = 16 << 20;
/** What an xfs, which cannot be made small, is left with. */
const LEFT = 3 << 20;

function eachDisk(title: string, implementation: (t: ExecutionContext, directory: string) => Promise<void>): void {
  eachSmallDisk(title, implementation);
  const onXfs = `${title}, xfs`;
  withDevices(
    onXfs,
    async (t, place) => {
      const { directory } = place.mountNew('xfs');
      const { bavail, bsize } = statfsSync(directory);
      await using filler = await open(join(directory, 'filler'), 'w');
      await filler.preallocate({ length: bavail * bsize - LEFT });
      await implementation(t, directory);
    },
    'mkfs.xfs',
  );
}

/** Bytes that a call says it has written; 0 where it says that there is no space. */
async function told(call: Promise<{ bytesWritten: number }>): Promise<number> {
  try {
    return (await call).bytesWritten;
  } catch (error) {
    if ((error as KernelError).code === 'ENOSPC') return 0;
    throw error;
  }
}

/** How many words of each number a file has; fails where those of one are not in one piece. */
function runsIn(t: ExecutionContext, content: Buffer): Map<number, number> {
  const runs = new Map<number, number>();
  let current = -1;
  for (let at = 0; at < content.byteLength; at += 4) {
    const word = content.readUInt32LE(at);
    if (word !== current) t.false(runs.has(word), `${word} again at ${at}`);
    current = word;
    runs.set(word, (runs.get(word) ?? 0) + 4);
  }
  return runs;
}

function numbered(memory: Buffer, number: number): Buffer {
  for (let at = 0; at < memory.byteLength; at += 4) memory.writeUInt32LE(number, at);
  return memory;
}

/** Sizes of appends: none, some and all of them whole blocks. */
const SIZES: Record<string, (index: number) => number> = {
  records: (index) => 40_000 + 4 * (index % 999),
  mixed: (index) => (index % 3 === 0 ? 12_288 : 65_536 + 4 * (index % 77)),
  blocks: (index) => 32_768 * (1 + (index % 3)),
};

eachDisk('of parallel appends to a disk that fills up, each is in the file as far as it says', async (t, directory) => {
  for (const [name, sizeOf] of Object.entries(SIZES)) {
    const path = join(directory, name);
    await using file = await open(path, 'w+');
    const appended = await Promise.all(
      Array.from({ length: 300 }, (_, index) => {
        const memory = name === 'records' ? Buffer.alloc(sizeOf(index)) : allocate(sizeOf(index));
        return told(file.write(numbered(memory, index + 1), { append: true }));
      }),
    );
    t.true(appended.includes(0), 'the disk was full');
    const content = readFileSync(path);
    t.is(
      content.byteLength,
      appended.reduce((sum, bytes) => sum + bytes, 0),
      name,
    );
    const runs = runsIn(t, content);
    for (const [index, bytes] of appended.entries()) t.is(runs.get(index + 1) ?? 0, bytes, `${name} ${index}`);
    truncateSync(path, 0);
  }
});

eachDisk('of adjoining writes beyond the end of a file, each is there as far as it says', async (t, directory) => {
  const size = 49_152;
  const path = join(directory, 'adjoining');
  await using file = await open(path, 'w+');
  const written = await Promise.all(
    Array.from({ length: 400 }, (_, index) =>
      told(file.write(numbered(allocate(size), index + 1), { position: index * size })),
    ),
  );
  t.true(written.includes(0), 'the disk was full');
  const content = readFileSync(path);
  for (const [index, bytes] of written.entries()) {
    const found = content.subarray(index * size, index * size + bytes);
    t.true(found.equals(numbered(Buffer.alloc(bytes), index + 1)), `${index}: ${bytes}`);
  }
  const last = written.findLastIndex((bytes) => bytes > 0);
  t.is(content.byteLength, last * size + (written[last] ?? 0));
});

eachDisk(
  'of a prepared batch that fills a disk, each write is there as far as it says, time after time',
  async (t, directory) => {
    const [size, count] = [65_536, 32];
    const path = join(directory, 'prepared');
    await using file = await open(path, 'w+');
    const memory = allocate(count * size);
    const batch = file.prepareWrites(memory, count);
    let failure: BatchError | undefined;
    const told = new Map<number, number>();
    for (let round = 0; failure === undefined; round++) {
      for (let index = 0; index < count; index++) {
        const number = round * count + index;
        batch.positions[index] = number * size;
        numbered(memory.subarray(index * size, (index + 1) * size), number + 1);
      }
      await batch.submit().catch((error: unknown) => (failure = error as BatchError));
      batch.results.forEach((bytes, index) => told.set(round * count + index, Math.max(0, bytes)));
    }
    t.is(failure.code, 'ENOSPC');
    t.is(failure.results[failure.index], failure.errno);
    const content = readFileSync(path);
    for (const [number, bytes] of told) {
      const found = content.subarray(number * size, number * size + bytes);
      t.true(found.equals(numbered(Buffer.alloc(bytes), number + 1)), `${number}: ${bytes}`);
    }
    // What is there has its space.
    batch.positions.forEach((_, index, positions) => (positions[index] = (index % 8) * size));
    t.is(await batch.submit(), count * size);
  },
);

type Write = (file: DirectFile, content: Buffer) => Promise<{ bytesWritten: number }>;

/** Writes larger than the disk, from the beginning of the file. */
const WRITES: Record<string, Write> = {
  'a vector of blocks': (file, content) =>
    file.writev(
      Array.from({ length: 64 }, (_, index) => {
        const part = content.subarray((index * LARGE) / 64, ((index + 1) * LARGE) / 64);
        const memory = allocate(part.byteLength);
        part.copy(memory);
        return memory;
      }),
      0,
    ),
  'a vector of odd parts': (file, content) =>
    file.writev([content.subarray(0, 99_999), content.subarray(99_999, 5_000_001), content.subarray(5_000_001)], 0),
  'a write in parts': (file, content) => file.write(content, { position: 0 }),
  'an append in parts': (file, content) => file.write(content, { append: true }),
};

eachDisk('a large write to a disk that fills up tells how far it is in the file', async (t, directory) => {
  const content = Buffer.concat(
    Array.from({ length: LARGE / 4096 }, (_, index) => Buffer.alloc(4096, 1 + (index % 255))),
  );
  for (const [name, write] of Object.entries(WRITES)) {
    const path = join(directory, name.replaceAll(' ', '-'));
    await using file = await open(path, 'w+');
    const bytes = await told(write(file, content));
    t.true(bytes < LARGE, name);
    t.is(statSync(path).size, bytes, name);
    t.true(readFileSync(path).equals(content.subarray(0, bytes)), name);
    truncateSync(path, 0);
  }
});

eachDisk('a large write into a hole that the disk has no space for tells where it ends', async (t, directory) => {
  const content = Buffer.alloc(LARGE, 'w');
  const before = Buffer.alloc(4096);
  for (const [name, write] of Object.entries(WRITES).slice(0, 3)) {
    const path = join(directory, name.replaceAll(' ', '-'));
    await using file = await open(path, 'w+');
    await file.truncate(LARGE);
    const bytes = await told(write(file, content));
    t.true(bytes < LARGE, name);
    const found = readFileSync(path);
    t.is(found.byteLength, LARGE);
    t.true(found.subarray(0, bytes).equals(content.subarray(0, bytes)), name);
    t.true(found.subarray(bytes, bytes + before.byteLength).equals(before), `${name}: ${bytes} and no more`);
    truncateSync(path, 0);
  }
});
