/** What a read may show beside writes that pad the end of the file. */
import { promisify } from 'node:util';
import test from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile } from '../index.js';
import { Paddings } from '../src/paddings.js';
import { Random } from './support/random.js';
import { eachDirectory, scratchFile } from './support/targets.js';

test('a read that meets no padding shows all that it has got', (t) => {
  const paddings = new Paddings();
  t.is(paddings.visible(paddings.remember(), 4096, 512), 512);
  paddings.begin(100);
  paddings.end();
  t.is(paddings.visible(paddings.remember(), 4096, 512), 512);
});

test('a read is cut to what the file had when it was first padded meanwhile, however much it has by the end', (t) => {
  const paddings = new Paddings();
  const before = paddings.remember();
  paddings.begin(1000);
  const during = paddings.remember();
  t.is(paddings.visible(before, 0, 4096), 1000);
  paddings.end();
  paddings.begin(9000);
  paddings.end();
  t.is(paddings.visible(before, 512, 4096), 488);
  t.is(paddings.visible(during, 512, 4096), 488);
  t.is(paddings.visible(during, 4096, 4096), 0);
  t.is(paddings.visible(paddings.remember(), 512, 4096), 4096);
});

test('where the file was cut meanwhile, the shortest counts', (t) => {
  const paddings = new Paddings();
  const before = paddings.remember();
  for (const length of [9000, 700, 8000]) {
    paddings.begin(length);
    paddings.end();
  }
  t.is(paddings.visible(before, 0, 4096), 700);
});

test('as many reads as writes are cut right and are told in time, and who has ended is not remembered', (t) => {
  const paddings = new Paddings();
  const hangs = paddings.remember();
  const phases = Array.from({ length: 50_000 }, (_, index) => {
    paddings.begin(1000 + index);
    paddings.end();
    return paddings.remember();
  });
  phases.forEach((since, index) => {
    const least = index + 1 < phases.length ? 1000 + index + 1 : Infinity;
    if (paddings.visible(since, 0, 1e6) !== Math.min(1e6, least)) t.fail(`the read of number ${index}`);
    paddings.forget(since);
  });
  t.is(paddings.visible(hangs, 0, 1e6), 1000);
  paddings.begin(900);
  paddings.end();
  t.is(paddings.visible(hangs, 0, 1e6), 900);
  const last = hangs.next;
  for (let index = 0; index < 10; index++) {
    const since = paddings.remember();
    paddings.begin(5000);
    paddings.forget(since);
    paddings.end();
  }
  let behind = 0;
  for (let each = last; each !== undefined; each = each.next) behind++;
  t.true(behind <= 11, 'a phase for each that was remembered when it passed, at the most');
});

/** Random steps beside what a list of all that has happened says. */
test('what is visible is the least length since the read began, whoever else was remembered or forgotten', (t) => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const paddings = new Paddings();
    const lengths = [Infinity];
    const reads: { since: ReturnType<Paddings['remember']>; from: number }[] = [];
    for (let step = 0; step < 60; step++) {
      const choice = random.integer(0, 3);
      if (choice === 0) reads.push({ since: paddings.remember(), from: lengths.length - 1 });
      if (choice === 1) lengths.push(pushed(paddings, random.integer(0, 999)));
      if (choice === 2) lengths.push(pushed(paddings, Infinity));
      const index = random.integer(0, reads.length);
      const read = reads[index];
      if (choice < 3 || read === undefined) continue;
      const least = Math.min(...lengths.slice(read.from));
      if (paddings.visible(read.since, 100, 700) !== Math.max(0, Math.min(700, least - 100))) {
        t.fail(`seed ${seed}, step ${step}`);
        return;
      }
      if (random.integer(0, 1) === 0) continue;
      reads.splice(index, 1);
      paddings.forget(read.since);
    }
  }
  t.pass();
});

function pushed(paddings: Paddings, length: number): number {
  paddings.begin(length);
  return length;
}

/** A file that grows past a multiple of 512 KiB. */
const BEGIN = 500_000;
const LINE = 1500;
const LINES = 40;
const WINDOW = 64 * 1024;

type Read = (block: Buffer, position: number) => Promise<number>;

/** Every form that tells how much was read. */
const FORMS: Record<string, (file: DirectFile) => Read> = {
  read: (file) => async (block, position) => (await file.read(block, { position })).bytesRead,
  'read of unaligned length': (file) => async (block, position) =>
    (await file.read(block, { position, length: block.length - 1 })).bytesRead,
  'read with a callback': (file) => (block, position) =>
    promisify((done: (error: Error | null, bytes: number) => void) => {
      file.read(block, 0, block.length, position, done);
    })(),
  readv: (file) => async (block, position) => (await file.readv([block], position)).bytesRead,
  readBatch: (file) => async (block, position) => (await file.readBatch([block], [position])).results[0]!,
  'a prepared batch': (file) => async (block, position) => {
    const prepared = file.prepareReads(block, 1);
    prepared.positions[0] = position;
    await prepared.submit();
    return prepared.results[0]!;
  },
};

for (const [form, readOf] of Object.entries(FORMS)) {
  // Their pieces of 512 KiB go down together: the second may be there before the first.
  eachDirectory(
    `${form} beside appends that are no whole blocks shows nothing that was not written`,
    async (t, target) => {
      const path = await scratchFile(t, target, Buffer.alloc(BEGIN, 'x'));
      const queue = await SubmissionQueue.create({ depth: 8 });
      const writer = await open(path, 'r+');
      const reader = await open(path, { flags: 'r', queue });
      const read = readOf(reader);
      const block = allocate(WINDOW);
      let left = LINES;
      const line = Buffer.alloc(LINE, 'x');
      const appends = Array.from({ length: LINES }, async () => {
        await writer.write(line, { append: true });
        left--;
      });
      const wrong: string[] = [];
      for (let last = BEGIN; left > 0;) {
        // A little before the end that it has seen, from whole blocks on.
        const position = Math.max(0, last - 40_000) - (Math.max(0, last - 40_000) % 4096);
        const bytes = await read(block, position);
        const at = block.subarray(0, bytes).findIndex((byte) => byte !== 0x78);
        if (at >= 0) wrong.push(`${position + at} of ${position + bytes}`);
        last = position + bytes;
      }
      await Promise.all(appends);
      t.deepEqual(wrong, []);
      // What has been awaited is there, all of it.
      const end = BEGIN + LINES * LINE;
      t.is(await read(block, end - (end % 4096)), end % 4096);
      t.is((await reader.stat()).size, end);
      await writer.close();
      await reader.close();
      await queue.close();
    },
  );
}
