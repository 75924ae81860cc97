import { readArguments, writeArguments, type Transfer } from './arguments.js';
import { inSteps } from './call.js';
import { Bounce } from './bounce.js';
import { callbackOf, type Callback } from './callbacks.js';
import type { ReadResult, WriteResult } from './file-types.js';
import type { OpenFile } from './open-file.js';
import { Operation } from './operations.js';
import { PLAIN, type Manner } from './options.js';
import { fitsRead, fitsWrite } from './placement.js';
import { rejected } from './rejected.js';
import { extentOf, handedPart, type Extent } from './slab.js';
import { permit, readViews, writeViews } from './transfers.js';
import { Views } from './views.js';
import type { WriteRange } from './write-ranges.js';

/** The end of a call that a callback is told of. */
type End<T> = Promise<T> | undefined;

/** One read, in whichever form it is asked for. */
export function readOne<B>(
  file: OpenFile,
  first: unknown,
  second: unknown,
  length: unknown,
  position: unknown,
  callback: unknown,
): End<ReadResult<B>> {
  // (buffer, options, callback) and (buffer, callback)
  if (callback === undefined) {
    if (typeof length === 'function') return readOne(file, first, second, undefined, undefined, length);
    if (typeof second === 'function') return readOne(file, first, undefined, undefined, undefined, second);
  }
  try {
    const tell = callback === undefined ? undefined : callbackOf(callback);
    // The short way, for what is aligned and says no more than it must: what it leaves out would pass.
    const extent = typeof position === 'number' ? handedPart(first, second, length) : undefined;
    if (extent !== undefined && fitsRead(file, extent, position as number)) {
      file.admit();
      permit(file, 'read', position as number);
      return Operation.read(file, position as number, first as B, tell).start(PLAIN, extent.alone);
    }
    const call = readArguments<B>(first, second, length, position, file.facts.exact);
    // After the options were read: their getters may close the file.
    file.admit();
    const part = extentOf(call.view);
    if (call.position !== null) permit(file, 'read', call.position);
    if (part !== undefined && call.position !== null && fitsRead(file, part, call.position)) {
      return Operation.read(file, call.position, call.buffer, tell).start(call.manner, part.alone);
    }
    const bounce = Bounce.ofRead(file, call);
    if (bounce !== undefined) {
      return Operation.read(file, bounce.position, call.buffer, tell).startBounced(call.manner, bounce);
    }
    if (tell === undefined) return readAndTell(file, call);
    const end = readInTurn(file, new Views([call.view]), call.position, call.manner);
    file.facts.queue.callbacks.follow(tell, end, call.buffer);
    return undefined;
  } catch (error) {
    return refuse(file, error as Error, callback, first);
  }
}

async function readAndTell<B>(file: OpenFile, { buffer, view, position, manner }: Transfer<B>): Promise<ReadResult<B>> {
  return { bytesRead: await readInTurn(file, new Views([view]), position, manner), buffer };
}

/** Reads into views from a position, or where the last sequential call ended. */
export async function readInTurn(
  file: OpenFile,
  views: Views,
  position: number | null,
  manner: Readonly<Manner>,
): Promise<number> {
  if (position !== null) return readViews(file, views, position, manner);
  const read = async (at: number): Promise<number> => readViews(file, views, at, manner, 'caller');
  const inTurn = async (): Promise<number> => file.sequentially(read, (bytes, at) => at + bytes);
  return inSteps(file, inTurn, { signal: manner.signal, views });
}

/** One write, in whichever form it is asked for. */
export function writeOne<B>(
  file: OpenFile,
  first: unknown,
  second: unknown,
  third: unknown,
  fourth: unknown,
  callback: unknown,
): End<WriteResult<B>> {
  // (buffer, options, callback), (string, position, callback), (string, position, encoding, callback) and (data, callback)
  if (callback === undefined) {
    if (typeof second === 'function') return writeOne(file, first, undefined, undefined, undefined, second);
    if (typeof third === 'function') return writeOne(file, first, second, undefined, undefined, third);
    if (typeof fourth === 'function') return writeOne(file, first, second, third, undefined, fourth);
  }
  try {
    const tell = callback === undefined ? undefined : callbackOf(callback);
    const extent = typeof fourth === 'number' ? handedPart(first, second, third) : undefined;
    if (extent !== undefined && fitsWrite(file, extent, fourth as number)) {
      file.admit();
      const range = enter(file, extent, fourth as number);
      const operation = range && Operation.write(file, fourth as number, first as B, tell);
      if (operation !== undefined) return operation.start(PLAIN, extent.alone, range);
    }
    const call = writeArguments<B>(first, second, third, fourth, file.facts.exact);
    file.admit();
    const part = extentOf(call.view);
    if (part !== undefined && call.position !== null && !call.manner.append && fitsWrite(file, part, call.position)) {
      const range = enter(file, part, call.position);
      const operation = range && Operation.write(file, call.position, call.buffer, tell);
      if (operation !== undefined) return operation.start(call.manner, part.alone, range);
    }
    if (call.position !== null) permit(file, 'write', call.position);
    const bounce = Bounce.ofWrite(file, call);
    if (bounce !== undefined) {
      return Operation.write(file, bounce.position, call.buffer, tell).startBounced(call.manner, bounce);
    }
    if (tell === undefined) return writeAndTell(file, call);
    const end = writeInTurn(file, new Views([call.view]), call.position, call.manner);
    file.facts.queue.callbacks.follow(tell, end, call.buffer);
    return undefined;
  } catch (error) {
    return refuse(file, error as Error, callback, first);
  }
}

/** The range of a write that need not wait for others. */
function enter(file: OpenFile, extent: Extent, position: number): WriteRange | undefined {
  permit(file, 'write', position);
  return file.facts.inode.ranges.tryEnter(position, position + extent.length);
}

async function writeAndTell<B>(
  file: OpenFile,
  { buffer, view, position, manner }: Transfer<B>,
): Promise<WriteResult<B>> {
  return { bytesWritten: await writeInTurn(file, new Views([view]), position, manner), buffer };
}

/** Writes views at a position, where the last sequential call ended, or at the end of the file. */
export async function writeInTurn(
  file: OpenFile,
  views: Views,
  position: number | null,
  manner: Readonly<Manner>,
): Promise<number> {
  const atEnd = manner.append || file.facts.append;
  if (position !== null) return writeViews(file, views, atEnd ? undefined : position, manner);
  const write = async (at: number | undefined): Promise<number> => writeViews(file, views, at, manner, 'caller');
  const inTurn = async (): Promise<number> => file.writeSequentially(atEnd, write);
  return inSteps(file, inTurn, { signal: manner.signal, views, writes: true });
}

/** Tells a refusal as the end of the call: to whoever waits for that. */
function refuse({ facts }: OpenFile, error: Error, callback: unknown, buffer: unknown): Promise<never> | undefined {
  if (typeof callback !== 'function') return rejected(error);
  facts.queue.callbacks.add(callback as Callback, error, 0, buffer);
  return undefined;
}
