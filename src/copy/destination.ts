import type { BigIntStats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { constants } from 'node:os';

import type { DirectFile } from '../direct-file.js';
import { AioError, kernelError } from '../errors.js';
import { openDevice } from './device-destination.js';
import { TemporaryFile } from './temporary-file.js';

/** Where a copy goes: a file of a name of its own until it is complete, or a block device. */
export interface Destination {
  readonly file: DirectFile;
  /** Whether what is not written reads as zeros. */
  readonly sparse: boolean;
  /** Makes it durable and gives it its name, unless the signal has aborted until then. */
  publish(signal: AbortSignal | undefined): Promise<void>;
  /** Removes what there is, and keeps quiet about it: called on failures, which it must not hide. */
  discard(): Promise<void>;
  /** An error as the caller is to see it, who does not know of temporary names. */
  explained(error: unknown): unknown;
}

/** How a destination is to be made. */
export interface DestinationOptions {
  readonly preserve: boolean;
  readonly exclusive: boolean;
  readonly force: boolean;
  readonly flush: boolean;
}

/** A file to be copied. */
export interface Source {
  readonly file: DirectFile;
  readonly size: number;
  readonly stat: BigIntStats;
}

const SLASH = 0x2f;
const { EEXIST, EISDIR, ENOENT, ENOTDIR } = constants.errno;

/** Makes a place for `size` bytes, beside what has the name now. */
export async function openDestination(path: Buffer, source: Source, options: DestinationOptions): Promise<Destination> {
  const name = path.toString();
  if (path.length === 0) throw kernelError(-ENOENT, 'open', { path: name });
  const there = await existing(path, name, options.exclusive);
  if (there === undefined) {
    if (path.at(-1) === SLASH) throw kernelError(-ENOTDIR, 'open', { path: name, hint: 'there is no such directory' });
    return TemporaryFile.create(path, source, undefined, options);
  }
  refuseSame(there, source, name);
  if (options.exclusive) throw kernelError(-EEXIST, 'open', { path: name });
  if (there.isDirectory()) throw kernelError(-EISDIR, 'open', { path: name, hint: 'name a file in it' });
  if (there.isBlockDevice()) return openDevice(path, there.rdev, source.size, options.force);
  if (!there.isFile()) throw unsupported(there, name);
  // A symbolic link stays one, and what it leads to is replaced.
  return TemporaryFile.create(await realpath(path, 'buffer'), source, there, options);
}

/** What a path leads to now; undefined where it is free. A link to nothing is neither. */
async function existing(path: Buffer, name: string, exclusive: boolean): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (await lstat(path).catch(() => undefined)) {
    if (exclusive) throw kernelError(-EEXIST, 'open', { path: name });
    throw kernelError(-ENOENT, 'open', { path: name, hint: 'a symbolic link that leads to nothing' });
  }
  return undefined;
}

function refuseSame(there: BigIntStats, { file, stat }: Source, name: string): void {
  const device = there.isBlockDevice() && stat.isBlockDevice();
  // A device has as many nodes as somebody makes.
  const same = device ? there.rdev === stat.rdev : there.ino === stat.ino && there.dev === stat.dev;
  if (same) throw new AioError('ERR_AIO_SAME_FILE', `'${file.path}' and '${name}' are the same file`, { path: name });
}

function unsupported(there: BigIntStats, name: string): AioError {
  const kind = there.isFIFO() ? 'a FIFO' : there.isSocket() ? 'a socket' : 'a character device';
  const message = `'${name}' is ${kind}: a copy goes to a regular file or a block device`;
  return new AioError('ERR_AIO_UNSUPPORTED_FILE', message, { path: name });
}
