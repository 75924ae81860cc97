import { onAbort } from '../abort.js';
import { abortError, invalidType } from '../errors.js';
import { flag, optionsObject } from '../options.js';
import type { BlocksOptions } from './block-options.js';
import { Blocks } from './blocks.js';
import { Sink } from './sink.js';
import type { StreamSource } from './source.js';

/** What is written to a stream, and what becomes of it then. */
export interface PipeOptions extends BlocksOptions {
  /**
   * End the writable behind the last byte and wait until it has finished; destroy it where the reading fails or is aborted.
   * Where it is not ended, the promise waits for the last write; of writables that tell no end of theirs, until `writableLength` is 0.
   * `process.stdout` and `process.stderr` are never ended. @default true
   */
  close?: boolean | undefined;
  /**
   * Give the writable copies, which are its to keep, rather than blocks of the pool that are read into again when its write
   * has called back. Needed where it hands chunks on as they are: of those that are no Duplex, `Writable.fromWeb`
   * does. `false` where its writes may not call back: those blocks never come back. @default true for what can be read as
   * well (Duplex, Transform), but for sockets, and for all that is not Node's own, or whose `write` was replaced;
   * otherwise false
   */
  copy?: boolean | undefined;
}

function isWritable(value: unknown): value is NodeJS.WritableStream {
  const { write, end, on } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return typeof write === 'function' && typeof end === 'function' && typeof on === 'function';
}

/** See {@link DirectFile.pipeTo}. */
export async function pipeTo(source: StreamSource, writable: unknown, options: unknown): Promise<number> {
  if (!isWritable(writable)) throw invalidType('writable', 'a writable stream', writable);
  const given = optionsObject('options', options) as PipeOptions;
  const closes = flag('options.close', given.close, true);
  const copies = given.copy === undefined ? undefined : flag('options.copy', given.copy, false);
  const blocks = Blocks.of(source, given);
  // A consumer that goes away frees what was read for him, also while nobody waits for him.
  const sink = new Sink(writable, copies, () => void blocks.return());
  const close = closes && writable !== process.stdout && writable !== process.stderr;
  const { signal } = given;
  const unlisten =
    signal &&
    onAbort(signal, () => {
      sink.fail(abortError(signal));
    });
  try {
    let total = 0;
    for await (const block of blocks) {
      total += block.buffer.byteLength;
      await sink.write(block);
    }
    await sink.end(close);
    return total;
  } catch (error) {
    sink.fail(error);
    if (close) sink.destroy(error);
    throw error;
  } finally {
    unlisten?.();
    sink.leave();
  }
}
