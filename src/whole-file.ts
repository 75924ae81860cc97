import { StringDecoder } from 'node:string_decoder';

import { untilAborted } from './abort.js';
import { detached } from './apart.js';
import { inSteps } from './call.js';
import { turnOfOthers } from './clock.js';
import { EIO } from './errnos.js';
import { fileTooLarge, invalidType, invalidValue, kernelError, withLongStack } from './errors.js';
import type { OpenFile } from './open-file.js';
import { mannerOf, optionsObject, type Manner } from './options.js';
import { sizeOf } from './size.js';
import { readViews, writeViews } from './transfers.js';
import { TypedArray } from './view-place.js';
import { bytesOf, Views } from './views.js';

/** How a whole file is read. */
export interface ReadFileOptions {
  /** Decode to a string. @default a Buffer is returned */
  encoding?: BufferEncoding | null | undefined;
  /** Rejects with an `AbortError`. */
  signal?: AbortSignal | undefined;
}

/** How a whole file is written. */
export interface WriteFileOptions {
  /** Of data that is a string. @default 'utf8' */
  encoding?: BufferEncoding | null | undefined;
  /** Rejects with an `AbortError`; what was written until then stays. */
  signal?: AbortSignal | undefined;
}

/** What can be written to a file as a whole. */
export type FileData =
  | string
  | NodeJS.ArrayBufferView
  | Iterable<string | NodeJS.ArrayBufferView>
  | AsyncIterable<string | NodeJS.ArrayBufferView>;

/** Bytes that are asked for beyond the size the file had, for one that grows or does not tell its size. */
const BEYOND = 64 * 1024;
/** Bytes of the largest file that is read as a whole, as in Node. */
const LARGEST = 2 ** 31 - 1;
/** Bytes of one read. */
const STEP = 4 * 1024 * 1024;

function encodingOf(options: unknown): { encoding: BufferEncoding | undefined; rest: object } {
  if (typeof options === 'string') return encodingOf({ encoding: options });
  const rest = optionsObject('options', options);
  const { encoding } = rest as { encoding?: unknown };
  if (encoding === undefined || encoding === null) return { encoding: undefined, rest };
  if (typeof encoding === 'string' && Buffer.isEncoding(encoding)) return { encoding, rest };
  throw invalidValue('encoding', 'is not known', encoding);
}

/** Reads from where the last sequential operation ended to the end of the file. */
export async function readWhole(file: OpenFile, options: unknown): Promise<Buffer | string> {
  const { encoding, rest } = encodingOf(options);
  const manner = mannerOf(rest, false);
  const read = async (position: number): Promise<Buffer> => readToEnd(file, position, manner);
  const inTurn = async (): Promise<Buffer> =>
    file.sequentially(read, ({ byteLength }, position) => position + byteLength);
  const content = await inSteps(file, inTurn, { signal: manner.signal });
  return encoding === undefined ? content : decoded(content, encoding);
}

/** As text, with turns for others in between. */
async function decoded(content: Buffer, encoding: BufferEncoding): Promise<string> {
  if (content.byteLength <= STEP) return content.toString(encoding);
  const decoder = new StringDecoder(encoding);
  let text = '';
  for (let at = 0; at < content.byteLength; at += STEP) {
    text += decoder.write(content.subarray(at, at + STEP));
    await turnOfOthers();
  }
  return text + decoder.end();
}

async function readToEnd(file: OpenFile, position: number, manner: Readonly<Manner>): Promise<Buffer> {
  const expected = Math.max(0, (await sizeOf(file)) - position);
  if (expected > LARGEST) throw fileTooLarge(expected);
  const whole = Buffer.allocUnsafeSlow(expected);
  const beyond: Buffer[] = [];
  let total = 0;
  for (;;) {
    const part =
      total < expected ? whole.subarray(total, Math.min(total + STEP, expected)) : Buffer.allocUnsafeSlow(BEYOND);
    const bytes = await readViews(file, new Views([part]), position + total, manner, 'caller');
    if (total >= expected && bytes > 0) beyond.push(part.subarray(0, bytes));
    total += bytes;
    // A short read is not the end: the next one tells the error that cut it.
    if (bytes === 0) break;
    if (total > LARGEST) throw fileTooLarge(total);
  }
  return beyond.length === 0 ? whole.subarray(0, total) : Buffer.concat([whole, ...beyond], total);
}

/** A source of parts, begun; undefined for what is none. */
function iteratorOf(data: unknown): AsyncIterator<unknown> | Iterator<unknown> | undefined {
  if (typeof data !== 'object' || data === null || data instanceof TypedArray) return undefined;
  const source = data as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  for (const begin of [source[Symbol.asyncIterator], source[Symbol.iterator]]) {
    if (typeof begin !== 'function') continue;
    const iterator = Reflect.apply(begin, data, []) as Partial<Iterator<unknown>> | undefined;
    return typeof iterator?.next === 'function' ? (iterator as Iterator<unknown>) : undefined;
  }
  return undefined;
}

function chunkOf(data: unknown, encoding: BufferEncoding): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding);
  return bytesOf('data', data);
}

async function writeChunk(
  file: OpenFile,
  chunk: Views,
  position: number | undefined,
  manner: Readonly<Manner>,
): Promise<number> {
  let done = 0;
  while (done < chunk.total) {
    const at = position === undefined ? undefined : position + done;
    const rest = chunk.part(0, done, chunk.total);
    if (rest.total < chunk.total - done) throw withLongStack(detached);
    const bytes = await writeViews(file, rest, at, manner, 'caller');
    done += bytes;
    // A short write's successor tells why, by its error; one that moves nothing would go on for ever.
    if (bytes === 0) throw kernelError(EIO, 'write', { path: file.facts.path, hint: 'the kernel wrote nothing' });
  }
  return done;
}

function isResult(value: unknown): value is IteratorResult<unknown> {
  return typeof value === 'object' && value !== null;
}

/** What a source gives, for as long as nobody aborts: it may stall for ever. */
async function* partsOf(
  iterator: AsyncIterator<unknown> | Iterator<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator {
  let done = false;
  try {
    for (;;) {
      const next: unknown = await untilAborted(async () => iterator.next(), signal);
      if (!isResult(next)) throw invalidType('data', 'an iterable with results that are objects', next);
      if (next.done === true) {
        done = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not waited for: a generator that stalls ends when it goes on.
    if (!done) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** Writes all of `data` where the last sequential operation ended, or at the end of the file. */
export async function writeWhole(file: OpenFile, data: unknown, options: unknown, append: boolean): Promise<void> {
  const { encoding = 'utf8', rest } = encodingOf(options);
  const manner = mannerOf(rest, false);
  const whole = typeof data === 'string' || ArrayBuffer.isView(data);
  const iterator = whole ? undefined : iteratorOf(data);
  if (!whole && iterator === undefined) {
    throw invalidType('data', 'a string, a Buffer, TypedArray or DataView, or an iterable of them', data);
  }
  const atEnd = append || manner.append || file.facts.append;
  const { signal } = manner;
  const writeOne = async (part: unknown): Promise<number> => {
    const views = new Views([chunkOf(part, encoding)]);
    const write = async (at: number | undefined): Promise<number> => writeChunk(file, views, at, manner);
    const inTurn = async (): Promise<number> => file.writeSequentially(atEnd, write);
    return inSteps(file, inTurn, { signal, views, writes: true });
  };
  if (iterator === undefined) {
    await writeOne(data);
    return;
  }
  // A sync waits for the part that is being written, not for what is to come: the source may wait for the sync.
  const writeAll = async (): Promise<void> => {
    for await (const part of partsOf(iterator, signal)) await writeOne(part);
  };
  await inSteps(file, writeAll, { signal });
}
