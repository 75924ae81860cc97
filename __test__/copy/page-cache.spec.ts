import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

import { copyFile, hashFile, verifyFile } from '../../index.js';
import { ownDirectory } from '../support/own-directory.js';
import { patterned } from '../support/sparse.js';
import { eachDirectory } from '../support/targets.js';

const SIZE = (8 << 20) + 1234;
const FINCORE = spawnSync('fincore', ['--version']).status === 0;

/** Pages of a file that the page cache has. */
function cachedPages(path: string): number {
  return Number(execFileSync('fincore', ['--noheadings', '--output', 'PAGES', path], { encoding: 'utf8' }));
}

/** A file of which the page cache has nothing: what is written through it and durable can be dropped. */
function cold(path: string): void {
  const fd = openSync(path, 'wx');
  writeSync(fd, patterned(SIZE, 1));
  fsyncSync(fd);
  closeSync(fd);
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' });
}

if (FINCORE) {
  eachDirectory(
    'the page cache has nothing of either file after a copy, a comparison and a hash [O_DIRECT]',
    async (t, target) => {
      const directory = await ownDirectory(t, target);
      const [from, to] = [join(directory, 'from'), join(directory, 'to')];
      cold(from);
      t.is(cachedPages(from), 0, 'to begin with');
      for (const verify of [false, true]) {
        await copyFile(from, to, { verify });
        t.deepEqual([cachedPages(from), cachedPages(to)], [0, 0]);
      }
      t.true((await verifyFile(from, to)).equal);
      await hashFile(to);
      t.deepEqual([cachedPages(from), cachedPages(to)], [0, 0]);
    },
    // A file of a tmpfs is nothing but pages, and btrfs reads what has checksums through the page cache, O_DIRECT or not.
    ['root', 'ext4', 'xfs'],
  );

  eachDirectory(
    'the page cache has nothing of a copy [native]',
    async (t, target) => {
      const directory = await ownDirectory(t, target);
      const [from, to] = [join(directory, 'from'), join(directory, 'to')];
      cold(from);
      await copyFile(from, to);
      t.is(cachedPages(to), 0);
    },
    ['root', 'ext4', 'xfs', 'btrfs'],
  );
} else {
  test.skip('the page cache has nothing of either file [needs fincore]', () => undefined);
}
