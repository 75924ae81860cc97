import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';

import { copyFile, hashFile, open, verifyFile } from '../../index.js';
import { withDevices } from '../support/loop.js';
import { ownDirectory } from '../support/own-directory.js';
import { contentOf, layout, patterned, writeSparse } from '../support/sparse.js';
import { eachDevice, rootTarget, scratchFile, type DeviceTarget } from '../support/targets.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 40);
const MEBIBYTE = 1 << 20;
const OLD = patterned(6 * MEBIBYTE, 77);

function firstBytes(device: string, size: number): Buffer {
  const content = Buffer.alloc(size);
  const fd = openSync(device, 'r');
  for (let done = 0; done < size;) done += readSync(fd, content, done, size - done, done);
  closeSync(fd);
  return content;
}

async function files(t: ExecutionContext): Promise<[string, string]> {
  const directory = await ownDirectory(t, rootTarget());
  return [join(directory, 'from'), join(directory, 'to')];
}

eachDevice('an image on a device has its holes as zeros, and what lies behind it is as before', async (t, target) => {
  const [from] = await files(t);
  const device = await scratchFile(t, target, OLD);
  await fc.assert(
    fc.asyncProperty(layout, fc.boolean(), async (sparse, verify) => {
      writeFileSync(device, OLD, { flag: 'r+' });
      writeSparse(from, sparse);
      const content = contentOf(sparse);
      const result = await copyFile(from, device, { verify, preserve: true, blockSize: 65_536 });
      t.deepEqual(result, { size: sparse.size, bytes: sparse.size, holes: 0, verified: verify });
      const found = firstBytes(device, OLD.length);
      t.is(found.compare(content, 0, sparse.size, 0, sparse.size), 0);
      t.is(found.compare(OLD, sparse.size, OLD.length, sparse.size, OLD.length), 0);
      t.deepEqual(await verifyFile(from, device), { equal: true, bytes: sparse.size });
    }),
    { numRuns: RUNS },
  );
});

eachDevice('a device is copied to a file as a whole', async (t, target: DeviceTarget) => {
  const [, to] = await files(t);
  const device = await scratchFile(t, target, OLD);
  const size = Number(execFileSync('blockdev', ['--getsize64', device], { encoding: 'utf8' }));
  const result = await copyFile(device, to, { verify: true });
  t.deepEqual(result, { size, bytes: size, holes: 0, verified: true });
  t.true(readFileSync(to).equals(firstBytes(device, size)));
  t.deepEqual(await hashFile(device), createHash('sha256').update(readFileSync(to)).digest());
});

withDevices('a device that is mounted is refused, with where it is, unless forced [native]', async (t, place) => {
  const [from] = await files(t);
  writeFileSync(from, patterned(5000, 1));
  const loop = place.attach(8 * MEBIBYTE);
  execFileSync('mkfs.ext4', ['-q', '-F', loop.device]);
  const point = place.mount('with a space', '-t', 'ext4', '-o', 'ro', loop.device);
  const before = firstBytes(loop.device, 8 * MEBIBYTE);
  const error = await t.throwsAsync(copyFile(from, loop.device), { code: 'EBUSY' });
  t.true(error.message.includes(point), error.message);
  t.true(firstBytes(loop.device, 8 * MEBIBYTE).equals(before));
  await t.throwsAsync(copyFile(from, loop.device, { exclusive: true, force: true }), { code: 'EEXIST' });
  await copyFile(from, loop.device, { force: true, verify: true });
  t.true(firstBytes(loop.device, 5000).equals(patterned(5000, 1)));
});

withDevices('a device that another program holds is refused, unless forced [native]', async (t, place) => {
  const [from] = await files(t);
  writeFileSync(from, patterned(5000, 1));
  const loop = place.attach(MEBIBYTE);
  const holder = await open(loop.device, constants.O_RDWR | constants.O_EXCL);
  await t.throwsAsync(copyFile(from, loop.device), { code: 'EBUSY', message: /in use by/ });
  t.true(firstBytes(loop.device, 5000).equals(Buffer.alloc(5000)));
  await copyFile(from, loop.device, { force: true });
  await holder.close();
  await copyFile(from, loop.device);
  t.true(firstBytes(loop.device, 5000).equals(patterned(5000, 1)));
});

withDevices('a device that is too small is refused before a byte is written [native]', async (t, place) => {
  const [from] = await files(t);
  const loop = place.attach(MEBIBYTE);
  writeFileSync(from, patterned(MEBIBYTE + 1, 1));
  await t.throwsAsync(copyFile(from, loop.device), { code: 'ENOSPC', message: /1048576 bytes, and 1048577/ });
  t.true(firstBytes(loop.device, MEBIBYTE).equals(Buffer.alloc(MEBIBYTE)));
  writeFileSync(from, patterned(MEBIBYTE, 1));
  await copyFile(from, loop.device);
  t.true(firstBytes(loop.device, MEBIBYTE).equals(patterned(MEBIBYTE, 1)));
});

withDevices(
  'a device is not copied to itself by another node of it, but to another device [native]',
  async (t, place) => {
    const [loop, other] = [
      place.attach(MEBIBYTE),
      place.attach(2 * MEBIBYTE, place.mount('more', '-t', 'tmpfs', 'tmpfs')),
    ];
    writeFileSync(loop.backing, patterned(MEBIBYTE, 5));
    const [from] = await files(t);
    const numbers = execFileSync('stat', ['--format=%Hr %Lr', loop.device], { encoding: 'utf8' }).trim().split(' ');
    execFileSync('mknod', [from, 'b', ...numbers]);
    await t.throwsAsync(copyFile(loop.device, from), { code: 'ERR_AIO_SAME_FILE' });
    await copyFile(loop.device, other.device, { verify: true });
    t.true(firstBytes(other.device, MEBIBYTE).equals(patterned(MEBIBYTE, 5)));
    t.deepEqual(await verifyFile(other.device, loop.device), { equal: false, bytes: MEBIBYTE, position: MEBIBYTE });
  },
);

if (process.env.LINUX_AIO_ENGINE === 'none') {
  withDevices('without the native part, a device is refused', async (t, place) => {
    const [from, to] = await files(t);
    const loop = place.attach(MEBIBYTE);
    writeFileSync(from, 'content');
    for (const call of [
      () => hashFile(loop.device),
      () => copyFile(loop.device, to),
      () => copyFile(from, loop.device),
    ]) {
      await t.throwsAsync(call, { code: 'ERR_AIO_UNSUPPORTED_FILE' });
    }
  });
}
