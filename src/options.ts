import { refuseAborted } from './abort.js';
import { invalidType, invalidValue, outOfRange } from './errors.js';

/** How urgent an operation is to the kernel's I/O scheduler: see ioprio_set(2). */
export interface Priority {
  /** `realtime` needs CAP_SYS_ADMIN or CAP_SYS_NICE. Realtime waits in the queue before the rest, idle behind it. */
  class: 'realtime' | 'best-effort' | 'idle';
  /** 0 (first) to 7 (last). @default 4 */
  level?: number | undefined;
}

/** How one operation is to be done. */
export interface OperationOptions {
  /**
   * Rejects with an `AbortError`. A queued operation is then never submitted; one in flight cannot be
   * cancelled by Linux and its memory stays the kernel's until it is done.
   */
  signal?: AbortSignal | undefined;
  /** I/O priority of the operation. @default the thread's own */
  priority?: Priority | undefined;
  /** Answer EAGAIN rather than block in the kernel (RWF_NOWAIT, Linux 4.13). @default false */
  nowait?: boolean | undefined;
  /**
   * Refuse with `ERR_AIO_MISALIGNED` what the kernel would not take as it is, rather than copy it through
   * aligned memory. @default the file's `exact`
   */
  exact?: boolean | undefined;
}

/** How one write is to be done. */
export interface WriteOperationOptions extends OperationOptions {
  /** Durable when it settles, as with O_DSYNC (RWF_DSYNC). @default false */
  dsync?: boolean | undefined;
  /** Write at the end of the file, whatever the position. @default false */
  append?: boolean | undefined;
  /** All or nothing, also across a power cut (RWF_ATOMIC, Linux 6.11); needs alignment. @default false */
  atomic?: boolean | undefined;
}

/** Validated options as the records carry them. */
export interface Manner {
  rwFlags: number;
  priority: number;
  append: boolean;
  exact: boolean;
  signal: AbortSignal | undefined;
}

/** Bits of `aio_rw_flags`. */
export const RWF_DSYNC = 0x2;
export const RWF_NOWAIT = 0x8;
export const RWF_APPEND = 0x10;
export const RWF_ATOMIC = 0x40;

const PRIORITY_CLASSES = { realtime: 1, 'best-effort': 2, idle: 3 } as const;

/** No options: inherits nothing, not even what a program has put into Object.prototype. */
export const NO_OPTIONS: object = Object.freeze(Object.create(null) as object);

export function optionsObject(name: string, value: unknown): object {
  if (value === undefined || value === null) return NO_OPTIONS;
  if (typeof value !== 'object') throw invalidType(name, 'of type object', value);
  return value;
}

export function flag(name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalidType(name, 'of type boolean', value);
  return value;
}

export function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number') throw invalidType(name, 'of type number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${String(min)} && <= ${String(max)}`, value);
  return value;
}

/** A position in a file: `null` where the last sequential operation ended. -1 says the same, as in Node. */
export function filePosition(value: unknown, name = 'position'): number | null {
  if (value === undefined || value === null) return null;
  const exact = typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  if (exact === -1) return null;
  if (typeof exact === 'bigint') throw outOfRange(name, `<= ${String(Number.MAX_SAFE_INTEGER)}`, value);
  if (typeof exact !== 'number') throw invalidType(name, 'an integer, a bigint or null', value);
  return integer(name, exact, 0, Number.MAX_SAFE_INTEGER);
}

function priorityValue(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value !== 'object' || value === null) throw invalidType('options.priority', 'an object', value);
  const { class: name, level = 4 } = value as Priority;
  if (!Object.hasOwn(PRIORITY_CLASSES, name)) {
    throw invalidValue('options.priority.class', "must be 'realtime', 'best-effort' or 'idle'", name);
  }
  return (PRIORITY_CLASSES[name] << 13) | integer('options.priority.level', level, 0, 7);
}

/** The signal of a call; one that is aborted throws its AbortError. */
export function abortSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof AbortSignal)) throw invalidType('options.signal', 'an AbortSignal', value);
  refuseAborted(value);
  return value;
}

/** The manner of an operation without options. */
export const PLAIN: Readonly<Manner> = { rwFlags: 0, priority: 0, append: false, exact: false, signal: undefined };
const EXACT: Readonly<Manner> = { ...PLAIN, exact: true };

/** The manner of an operation of whose options none is given. */
export function plainManner(exact: boolean): Readonly<Manner> {
  return exact ? EXACT : PLAIN;
}

/** Validates the options of one operation; an aborted signal throws its AbortError. */
export function mannerOf(options: object, exact: boolean): Readonly<Manner> {
  // Each read once: a getter could answer otherwise the next time.
  const { dsync, nowait, atomic, priority, append, exact: givenExact, signal } = options as WriteOperationOptions;
  const first = dsync === undefined && nowait === undefined && atomic === undefined && priority === undefined;
  if (first && append === undefined && givenExact === undefined && signal === undefined) return plainManner(exact);
  const rwFlags =
    (flag('options.dsync', dsync, false) ? RWF_DSYNC : 0) |
    (flag('options.nowait', nowait, false) ? RWF_NOWAIT : 0) |
    (flag('options.atomic', atomic, false) ? RWF_ATOMIC : 0);
  return {
    rwFlags,
    priority: priorityValue(priority),
    append: flag('options.append', append, false),
    exact: flag('options.exact', givenExact, exact),
    signal: abortSignal(signal),
  };
}
