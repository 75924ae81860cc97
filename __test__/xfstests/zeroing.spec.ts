/**
 * After xfstests generic/036 and 114: what nobody wrote reads as zeros, around writes that extend a file and that are not
 * aligned, however they race.
 */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExecutionContext } from 'ava';

import { allocate, open, type DirectFile } from '../../index.js';
import { beside } from '../support/beside.js';
import { Random, ROUNDS } from '../support/random.js';
import { eachDirectory, scratchFile, type DirectoryTarget } from '../support/targets.js';

const MEBIBYTE = 1 << 20;
/** What deleted files leave on the disk; nobody writes it otherwise. */
const STALE = 0xdb;

/** One write, alone on its bytes. */
interface Piece {
  readonly position: number;
  readonly length: number;
  readonly fill: number;
}

/** Leaves blocks on the disk, free again, that are full of {@link STALE}. */
async function soil(target: DirectoryTarget): Promise<void> {
  const path = join(target.directory, randomUUID());
  const file = await open(path, 'wx');
  try {
    for (let index = 0; index < 8; index++) await file.write(allocate(MEBIBYTE).fill(STALE), { append: true });
    await file.sync();
  } finally {
    await file.close();
    await rm(path);
  }
}

/** Pieces with and without gaps between them, some aligned, in random order. */
function pieces(random: Random): Piece[] {
  const list: Piece[] = [];
  let position = 0;
  for (let fill = 1; fill <= 40; fill++) {
    const aligned = random.integer(0, 2) === 0;
    position += random.integer(0, 1) * random.integer(1, 9000);
    if (aligned) position = Math.ceil(position / 4096) * 4096;
    const length = aligned ? 4096 * random.integer(1, 4) : random.integer(1, 10_000);
    list.push({ position, length, fill });
    position += length;
  }
  return random.shuffled(list);
}

function written(list: readonly Piece[], size: number): Buffer {
  const content = Buffer.alloc(size);
  for (const { position, length, fill } of list) content.fill(fill, position, position + length);
  return content;
}

function write(file: DirectFile, { position, length, fill }: Piece): Promise<unknown> {
  const memory = length % 4096 === 0 ? allocate(length) : Buffer.alloc(length);
  return file.write(memory.fill(fill), { position });
}

/** All of it, whatever was read before. */
async function whole(file: DirectFile): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(MEBIBYTE), { position: 0 });
  return buffer.subarray(0, bytesRead);
}

/** The first byte that is neither zero nor what is to be there; -1 where there is none. */
function strange(read: Uint8Array, expected: Uint8Array, position: number): number {
  return read.findIndex((byte, index) => byte !== 0 && byte !== expected[position + index]);
}

async function twoHandles(t: ExecutionContext, target: DirectoryTarget): Promise<[DirectFile, DirectFile]> {
  await soil(target);
  const path = await scratchFile(t, target);
  const [file, other] = [await open(path, 'r+'), await open(path, 'r+')];
  t.teardown(async () => {
    await file.close();
    await other.close();
  });
  return [file, other];
}

eachDirectory('racing writes that extend a file and leave gaps show no stale data', async (t, target) => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const random = new Random(seed);
    const [file, other] = await twoHandles(t, target);
    const list = pieces(random);
    const size = Math.max(...list.map(({ position, length }) => position + length));
    const expected = written(list, size);
    const writes = list.map((piece, index) => write(index % 2 === 0 ? file : other, piece));
    await beside(Promise.all(writes), async () => {
      const position = random.integer(0, size - 1);
      const { buffer, bytesRead } = await other.read(Buffer.alloc(20_000), { position });
      const at = strange(buffer.subarray(0, bytesRead), expected, position);
      if (at >= 0) throw new Error(`seed ${seed}: byte ${position + at} is ${buffer[at]}`);
    });
    t.true((await whole(file)).equals(expected), `seed ${seed}, read by us`);
    t.true((await readFile(file.path)).equals(expected), `seed ${seed}, read through the page cache`);
  }
});

eachDirectory('what a truncation cut off does not come back when later writes extend the file', async (t, target) => {
  for (let seed = 0; seed < ROUNDS; seed++) {
    const random = new Random(seed);
    const [file, other] = await twoHandles(t, target);
    let expected: Buffer = Buffer.alloc(0);
    for (let step = 0; step < 8; step++) {
      await file.write(Buffer.alloc(64 * 1024, STALE), { position: 0 });
      const kept = random.integer(0, 20_000);
      await file.truncate(kept);
      const first = { position: kept + random.integer(1, 9000), length: random.integer(1, 9000), fill: 1 };
      const gap = random.integer(0, 1) * random.integer(1, 9000);
      const second = { position: first.position + first.length + gap, length: random.integer(1, 9000), fill: 2 };
      await Promise.all([write(file, second), write(other, first)]);
      expected = written([first, second], second.position + second.length).fill(STALE, 0, kept);
      t.true((await whole(file)).equals(expected), `seed ${seed}, step ${step}, read by us`);
      t.true((await readFile(file.path)).equals(expected), `seed ${seed}, step ${step}, through the page cache`);
    }
  }
});
