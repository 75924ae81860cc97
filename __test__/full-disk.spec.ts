import { readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import { allocate, open, type KernelError } from '../index.js';
import { eachSmallDisk } from './support/small-disk.js';

const LARGE = 16 << 20;
const NO_SPACE = { code: 'ENOSPC' };

/** Leaves no block free. */
async function fill(directory: string): Promise<void> {
  await using filler = await open(join(directory, 'filler'), 'a');
  for (const size of [1 << 20, 1 << 16, 4096]) {
    const writing = (async () => {
      for (;;) await filler.write(allocate(size));
    })();
    await writing.catch((error: unknown) => {
      if ((error as KernelError).code !== 'ENOSPC') throw error;
    });
  }
}

eachSmallDisk(
  'a write that fills the disk is short or refused, and the length is that of what was written',
  async (t, directory) => {
    for (const [name, make] of [
      ['aligned', (size: number) => allocate(size)],
      ['copied', (size: number) => Buffer.alloc(size)],
    ] as const) {
      const path = join(directory, name);
      await using file = await open(path, 'w+');
      const content = make(LARGE).fill('w');
      // ext4 takes back all of a single direct write that it has no space for, tmpfs a part of it.
      const written = await file.write(content, { position: 0 }).then(
        ({ bytesWritten }) => bytesWritten,
        (error: unknown) => ((error as KernelError).code === 'ENOSPC' ? 0 : -1),
      );
      t.true(written >= 0 && written < LARGE, `${written}`);
      if (name === 'copied') t.true(written > 0, 'in parts');
      t.is(statSync(path).size, written);
      t.true(readFileSync(path).equals(content.subarray(0, written)));
      await fill(directory);
      const { size } = statSync(path);
      const error = await t.throwsAsync<KernelError>(file.write(make(4096), { position: LARGE }), NO_SPACE);
      t.is(error.path, path);
      t.is(error.position, LARGE);
      t.is(statSync(path).size, size, 'a failed write is no length');
      truncateSync(path, 0);
      truncateSync(join(directory, 'filler'), 0);
    }
  },
);

eachSmallDisk('a full disk refuses what is unaligned and leaves no padding', async (t, directory) => {
  const path = join(directory, 'padded');
  await using file = await open(path, 'w+');
  await file.write('the beginning', 0);
  await fill(directory);
  await t.throwsAsync(file.write('beyond', 1 << 20), NO_SPACE);
  t.is(readFileSync(path, 'utf8'), 'the beginning');
  for (const call of [
    async () => file.writeFile(Buffer.alloc(1 << 20)),
    async () => file.appendFile(Buffer.alloc(1 << 20, 'a')),
    async () => file.writeFile([Buffer.alloc(1 << 20)]),
  ]) {
    await t.throwsAsync(call, NO_SPACE);
    const { size } = statSync(path);
    t.is(readFileSync(path).byteLength, size);
    t.true(size >= 13 && size < 1 << 20, `${size}`);
  }
  t.is((await file.write('over', 0)).bytesWritten, 4, 'what has its space is still written');
  t.is(readFileSync(path).subarray(0, 4).toString(), 'over');
});

eachSmallDisk('space that is not there is not allocated [native]', async (t, directory) => {
  const path = join(directory, 'preallocated');
  await using file = await open(path, 'w+');
  await file.write('some', 0);
  const error = await t.throwsAsync<KernelError>(file.preallocate({ length: LARGE }), NO_SPACE);
  t.is(error.syscall, 'fallocate');
  t.is(error.path, path);
});

eachSmallDisk('with space again, writing goes on [O_DIRECT]', async (t, directory) => {
  await using file = await open(join(directory, 'again'), 'w+');
  const fill = async (): Promise<void> => {
    let position = 0;
    // A tmpfs counts its pages by processor: full a moment ago, it may take some more.
    for (let write = 0; write < 100; write++) {
      position += (await file.write(Buffer.alloc(LARGE), { position })).bytesWritten;
    }
  };
  await t.throwsAsync(fill(), NO_SPACE);
  await file.truncate(1000);
  t.is((await file.write(Buffer.alloc(100_000, 'x'), { position: 1000 })).bytesWritten, 100_000);
  t.is((await file.stat()).size, 101_000);
});
