import { invalidType, invalidValue, outOfRange } from './errors.js';
import { filePosition, integer, mannerOf, optionsObject, plainManner, type Manner } from './options.js';
import { extentOf } from './slab.js';
import { byteLengthOf, placeOf, TypedArray } from './view-place.js';
import { bytesOf, Views } from './views.js';

/** What a call of `read` or `write` asks for, whichever form it had. */
export interface Transfer<B> {
  /** The caller's own object, handed back in the result. */
  buffer: B;
  /** The bytes of it that are meant. */
  view: Uint8Array;
  position: number | null;
  manner: Readonly<Manner>;
}

/** The same of `readv` and `writev`. */
export interface VectoredTransfer<B> {
  buffers: B;
  views: Views;
  position: number | null;
  manner: Readonly<Manner>;
}

interface Given {
  offset?: unknown;
  length?: unknown;
  position?: unknown;
}

/** The buffer of a read without one, as FileHandle.read has it. */
const DEFAULT_BUFFER = 16 * 1024;

function manner(options: object | null, exact: boolean): Readonly<Manner> {
  return options === null ? plainManner(exact) : mannerOf(options, exact);
}

function transferOf<B>(buffer: B, given: Given, options: object | null, exact: boolean): Transfer<B> {
  // Options are read first: their getters may run code that detaches the buffer.
  const position = filePosition(given.position);
  const how = manner(options, exact);
  const { offset: givenOffset, length: givenLength } = given;
  const bytes = bytesOf('buffer', buffer);
  const offset = integer('offset', givenOffset ?? 0, 0, Number.MAX_SAFE_INTEGER);
  // Memory that was given back may be gone.
  const whole = byteLengthOf(bytes);
  if (whole === 0) extentOf(bytes);
  if (offset > whole) throw outOfRange('offset', `<= ${String(whole)}`, offset);
  const room = whole - offset;
  const length = integer('length', givenLength ?? room, 0, Number.MAX_SAFE_INTEGER);
  if (length > 0 && whole === 0) throw invalidValue('buffer', 'is empty', buffer);
  if (length > room) throw outOfRange('length', `<= ${String(room)}`, length);
  const view = offset === 0 && length === whole ? bytes : partOf(bytes, offset, length);
  return { buffer, view, position, manner: how };
}

/** A part of a view, whatever methods that has. */
function partOf(view: Uint8Array, offset: number, length: number): Uint8Array {
  const [memory, start] = placeOf(view);
  return new Uint8Array(memory, start + offset, length);
}

/** Neither memory, nor what was meant as such: a list, or a Proxy of a view. */
function isOptions(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Array.isArray(value)) return false;
  return !(value instanceof ArrayBuffer || value instanceof TypedArray);
}

/** The arguments of a read: (buffer, offset, length, position), (buffer, options) or (options). */
export function readArguments<B>(
  first: unknown,
  second: unknown,
  length: unknown,
  position: unknown,
  exact: boolean,
): Transfer<B> {
  if (first === undefined || first === null || isOptions(first)) {
    const options: Given & { buffer?: unknown } = optionsObject('options', first);
    const buffer = options.buffer ?? Buffer.alloc(DEFAULT_BUFFER);
    return transferOf(buffer as B, options, options, exact);
  }
  if (isOptions(second)) return transferOf(first as B, second, second, exact);
  return transferOf(first as B, { offset: second, length, position }, null, exact);
}

/** The arguments of a write: as for a read, or (string, position, encoding). */
export function writeArguments<B>(
  first: unknown,
  second: unknown,
  third: unknown,
  fourth: unknown,
  exact: boolean,
): Transfer<B> {
  if (typeof first === 'string') {
    const encoding = third ?? 'utf8';
    if (typeof encoding !== 'string' || !Buffer.isEncoding(encoding))
      throw invalidValue('encoding', 'is not known', third);
    const bytes = Buffer.from(first, encoding);
    const options = isOptions(second) ? second : null;
    const given: Given = options === null ? { position: second } : { position: (options as Given).position };
    return { ...transferOf(bytes, given, options, exact), buffer: first as B };
  }
  if (isOptions(first) && 'buffer' in first) return transferOf(first.buffer as B, first as Given, first, exact);
  if (isOptions(second)) return transferOf(first as B, second, second, exact);
  return transferOf(first as B, { offset: second, length: third, position: fourth }, null, exact);
}

/** The arguments of `readv` and `writev`: (buffers, position) or (buffers, options). */
export function vectoredArguments<B>(buffers: unknown, second: unknown, exact: boolean): VectoredTransfer<B> {
  const options = isOptions(second) ? second : null;
  const position = filePosition(options === null ? second : (options as Given).position);
  const how = manner(options, exact);
  return { buffers: buffers as B, views: viewsOf(buffers), position, manner: how };
}

/** An array of views, each checked. */
export function viewsOf(buffers: unknown): Views {
  if (!Array.isArray(buffers)) throw invalidType('buffers', 'an array of Buffers, TypedArrays or DataViews', buffers);
  const list: Uint8Array[] = [];
  // Not map, which passes holes over.
  for (let index = 0; index < buffers.length; index++) list.push(bytesOf('buffers', buffers[index], index));
  return new Views(list);
}
