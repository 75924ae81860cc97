import { constants as flags } from 'node:fs';
import { constants } from 'node:os';

import { DirectFile } from '../direct-file.js';
import { ENOSPC } from '../errnos.js';
import { kernelError } from '../errors.js';
import { open } from '../open.js';
import { sizeOf } from '../size.js';
import type { Destination } from './destination.js';
import { mountPointOf } from './mounts.js';

const EBUSY = -constants.errno.EBUSY;

/**
 * A block device to be written in place, if it has room for `size` bytes. Unless `force`, nobody else may hold it, nor come to
 * do so meanwhile: O_EXCL of a block device is EBUSY where it, or a part of it, is mounted or in use by device mapper, RAID or
 * swap, in any namespace.
 */
export async function openDevice(path: Buffer, rdev: bigint, size: number, force: boolean): Promise<Destination> {
  const file = await (force ? open(path, 'r+') : openUnused(path, rdev));
  try {
    const capacity = await sizeOf(DirectFile.inside(file));
    if (capacity < size) {
      const hint = `the device has ${String(capacity)} bytes, and ${String(size)} are to be copied`;
      throw kernelError(ENOSPC, 'write', { path: path.toString(), hint });
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    file,
    // What it holds of earlier is still there where nothing is written.
    sparse: false,
    async publish() {
      await file.sync();
      await file.close();
    },
    async discard() {
      await file.close().catch(() => undefined);
    },
    explained: (error) => error,
  };
}

async function openUnused(path: Buffer, rdev: bigint): Promise<DirectFile> {
  const name = path.toString();
  const point = await mountPointOf(rdev);
  if (point !== undefined) throw kernelError(EBUSY, 'open', { path: name, hint: `it is mounted on ${point}` });
  try {
    return await open(path, flags.O_RDWR | flags.O_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    const hint = 'it or a part of it is mounted, or in use by device mapper, RAID, swap or another program';
    throw kernelError(EBUSY, 'open', { path: name, hint });
  }
}
