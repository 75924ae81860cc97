/** Disks that take no more, or nothing at all. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { cli, directory, fileOf, isOneLine } from '../support/cli.js';
import { eachSmallDisk } from '../support/small-disk.js';

const LARGE = 16 << 20;

eachSmallDisk('a copy to a full disk is one line and leaves nothing', async (t, disk) => {
  const { path } = fileOf(await directory(t), 'source', LARGE);
  const before = readdirSync(disk);
  isOneLine(t, await cli(['copy', path, join(disk, 'copy')]), 1, /the disk is full|ENOSPC/);
  t.deepEqual(readdirSync(disk), before);
});

eachSmallDisk('a measurement that has no room is one line and leaves nothing', async (t, disk) => {
  const before = readdirSync(disk);
  isOneLine(t, await cli(['bench', disk, '--size', '16M']), 1, /full.*16 MiB are needed.*--size/);
  t.deepEqual(readdirSync(disk), before);
});

eachSmallDisk('a disk that is read-only is one line', async (t, disk) => {
  const { path } = fileOf(await directory(t), 'source', 100);
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  isOneLine(t, await cli(['copy', path, join(disk, 'copy')]), 1, /read-only \(EROFS\)/);
  isOneLine(t, await cli(['bench', disk]), 1, /read-only \(EROFS\)/);
});

/** The block device that is mounted there, if it is one. */
function deviceOf(disk: string): string | undefined {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const device = mounts.map((line) => line.split(' ')).find(([, place]) => place === disk)?.[0];
  return device?.startsWith('/dev/') ? device : undefined;
}

eachSmallDisk('a device that is mounted is not written to, however often it is told', async (t, disk) => {
  const device = deviceOf(disk);
  if (device === undefined) {
    t.pass();
    return;
  }
  const options = ['--rw', 'write', '--overwrite', '--force', '--runtime', '100ms'];
  isOneLine(t, await cli(['bench', device, ...options]), 1, /is mounted or otherwise in use \(EBUSY\)/);
  const { path } = fileOf(await directory(t), 'source', 100);
  isOneLine(t, await cli(['copy', path, device]), 1, /is mounted or otherwise in use: it is mounted on .* \(EBUSY\)/);
});
