/** After xfstests generic/538 and 551: concurrent writes, next to each other and over each other, aligned and not. */
import { readFile } from 'node:fs/promises';
import { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile } from '../../index.js';
import { Random, ROUNDS } from '../support/random.js';
import { eachTarget, scratchFile, type DeviceTarget, type DirectoryTarget } from '../support/targets.js';

/** More than the library moves in one operation of a copy. */
const SPACE = 1024 * 1024;
const BLOCK = 4096;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Two files of the same inode, on two queues. */
async function subjects(t: ExecutionContext, target: DirectoryTarget | DeviceTarget): Promise<DirectFile[]> {
  const path = await scratchFile(t, target, Buffer.alloc(SPACE, '.'));
  const files: DirectFile[] = [];
  for (const depth of [4, 64]) {
    const queue = await SubmissionQueue.create({ depth });
    const file = await open(path, { flags: 'r+', queue });
    files.push(file);
    t.teardown(async () => {
      await file.close();
      await queue.close();
    });
  }
  return files;
}

/** The whole space cut at random bytes, some of them between blocks. */
function cut(random: Random): Range[] {
  const ranges: Range[] = [];
  for (let from = 0; from < SPACE;) {
    const length = random.integer(0, 3) === 0 ? BLOCK * random.integer(1, 3) - (from % BLOCK) : random.integer(1, 6000);
    const to = Math.min(SPACE, from + length);
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

function fill(file: DirectFile, { from, to }: Range, byte: number): Promise<unknown> {
  return file.write(allocate(to - from).fill(byte), { position: from });
}

/** The first byte that does not hold; -1 where all do. */
async function mismatch(file: DirectFile, holds: (byte: number, position: number) => boolean): Promise<number> {
  const { buffer } = await file.read(allocate(SPACE), { position: 0 });
  return buffer.findIndex((byte, position) => !holds(byte, position));
}

eachTarget('concurrent writes whose edges share blocks leave each its own bytes', async (t, target) => {
  const files = await subjects(t, target);
  const [file] = files as [DirectFile];
  for (let seed = 0; seed < ROUNDS; seed++) {
    const random = new Random(seed);
    const expected = Buffer.alloc(SPACE);
    const writes = cut(random).map((range, index) => ({ range, byte: 1 + ((index + seed) % 255) }));
    for (const { range, byte } of writes) expected.fill(byte, range.from, range.to);
    await Promise.all(
      random.shuffled(writes).map(({ range, byte }, index) => fill(files[index % 2] ?? file, range, byte)),
    );
    const wrong = await mismatch(file, (byte, position) => byte === expected[position]);
    t.is(wrong, -1, `seed ${seed}`);
    if ('directory' in target) t.true((await readFile(file.path)).equals(expected), `seed ${seed}, page cache`);
  }
});

eachTarget(
  'unaligned writes that reach into an aligned one from either side take nothing else of it',
  async (t, target) => {
    const files = await subjects(t, target);
    const [file, other] = files as [DirectFile, DirectFile];
    const [group, aligned] = [3 * BLOCK, SPACE - (SPACE % (3 * BLOCK))];
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = new Random(seed);
      const [low, high] = [random.integer(1, 2000), random.integer(2100, BLOCK - 1)];
      const writes: Range[] = [];
      for (let at = 0; at < aligned; at += group) {
        writes.push({ from: at + low, to: at + BLOCK + low });
        writes.push({ from: at + BLOCK, to: at + 2 * BLOCK });
        writes.push({ from: at + BLOCK + high, to: at + 2 * BLOCK + high });
      }
      const byte = (index: number): number => 1 + ((3 * seed + (index % 3)) % 255);
      await Promise.all(writes.map((range, index) => fill(index % 2 === 0 ? file : other, range, byte(index))));
      const wrong = await mismatch(other, (value, position) => {
        const at = position % group;
        if (position >= aligned || at < low || at >= 2 * BLOCK + high) return true;
        if (at < BLOCK) return value === byte(0);
        if (at < BLOCK + low) return value === byte(0) || value === byte(1);
        if (at < BLOCK + high) return value === byte(1);
        return value === byte(2) || (at < 2 * BLOCK && value === byte(1));
      });
      t.is(wrong, -1, `seed ${seed}`);
    }
  },
);

eachTarget(
  'of unaligned writes over each other one is on top, whole, and what is around them stays',
  async (t, target) => {
    const files = await subjects(t, target);
    const [file] = files as [DirectFile];
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = new Random(seed);
      await fill(file, { from: 0, to: SPACE }, 46);
      const from = random.integer(1, 9) * BLOCK + random.integer(1, BLOCK - 1);
      // None ends on a block, so that each has to have its blocks for itself.
      const range = { from, to: from + BLOCK * random.integer(130, 200) + random.integer(1, 400) };
      const bytes = Array.from({ length: 12 }, (_, index) => 97 + index);
      await Promise.all(bytes.map((byte, index) => fill(files[index % 2] ?? file, range, byte)));
      const { buffer } = await file.read(Buffer.alloc(1), { position: range.from });
      const top = buffer[0] ?? 0;
      t.true(bytes.includes(top), `seed ${seed}: ${top}`);
      const wrong = await mismatch(file, (byte, position) =>
        position >= range.from && position < range.to ? byte === top : byte === 46,
      );
      t.is(wrong, -1, `seed ${seed}`);
    }
  },
);

eachTarget('aligned writes over each other leave no byte that nobody wrote', async (t, target) => {
  const files = await subjects(t, target);
  const [file] = files as [DirectFile];
  for (let seed = 0; seed < ROUNDS; seed++) {
    const random = new Random(seed);
    await fill(file, { from: 0, to: SPACE }, 46);
    const writes = Array.from({ length: 40 }, (_, index) => {
      const from = BLOCK * random.integer(0, 40);
      return { range: { from, to: from + BLOCK * random.integer(1, 8) }, byte: 97 + (index % 26) };
    });
    const allowed: Set<number>[] = Array.from({ length: SPACE / BLOCK }, () => new Set());
    for (const { range, byte } of writes) {
      for (let block = range.from; block < range.to; block += BLOCK) allowed[block / BLOCK]?.add(byte);
    }
    await Promise.all(writes.map(({ range, byte }, index) => fill(files[index % 2] ?? file, range, byte)));
    const wrong = await mismatch(file, (byte, position) => {
      const among = allowed[Math.floor(position / BLOCK)];
      return among === undefined || among.size === 0 ? byte === 46 : among.has(byte);
    });
    t.is(wrong, -1, `seed ${seed}`);
  }
});
