import type { WritableStream, WritableStreamDefaultController } from 'node:stream/web';

import { isAborted, onAbort } from '../abort.js';
import { abortError, closedError, invalidType } from '../errors.js';
import { flag, integer, optionsObject } from '../options.js';
import { bytesOf } from '../views.js';
import { webStreams } from './node-web-streams.js';
import type { Opened } from './write-source.js';
import { WriteBehind } from './write-behind.js';
import { behindOptions, signalOf, type WriteBehindOptions } from './write-stream-options.js';

/** What a web stream takes: bytes, and strings as UTF-8. */
export type WebChunk = string | ArrayBuffer | NodeJS.ArrayBufferView;

/** How a file is written by a web stream. */
export interface WritableWebStreamOptions extends WriteBehindOptions {
  /** Bytes that may wait to be copied before the writer is asked to wait. @default 64 KiB */
  highWaterMark?: number | undefined;
  /** Aborts the stream with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /** Whether the file is closed when the stream has ended, also by an error. @default false */
  autoClose?: boolean | undefined;
}

const USUAL_MARK = 64 * 1024;

function chunkBytes(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) return bytesOf('chunk', chunk);
  throw invalidType('chunk', 'a string, an ArrayBuffer or a view of one', chunk);
}

function chunkLength(chunk: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk);
  return chunk instanceof ArrayBuffer || ArrayBuffer.isView(chunk) ? chunk.byteLength : 0;
}

/** By itself: a function made in the sink would keep that from being collected. */
function tellClosing(sink: FileSink): void {
  sink.fileCloses();
}

/** Brings the chunks of a web stream to the file. */
class FileSink {
  readonly #opened: Opened;
  readonly #behind: WriteBehind;
  readonly #flush: boolean;
  readonly #autoClose: boolean;
  /** Lets the file be closed. */
  readonly #leave: () => void;
  #controller: WritableStreamDefaultController | undefined;
  #ended: Promise<void> | undefined;
  readonly #forget: (() => void)[] = [];

  constructor(opened: Opened, options: WritableWebStreamOptions) {
    const { flush, ...behind } = behindOptions(options);
    this.#flush = flush;
    this.#autoClose = flag('options.autoClose', options.autoClose, false);
    this.#opened = opened;
    this.#behind = new WriteBehind(opened.file, behind, (error) => {
      this.#fail(error);
    });
    this.#leave = opened.file.keepOpen(this, tellClosing);
  }

  start(controller: WritableStreamDefaultController, signal: AbortSignal | undefined): void {
    this.#controller = controller;
    // The stream calls `abort` when the write has ended that is under way, which may wait for memory.
    const stop = (): void => {
      this.#end(closedError('stream')).catch(() => undefined);
    };
    // Not in @types/node yet.
    const { signal: aborting } = controller as { signal?: AbortSignal };
    if (aborting !== undefined) this.#forget.push(onAbort(aborting, stop));
    if (signal === undefined) return;
    const aborted = (): void => {
      this.#fail(abortError(signal));
    };
    if (isAborted(signal)) aborted();
    else this.#forget.push(onAbort(signal, aborted));
  }

  async write(chunk: unknown): Promise<void> {
    try {
      const bytes = chunkBytes(chunk);
      await new Promise<void>((resolve, reject) => {
        this.#behind.push([bytes], (error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      });
    } catch (error) {
      await this.#end(error as Error);
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      await this.#behind.flush();
      if (this.#flush) await this.#opened.sync();
    } catch (error) {
      await this.#end(error as Error);
      throw error;
    }
    await this.#end(closedError('stream'));
  }

  async abort(): Promise<void> {
    await this.#end(closedError('stream'));
  }

  /** The file is to be closed. */
  fileCloses(): void {
    this.#fail(closedError('file', this.#opened.file.facts.path));
  }

  #fail(error: Error): void {
    this.#controller?.error(error);
    // What closing the file fails with is told to who closes it, or to nobody.
    this.#end(error).catch(() => undefined);
  }

  #end(error: Error): Promise<void> {
    this.#ended ??= this.#finish(error);
    return this.#ended;
  }

  async #finish(error: Error): Promise<void> {
    for (const forget of this.#forget) forget();
    await this.#behind.stop(error);
    this.#leave();
    if (this.#autoClose) await this.#opened.close();
  }
}

/** A web stream that writes a file. */
export function writableWebStream(opened: Opened, options: unknown): WritableStream<WebChunk> {
  const given: WritableWebStreamOptions = optionsObject('options', options);
  const signal = given.signal === undefined ? undefined : signalOf(given.signal);
  const highWaterMark = integer('options.highWaterMark', given.highWaterMark ?? USUAL_MARK, 0, Number.MAX_SAFE_INTEGER);
  const sink = new FileSink(opened, given);
  const classes = webStreams();
  return new classes.WritableStream<WebChunk>(
    {
      start: (controller) => {
        sink.start(controller, signal);
      },
      write: async (chunk) => sink.write(chunk),
      close: async () => sink.close(),
      abort: async () => sink.abort(),
    },
    { highWaterMark, size: chunkLength },
  );
}
