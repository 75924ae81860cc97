import { constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { externalMemoryError } from './aligned-buffer.js';
import { DirectFile } from './direct-file.js';
import { AioError, closedError, invalidType, invalidValue, kernelError } from './errors.js';
import { ASKED_FOR, FORCED, noKernelAio } from './fallback.js';
import { openInode } from './inode.js';
import { isFailure, loadError, openFile, showsMemory, type NativeFailure, type NativeFile } from './native.js';
import { OpenFile } from './open-file.js';
import { openFlags } from './open-flags.js';
import { flag, integer, optionsObject } from './options.js';
import { engineChoice, type EngineChoice } from './queue-options.js';
import { SubmissionQueue } from './submission-queue.js';

/** O_RDONLY, O_WRONLY and O_RDWR; not among Node's constants. */
const O_ACCMODE = 3;

/** A path as Node takes it. */
export type FilePath = string | Buffer | URL;

/** Whether a file is opened past the page cache. */
export type DirectChoice = 'prefer' | 'require' | 'never';

/** How a file is opened. */
export interface OpenOptions {
  /** Node's flag string, or O_* bits. @default 'r' */
  flags?: string | number | undefined;
  /** Permission bits of a file that is created, less the umask; as a string, in octal. @default 0o666 */
  mode?: number | string | undefined;
  /** The queue for the file's operations. @default the thread's own */
  queue?: SubmissionQueue | undefined;
  /** Refuse with `ERR_AIO_MISALIGNED` what would need a copy, but for calls of whole files (`readFile`) and streams. @default false */
  exact?: boolean | undefined;
  /**
   * `prefer`: past the page cache where the filesystem lets it, otherwise through it, told by `file.direct`;
   * `require`: reject with `ERR_AIO_NO_DIRECT` there; `never`. @default 'prefer'
   */
  direct?: DirectChoice | undefined;
  /** `aio`: reject where it would not be kernel AIO past the page cache; `fs`: node:fs. @default 'auto' */
  engine?: EngineChoice | undefined;
}

/** A path as bytes without the terminator, checked as Node checks it. */
export function pathBytes(path: unknown, argument = 'path'): Buffer {
  const plain = path instanceof URL ? fileURLToPath(path) : path;
  // Not instanceof, which an imitation satisfies.
  if (typeof plain !== 'string' && !(ArrayBuffer.isView(plain) && plain instanceof Uint8Array)) {
    throw invalidType(argument, 'a string, a Buffer or a URL', path);
  }
  const bytes = Buffer.from(plain as string);
  if (bytes.includes(0)) throw invalidValue(argument, 'must be without null bytes', path);
  return bytes;
}

/** Node's modes: a number, or a string in octal. */
function permissionBits(mode: unknown): number {
  if (typeof mode === 'string' && !/^[0-7]+$/.test(mode)) throw invalidValue('mode', 'must be octal', mode);
  return integer('mode', typeof mode === 'string' ? Number.parseInt(mode, 8) : mode, 0, 0o7777);
}

/** Why a path cannot be used, as an error. */
export function openError(failure: NativeFailure, path: string): Error {
  const { errno, syscall, reason, detail } = failure;
  if (reason === 'unsupported') {
    return new AioError(
      'ERR_AIO_UNSUPPORTED_FILE',
      `'${path}' is ${detail ?? 'no file'}: direct I/O needs a regular file or a block device`,
      { path },
    );
  }
  if (reason === 'no-direct') {
    const where = detail ?? 'a filesystem';
    return new AioError('ERR_AIO_NO_DIRECT', `'${path}' is on ${where}, which has no O_DIRECT`, { path });
  }
  return kernelError(errno, syscall, { path });
}

/**
 * Opens a regular file or block device past the page cache: open(2) with O_DIRECT.
 *
 * `flags` are Node's, or an options object. `w` and `a` also ask for permission to read, since writing
 * part of a block needs reading it. Where O_DIRECT or kernel AIO is not to be had the file works all the same, through
 * node:fs: see {@link DirectFile.engine}, {@link DirectFile.direct} and {@link DirectFile.reason}. Rejects with open(2)'s
 * errors, `ERR_AIO_UNSUPPORTED_FILE` for what is no disk file. Close it: one that is collected open is closed with a warning.
 */
export async function open(
  path: FilePath,
  flags?: string | number | OpenOptions | null,
  mode?: number | string | null,
): Promise<DirectFile> {
  const bytes = pathBytes(path);
  const plain = typeof flags === 'object' ? null : flags;
  const options: OpenOptions = typeof flags === 'object' ? optionsObject('flags', flags) : {};
  const bits = openFlags(plain ?? options.flags);
  const permissions = permissionBits(mode ?? options.mode ?? 0o666);
  const exact = flag('options.exact', options.exact, false);
  if (options.queue !== undefined && !(options.queue instanceof SubmissionQueue)) {
    throw invalidType('options.queue', 'a SubmissionQueue', options.queue);
  }
  const engine = engineChoice(options.engine);
  const direct = directChoice(options.direct, engine);
  if (options.queue?.closed === true) throw closedError('queue');
  const queue = options.queue ?? (await SubmissionQueue.default());
  if (engine === 'aio' && queue.engine !== 'aio') {
    throw noKernelAio(queue.reason ?? '');
  }
  const name = bytes.toString();
  const takes = queue.engine === 'aio' && engine !== 'fs';
  // node:fs takes memory that JavaScript sees, and then that is not aligned.
  if (!takes && direct === 'require' && !showsMemory()) throw externalMemoryError();
  const choice = takes || direct === 'never' || showsMemory() ? direct : 'hidden';
  const native = await openAs(bytes, bits, permissions, choice, name);
  const { memory, offset, read, source } = native;
  const carrier = takes && native.direct ? 'aio' : 'fs';
  return DirectFile.of(
    new OpenFile({
      handle: native.handle,
      fd: native.fd,
      path: name,
      alignment: Object.freeze({ memory, offset, read, source }),
      block: Math.max(memory, offset, read),
      direct: native.direct,
      carrier,
      reason: reasonOf(carrier, native.reason, queue.reason),
      blockDevice: native.blockDevice,
      readable: (bits & O_ACCMODE) !== constants.O_WRONLY,
      writable: (bits & O_ACCMODE) !== constants.O_RDONLY,
      append: native.append,
      durable: (bits & (constants.O_SYNC | constants.O_DSYNC)) !== 0,
      exact,
      inode: openInode(native.identity, native.size, queue),
      queue,
    }),
  );
}

/** Why a file is not what it could be: the queue's reason says more than the file's where there is no native part. */
function reasonOf(carrier: 'aio' | 'fs', file: string | undefined, queue: string | undefined): string | undefined {
  if (loadError !== undefined) return queue;
  return file ?? (carrier === 'aio' ? undefined : (queue ?? ASKED_FOR));
}

/** Opens past the page cache or through it; `reason` says why through it. */
async function openAs(
  path: Buffer,
  bits: number,
  mode: number,
  direct: DirectChoice | 'hidden',
  name: string,
): Promise<NativeFile & { reason: string | undefined }> {
  let reason = direct === 'hidden' ? externalMemoryError().message : 'buffered access was asked for';
  if (direct !== 'never' && direct !== 'hidden') {
    const native = await openFile(path, bits, mode, true);
    if (!isFailure(native)) return { ...native, reason: undefined };
    const error = openError(native, name);
    if (native.reason !== 'no-direct' || direct === 'require') throw error;
    reason = error.message;
  }
  const native = await openFile(path, bits, mode, false);
  if (isFailure(native)) throw openError(native, name);
  return { ...native, reason };
}

function directChoice(value: unknown, engine: EngineChoice): DirectChoice {
  if (value !== undefined && value !== 'prefer' && value !== 'require' && value !== 'never') {
    throw invalidValue('options.direct', "must be 'prefer', 'require' or 'never'", value);
  }
  // Kernel AIO through the page cache would only block.
  if (engine === 'aio') {
    if (value === 'never') throw invalidValue('options.direct', "cannot be 'never' with the engine 'aio'", value);
    return 'require';
  }
  return value ?? FORCED.direct ?? 'prefer';
}
