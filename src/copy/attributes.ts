import type { BigIntStats } from 'node:fs';

import { changeMode, changeOwner } from '../descriptor.js';
import { DirectFile } from '../direct-file.js';
import { kernelError } from '../errors.js';
import { setFileTimes } from '../native.js';

/** Permission bits without set-user-ID and set-group-ID. */
const PLAIN_BITS = 0o1777;
const SECOND = 1_000_000_000n;

/**
 * Gives a file the owner, as far as this process may, and then the mode: without set-user-ID and set-group-ID where it is
 * not the owner's.
 */
export async function giveMode(file: DirectFile, { uid, gid, mode }: BigIntStats): Promise<void> {
  const owned = await giveOwner(file.fd, Number(uid), Number(gid));
  await changeMode(file.fd, Number(mode) & (owned ? 0o7777 : PLAIN_BITS));
}

/** Gives a file the times of the last access and of the last change of content. */
export async function giveTimes(file: DirectFile, { atimeNs, mtimeNs }: BigIntStats): Promise<void> {
  const moments = [...momentOf(atimeNs), ...momentOf(mtimeNs)] as const;
  const failure = await setFileTimes(DirectFile.inside(file).facts.handle, ...moments);
  if (failure) throw kernelError(failure.errno, failure.syscall, { path: file.path });
}

/** Whether both could be given. Who is not root may give the group alone, if it is one of its own. */
async function giveOwner(fd: number, uid: number, gid: number): Promise<boolean> {
  for (const user of [uid, -1]) {
    try {
      await changeOwner(fd, user, gid);
      return user === uid;
    } catch (error) {
      // A filesystem without owners, and an owner that a container does not know.
      if (!['EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  return false;
}

function momentOf(nanoseconds: bigint): readonly [number, number] {
  const rest = ((nanoseconds % SECOND) + SECOND) % SECOND;
  return [Number((nanoseconds - rest) / SECOND), Number(rest)];
}
