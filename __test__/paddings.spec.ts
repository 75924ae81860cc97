/** What a read may show beside writes that pad the end of the file. */
import { promisify } from 'node:util';
import test from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile } from '../index.js';
import { NO_PHASE, Paddings } from '../src/paddings.js';
import { eachDirectory, scratchFile } from './support/targets.js';

test('a read that meets no padding shows all that it has got', (t) => {
  const paddings = new Paddings();
  t.is(paddings.visible(paddings.now, 4096, 512), 512);
  paddings.begin(100);
  paddings.end();
  t.is(paddings.visible(paddings.now, 4096, 512), 512);
});

test('a read is cut to what the file had when it was first padded meanwhile, however much it has by the end', (t) => {
  const paddings = new Paddings();
  const before = paddings.now;
  paddings.begin(1000);
  const during = paddings.now;
  t.is(paddings.visible(before, 0, 4096), 1000);
  paddings.end();
  paddings.begin(9000);
  paddings.end();
  t.is(paddings.visible(before, 512, 4096), 488);
  t.is(paddings.visible(during, 512, 4096), 488);
  t.is(paddings.visible(during, 4096, 4096), 0);
  t.is(paddings.visible(paddings.now, 512, 4096), 4096);
});

test('where the file was cut meanwhile, the shortest counts', (t) => {
  const paddings = new Paddings();
  const before = paddings.now;
  for (const length of [9000, 700, 8000]) {
    paddings.begin(length);
    paddings.end();
  }
  t.is(paddings.visible(before, 0, 4096), 700);
  t.is(NO_PHASE.next, undefined);
});

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
      t.is((await reader.stat()).size, BEGIN + LINES * LINE);
      await writer.close();
      await reader.close();
      await queue.close();
    },
  );
}
