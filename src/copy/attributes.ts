import type { BigIntStats } from 'node:fs';

import { changeMode, changeOwner } from '../descriptor.js';
import { DirectFile } from '../direct-file.js';
import { kernelError } from '../errors.js';
import { copyAccessListOf, setFileTimes } from '../native.js';

/** Permission bits without set-user-ID and set-group-ID. */
const PLAIN_BITS = 0o1777;
/** Of a file with an access control list they say what that grants at the most. */
const GROUP_BITS = 0o070;
const SECOND = 1_000_000_000n;

/** A file whose rights another is to have. */
export interface Model {
  readonly stat: BigIntStats;
  readonly path: Buffer;
}

/**
 * Gives a file the owner, as far as this process may, the access control list, and then the mode: without set-user-ID and
 * set-group-ID where it is not the owner's.
 */
export async function giveRights(file: DirectFile, { stat, path }: Model): Promise<void> {
  const owned = await giveOwner(file.fd, Number(stat.uid), Number(stat.gid));
  const failure = await copyAccessListOf(DirectFile.inside(file).facts.handle, path);
  const bits = Number(stat.mode) & (owned ? 0o7777 : PLAIN_BITS);
  // Where a list cannot be given, what it grants to some is not to be granted to all of the group.
  await changeMode(file.fd, failure?.syscall === 'fsetxattr' ? bits & ~GROUP_BITS : bits);
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
