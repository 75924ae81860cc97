import { linkSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import test from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile } from '../index.js';
import { closeInode, openInode } from '../src/inode.js';
import { eachDirectory, rootTarget, scratchFile } from './support/targets.js';

const QUEUE = { batch: 'microtask', hastened: () => Promise.resolve() } as const;

test('all who open an inode share it until the last has closed it', (t) => {
  const first = openInode('key', 10, QUEUE);
  const second = openInode('key', 20, QUEUE);
  t.is(first, second);
  t.is(first.size, 10, 'what the first knows may be newer than what the second was told at open');
  t.not(openInode('other', 0, QUEUE), first);
  closeInode(first, QUEUE);
  t.is(openInode('key', 30, QUEUE), first);
  closeInode(first, QUEUE);
  closeInode(first, QUEUE);
  t.not(openInode('key', 0, QUEUE), first);
});

eachDirectory('unaligned writes through different names of one file do not undo each other', async (t, target) => {
  const path = await scratchFile(t, target);
  const [hard, soft] = [`${path}-hard`, `${path}-soft`];
  linkSync(path, hard);
  symlinkSync(path, soft);
  t.teardown(() => {
    for (const name of [hard, soft]) unlinkSync(name);
  });
  const files = await Promise.all([path, hard, soft].map((name) => open(name, 'r+')));
  t.teardown(() => Promise.all(files.map((file) => file.close())));
  const writes = Array.from({ length: 300 }, async (_, index) => {
    await (files[index % 3] as DirectFile).write(Buffer.alloc(7, 1 + (index % 250)), { position: index * 7 });
  });
  await Promise.all(writes);
  const expected = Buffer.concat(Array.from({ length: 300 }, (_, index) => Buffer.alloc(7, 1 + (index % 250))));
  t.deepEqual(readFileSync(path), expected);
});

test('who waits for the writes of a manual queue does not wait for its flush', async (t) => {
  const path = await scratchFile(t, rootTarget(), Buffer.alloc(8192));
  await using queue = await SubmissionQueue.create({ batch: 'manual' });
  await using told = await open(path, { flags: 'r+', queue });
  await using other = await open(path, 'r+');
  const calls: Record<string, () => Promise<unknown>> = {
    sync: () => other.sync(),
    datasync: () => other.datasync(),
    'an unaligned write': () => other.write('odd', 5),
    truncate: () => other.truncate(4096),
  };
  for (const [name, call] of Object.entries(calls)) {
    const writing = told.write(allocate(4096).fill('m'), { position: 0 });
    await call();
    t.is((await writing).bytesWritten, 4096, name);
  }
});

eachDirectory('a name that was given to a new file is another file', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.from('old'));
  await using old = await open(path, 'r+');
  unlinkSync(path);
  await using fresh = await open(path, 'wx+');
  await Promise.all([old.write('OLD!', 0), fresh.write('new', 0)]);
  t.is((await old.readFile()).toString(), 'OLD!');
  t.is((await fresh.readFile()).toString(), 'new');
});
