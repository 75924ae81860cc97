/** Filesystems that lose their device, or become read-only, while files of theirs are in use. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { allocate, open } from '../../index.js';
import { shutDown, withDevices } from '../support/loop.js';
import { LOAD_BYTES, underLoad, versionsIn, WORKERS } from '../support/under-load.js';

const PAGE = 4096;

for (const type of ['ext4', 'xfs'] as const) {
  withDevices(
    `a filesystem that is shut down under load: all fail with EIO, and what was synced is there later, ${type}`,
    async (t, place) => {
      const mounted = place.mountNew(type);
      const path = join(mounted.directory, 'file');
      const file = await open(path, 'w+');
      await file.write(allocate(LOAD_BYTES), { position: 0 });
      await file.sync();
      execFileSync('sync', ['--file-system', mounted.directory]);
      const { failures, durable } = await underLoad(file, () => {
        shutDown(mounted.directory);
      });
      t.is(failures.length, WORKERS);
      t.true(
        failures.every(({ code }) => code === 'EIO'),
        failures.map(String).join(),
      );
      await t.throwsAsync(file.read(allocate(PAGE), { position: 0 }), { code: 'EIO' });
      await t.throwsAsync(file.write('more', { append: true }), { code: 'EIO' });
      await t.throwsAsync(file.truncate(5), { code: 'EIO' });
      await t.throwsAsync(file.datasync(), { code: 'EIO' });
      await t.throwsAsync(file.sync(), { code: 'EIO', message: /earlier sync/ });
      await t.throwsAsync(open(path), { code: 'EIO' });
      await file.close();
      const versions = versionsIn(readFileSync(join(place.mountAgain(type, mounted), 'file')));
      for (const [worker, version] of versions.entries()) {
        // As synced, or of a write that came after, whole.
        t.true(version >= (durable[worker] ?? NaN), `${worker}: ${version}, synced ${durable[worker] ?? NaN}`);
      }
      t.true(durable.every((version) => version > 0));
    },
    `mkfs.${type}`,
    'xfs_io',
  );
}

withDevices(
  'a filesystem that becomes read-only under load: writes fail with EROFS, reads go on, ext4',
  async (t, place) => {
    const mounted = place.mountNew('ext4', 'rw,errors=remount-ro');
    const path = join(mounted.directory, 'file');
    const readable = join(mounted.directory, 'readable');
    writeFileSync(readable, Buffer.alloc(LOAD_BYTES, 'r'));
    const file = await open(path, 'w+');
    await file.write(allocate(LOAD_BYTES), { position: 0 });
    await file.sync();
    const reader = await open(readable);
    let reads = 0;
    let over = false;
    const reading = Array.from({ length: 16 }, async (_, index) => {
      while (!over) {
        const { buffer } = await reader.read(reader.allocate(PAGE), { position: index * PAGE });
        t.true(buffer.every((byte) => byte === 0x72));
        reads++;
      }
    });
    const { failures } = await underLoad(file, () => {
      execFileSync('mount', ['-o', 'remount,abort', mounted.directory]);
    });
    const before = reads;
    while (reads < before + 100) await reader.stat();
    over = true;
    await Promise.all(reading);
    t.is(failures.length, WORKERS);
    t.true(
      // A sync that waits for the journal as it is aborted has EIO.
      failures.every(({ code, syscall }) => code === 'EROFS' || (code === 'EIO' && syscall === 'fdatasync')),
      failures.map(String).join(),
    );
    for (const call of [
      () => file.write(allocate(PAGE), { position: 0 }),
      () => file.write('part', 5),
      () => file.write('more', { append: true }),
      () => file.truncate(5),
      () => file.preallocate({ length: 2 * LOAD_BYTES }),
      () => open(join(mounted.directory, 'new'), 'w'),
      () => reader.datasync(),
    ]) {
      await t.throwsAsync<Error>(call, { code: 'EROFS' }, String(call));
    }
    t.is((await file.read(allocate(PAGE), { position: 0 })).bytesRead, PAGE);
    await Promise.all([file.close(), reader.close()]);
  },
  'mkfs.ext4',
);
