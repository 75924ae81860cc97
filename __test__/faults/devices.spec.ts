/** Block devices that fail: of a loop device it is the file behind it that is cut, or whose filesystem is gone. */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';

import { allocate, open, type DirectFile, type KernelError } from '../../index.js';
import { shutDown, withDevices } from '../support/loop.js';
import { LOAD_BYTES, underLoad, WORKERS } from '../support/under-load.js';

const PAGE = 4096;
const DEVICE = 1 << 20;
const HALF = DEVICE / 2;

/** A page for each of a device, each its own. */
function pages(): Buffer {
  return Buffer.concat(Array.from({ length: DEVICE / PAGE }, (_, index) => Buffer.alloc(PAGE, index + 1)));
}

/** Whether a sync that failed is told by all later ones. */
async function failsToSync(t: ExecutionContext, file: DirectFile): Promise<void> {
  await t.throwsAsync(file.datasync(), { code: 'EIO' });
  await t.throwsAsync(file.sync(), { code: 'EIO', message: /earlier sync/ });
  await t.throwsAsync(file.datasync(), { code: 'EIO', message: /earlier sync/ });
}

const ofV8 = (size: number): Buffer => Buffer.alloc(size);

withDevices('where the file of a device was cut, what is gone is EIO, and the rest is right', async (t, place) => {
  const loop = place.attach(DEVICE);
  const content = pages();
  writeFileSync(loop.backing, content);
  await using file = await open(loop.device, 'r+');
  loop.cut(HALF);
  const positions = Array.from({ length: DEVICE / PAGE }, (_, index) => index * PAGE);
  const outcomes = await Promise.allSettled(positions.map((position) => file.read(allocate(PAGE), { position })));
  for (const [index, outcome] of outcomes.entries()) {
    const position = index * PAGE;
    t.is(outcome.status, position < HALF ? 'fulfilled' : 'rejected', `${position}`);
    if (outcome.status === 'fulfilled') {
      t.true(outcome.value.buffer.equals(content.subarray(position, position + PAGE)));
    } else {
      const { code, syscall, path, position: told } = outcome.reason as KernelError;
      t.deepEqual([code, syscall, path, told], ['EIO', 'read', loop.device, position]);
    }
  }
  const unaligned = await file.read(Buffer.alloc(DEVICE), { position: 5 });
  t.is(unaligned.bytesRead, HALF - 5, 'as far as there is something');
  t.true(unaligned.buffer.subarray(0, HALF - 5).equals(content.subarray(5, HALF)));
  const vector = [allocate(PAGE), allocate(PAGE)];
  await t.throwsAsync(file.readv(vector, HALF - PAGE), { code: 'EIO' }, 'one direct read has all or nothing');
  const batch = file.readBatch(allocate(4 * PAGE), [0, HALF, PAGE, HALF + PAGE]);
  const failure = await t.throwsAsync<KernelError & { index: number; results: Int32Array }>(batch, { code: 'EIO' });
  t.deepEqual([failure.index, failure.position, ...failure.results], [1, HALF, PAGE, -5, PAGE, -5]);
  const error = await t.throwsAsync<KernelError>(file.write('part of a block', HALF + 5), { code: 'EIO' });
  t.is(error.syscall, 'read', 'a part of a block is changed in what was there');
  await t.throwsAsync(file.readFile(), { code: 'EIO' });
});

withDevices('a device that shrinks has an end: short counts, then nothing to read and ENOSPC', async (t, place) => {
  const loop = place.attach(DEVICE);
  await using file = await open(loop.device, 'r+');
  loop.cut(HALF);
  loop.measure();
  for (const make of [allocate, ofV8]) {
    t.is((await file.read(make(2 * PAGE), { position: HALF - PAGE })).bytesRead, PAGE);
    t.is((await file.read(make(PAGE), { position: HALF })).bytesRead, 0);
    t.is((await file.write(make(2 * PAGE), { position: HALF - PAGE })).bytesWritten, PAGE);
    await t.throwsAsync(file.write(make(PAGE), { position: HALF }), { code: 'ENOSPC' });
    await t.throwsAsync(file.write(make(100), { position: HALF + 5 }), { code: 'ENOSPC' });
  }
  await file.datasync();
});

withDevices('where the file of a device is cut under load, the rest of it goes on', async (t, place) => {
  const loop = place.attach(LOAD_BYTES + DEVICE);
  const file = await open(loop.device, 'r+');
  // Without an end of its own.
  const read = async (position: number): Promise<void> => {
    for (;;) await file.read(allocate(PAGE), { position });
  };
  const positions = Array.from({ length: 16 }, (_, index) => LOAD_BYTES + index * PAGE);
  const ends = Promise.allSettled(positions.map(read));
  const { failures, calls } = await underLoad(
    file,
    () => {
      loop.cut(LOAD_BYTES);
    },
    500,
  );
  t.deepEqual(failures, []);
  t.true(calls >= 500);
  for (const [index, end] of (await ends).entries()) {
    const { code, position } = (end as PromiseRejectedResult).reason as KernelError;
    t.deepEqual([code, position], ['EIO', positions[index]]);
  }
  await file.close();
});

withDevices('a device that is detached under load goes when the file is closed', async (t, place) => {
  const loop = place.attach(LOAD_BYTES);
  const file = await open(loop.device, 'r+');
  const { failures, calls } = await underLoad(
    file,
    () => {
      loop.detach();
    },
    500,
  );
  t.deepEqual(failures, []);
  t.true(calls >= 500);
  t.true(loop.attached);
  await file.close();
  // Others may be looking at what is on it, as udev does.
  for (let tries = 0; tries < 200 && loop.attached; tries++) await delay(50);
  t.false(loop.attached);
});

for (const type of ['ext4', 'xfs'] as const) {
  withDevices(
    `a device that is gone under load fails every operation with EIO, syncs for ever, ${type}`,
    async (t, place) => {
      const { directory } = place.mountNew(type);
      const loop = place.attach(LOAD_BYTES, directory);
      const file = await open(loop.device, 'r+');
      const { failures } = await underLoad(file, () => {
        shutDown(directory);
      });
      t.is(failures.length, WORKERS);
      t.true(
        failures.every(({ code }) => code === 'EIO'),
        failures.map(String).join(),
      );
      for (const make of [allocate, ofV8]) {
        await t.throwsAsync(file.read(make(PAGE), { position: 0 }), { code: 'EIO' });
        await t.throwsAsync(file.write(make(PAGE), { position: 0 }), { code: 'EIO' });
        await t.throwsAsync(file.writev([make(PAGE), make(PAGE)], 0), { code: 'EIO' });
      }
      await failsToSync(t, file);
      await file.close();
    },
    `mkfs.${type}`,
    'xfs_io',
  );
}
