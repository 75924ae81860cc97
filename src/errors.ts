import { constants } from 'node:os';
import { getSystemErrorMap, getSystemErrorName, inspect } from 'node:util';

import { soon } from './clock.js';

/** Codes of the library's own states. Codes are interface, messages are not. */
export type AioErrorCode =
  /** The file, queue or pool is closed or closing. */
  | 'ERR_AIO_CLOSED'
  /** `exact` was asked for and position, length or memory misses the file's alignment. */
  | 'ERR_AIO_MISALIGNED'
  /** A directory, FIFO, socket, character device or file of a pseudo filesystem. */
  | 'ERR_AIO_UNSUPPORTED_FILE'
  /** The filesystem or device refuses O_DIRECT. */
  | 'ERR_AIO_NO_DIRECT'
  /** The runtime has no libuv event loop that the library could wait in. */
  | 'ERR_AIO_UNSUPPORTED_RUNTIME'
  /** The runtime refuses memory that is not its own. */
  | 'ERR_AIO_EXTERNAL_MEMORY'
  /** The pool's limit is reached. */
  | 'ERR_AIO_POOL_EXHAUSTED'
  /** The buffer is not one that the pool has given and not yet got back. */
  | 'ERR_AIO_POOL_FOREIGN'
  /** The queue holds as many unsettled operations as its capacity allows. */
  | 'ERR_AIO_QUEUE_FULL'
  /** The prepared batch was submitted and has not ended. */
  | 'ERR_AIO_BATCH_BUSY'
  /** The buffer was given back to its pool. */
  | 'ERR_AIO_BUFFER_RELEASED'
  /** The caller's buffer was detached or shrunk while the operation was under way. */
  | 'ERR_AIO_BUFFER_DETACHED'
  /** Source and destination of a copy are the same file. */
  | 'ERR_AIO_SAME_FILE'
  /** The file became shorter while it was copied, compared or hashed. */
  | 'ERR_AIO_FILE_CHANGED'
  /** The copy that was read back is not what its source is. */
  | 'ERR_AIO_VERIFY_FAILED';

/** A state of the library, told apart by `code`. */
export class AioError extends Error {
  /** One of the documented `ERR_AIO_*` codes. */
  readonly code: AioErrorCode;
  /** The file that could not be used, where it is about one: as it was given. */
  declare readonly path?: string;

  constructor(code: AioErrorCode, message: string, options: ErrorOptions & { path?: string } = {}) {
    super(message, options);
    this.name = 'AioError';
    this.code = code;
    if (options.path !== undefined) this.path = options.path;
  }
}

/** What kernel failures carry beside `code`, `errno` and `syscall`. */
export interface KernelErrorContext {
  path?: string | undefined;
  position?: number | undefined;
  /** What to do about it. */
  hint?: string | undefined;
}

const NOWHERE: Required<KernelErrorContext> = { path: undefined, position: undefined, hint: undefined };

/** A failed system call, shaped as Node shapes it, with the path and the position in the file. */
export interface KernelError extends NodeJS.ErrnoException {
  code: string;
  errno: number;
  syscall: string;
  /** Bytes from the start of the file, where the operation had a position. */
  position?: number;
}

const WORDS: Record<string, string> = { ENOTSUP: 'operation not supported', EDQUOT: 'disk quota exceeded' };

/** The name of a number that libuv has none for. */
function nameOf(errno: number): string {
  const [name] = Object.entries(constants.errno).find(([, number]) => number === -errno) ?? [];
  return name ?? `E${String(-errno)}`;
}

export function kernelError(errno: number, syscall: string, context: KernelErrorContext): KernelError {
  const { path, position, hint } = { ...NOWHERE, ...context };
  const known = getSystemErrorMap().get(errno);
  const code = known === undefined ? nameOf(errno) : getSystemErrorName(errno);
  // libuv speaks of sockets, or knows nothing of it.
  const what = WORDS[code] ?? known?.[1] ?? 'unknown error';
  const where = path === undefined ? '' : ` '${path}'`;
  const at = position === undefined ? '' : ` at ${String(position)}`;
  const advice = hint === undefined ? '' : ` (${hint})`;
  const error = new Error(`${code}: ${what}, ${syscall}${where}${at}${advice}`) as KernelError;
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (position !== undefined) error.position = position;
  return error;
}

/** What Node's own functions reject with when their signal aborts. */
export function abortError(signal: AbortSignal): Error {
  let cause: unknown;
  try {
    cause = signal.reason;
  } catch {
    // A getter of somebody's own.
  }
  const error = new Error('The operation was aborted', { cause }) as NodeJS.ErrnoException;
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  return error;
}

function coded<E extends Error>(error: E, code: string): E {
  (error as NodeJS.ErrnoException).code = code;
  return error;
}

export function invalidType(name: string, expected: string, actual: unknown): TypeError {
  const error = new TypeError(`The "${name}" argument must be ${expected}. Received ${describe(actual)}`);
  return coded(error, 'ERR_INVALID_ARG_TYPE');
}

export function invalidValue(name: string, reason: string, actual: unknown): TypeError {
  const error = new TypeError(`The "${name}" argument ${reason}. Received ${describe(actual)}`);
  return coded(error, 'ERR_INVALID_ARG_VALUE');
}

export function outOfRange(name: string, range: string, actual: unknown): RangeError {
  const error = new RangeError(
    `The value of "${name}" is out of range. It must be ${range}. Received ${describe(actual)}`,
  );
  return coded(error, 'ERR_OUT_OF_RANGE');
}

function describe(value: unknown): string {
  try {
    return inspect(value, { depth: 0, breakLength: Infinity }).slice(0, 80);
  } catch {
    return typeof value;
  }
}

export function fileTooLarge(size: number): RangeError {
  return coded(new RangeError(`File size (${String(size)}) is greater than 2 GiB`), 'ERR_FS_FILE_TOO_LARGE');
}

/** What Node throws where a class is not for the user to construct. */
export function illegalConstructor(): TypeError {
  return coded(new TypeError('Illegal constructor'), 'ERR_ILLEGAL_CONSTRUCTOR');
}

/** What Node tells of a stream that closes before its end. */
export function prematureClose(): Error {
  return coded(new Error('Premature close'), 'ERR_STREAM_PREMATURE_CLOSE');
}

export function closedError(what: string, path?: string): AioError {
  const which = path === undefined ? '' : ` '${path}'`;
  return new AioError('ERR_AIO_CLOSED', `The ${what}${which} is closed`);
}

/** Frames that the steps of a copy may put between an operation and the function that called it. */
const OWN_FRAMES = 12;

/** Builds an error deep inside an operation so that its stack reaches the caller all the same. */
export function withLongStack<E extends Error>(build: () => E): E {
  const limit = Error.stackTraceLimit;
  // Where Error is frozen, stacks stay as long as they are.
  if (!(limit > 0) || !Reflect.set(Error, 'stackTraceLimit', limit + OWN_FRAMES)) return build();
  try {
    return build();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * Settles `resolve` as rejected with an error that is built where V8 can see who awaits it, so that
 * its stack names the caller's async functions.
 */
export function rejectInCallersStack(resolve: (value: never) => void, build: () => Error): void {
  const failing = new Promise<void>((start) => {
    // Two turns of the microtask queue: by then the caller's promise hangs on the one below.
    soon(() => {
      soon(start);
    });
  }).then(() => {
    throw withLongStack(build);
  });
  resolve(failing as never);
}
