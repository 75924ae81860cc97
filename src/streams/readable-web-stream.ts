import type { ReadableByteStreamController, ReadableStream } from 'node:stream/web';

import { onAbort } from '../abort.js';
import { abortError, invalidValue } from '../errors.js';
import { flag, optionsObject } from '../options.js';
import { planOf, type BlocksOptions, type ReadPlan } from './block-options.js';
import { ByteReader } from './byte-reader.js';
import { webStreams } from './node-web-streams.js';
import type { StreamSource } from './source.js';

/** What a web stream reads. */
export interface ReadableWebStreamOptions extends BlocksOptions {
  /** There is no other: readers may bring their own memory (BYOB). @default 'bytes' */
  type?: 'bytes' | undefined;
  /**
   * Position of the first byte. @default where the last sequential operation ended: then the file's position follows the
   * stream's
   */
  start?: number | undefined;
  /** Close the file when the stream has ended, was cancelled or has failed. @default false */
  autoClose?: boolean | undefined;
}

/** See {@link DirectFile.readableWebStream}. */
export function readableWebStream(source: StreamSource, given: unknown): ReadableStream<Uint8Array> {
  const options = optionsObject('options', given) as ReadableWebStreamOptions;
  const type: unknown = options.type;
  if (type !== undefined && type !== 'bytes') throw invalidValue('options.type', "must be 'bytes'", type);
  const autoClose = flag('options.autoClose', options.autoClose, false);
  const plan = planOf(source.file, options);
  source.file.admit();
  const bytes = new ByteSource(source, plan, options.start === undefined, autoClose);
  const classes = webStreams();
  return new classes.ReadableStream(bytes, { highWaterMark: 0 });
}

/** What a byte stream pulls from. */
class ByteSource {
  readonly type = 'bytes';
  readonly #source: StreamSource;
  readonly #plan: ReadPlan;
  readonly #sequential: boolean;
  readonly #autoClose: boolean;
  #reader: ByteReader | undefined;
  #unlisten: (() => void) | undefined;
  #over = false;

  constructor(source: StreamSource, plan: ReadPlan, sequential: boolean, autoClose: boolean) {
    this.#source = source;
    this.#plan = plan;
    this.#sequential = sequential;
    this.#autoClose = autoClose;
  }

  start(controller: ReadableByteStreamController): void {
    const { signal } = this.#plan;
    if (signal === undefined) return;
    this.#unlisten = onAbort(signal, () => {
      controller.error(abortError(signal));
      void this.#end().catch(() => undefined);
    });
  }

  async pull(controller: ReadableByteStreamController): Promise<void> {
    const more = await this.#move(controller);
    if (more || this.#over) return;
    await this.#end();
    controller.close();
    // Whoever waits with memory of his own is told that nothing came.
    controller.byobRequest?.respond(0);
  }

  /** Whether there was more. */
  async #move(controller: ReadableByteStreamController): Promise<boolean> {
    try {
      const reader = this.#reader ?? (await this.#begin());
      const more = await reader.ready();
      if (more) this.#give(controller, reader);
      return more;
    } catch (error) {
      // An abort has told its own.
      if (this.#over) return false;
      await this.#end().catch(() => undefined);
      throw error;
    }
  }

  async cancel(): Promise<void> {
    await this.#end();
  }

  async #begin(): Promise<ByteReader> {
    const start = this.#sequential ? await this.#source.file.sequentialPosition() : this.#plan.start;
    const plan = { ...this.#plan, start, signal: undefined };
    const reader = new ByteReader(this.#source, plan, plan.size, this.#sequential);
    this.#reader = reader;
    // Cancelled meanwhile.
    if (this.#over) reader.stop();
    return reader;
  }

  #give(controller: ReadableByteStreamController, reader: ByteReader): void {
    const view = controller.byobRequest?.view;
    if (view === undefined || view === null) {
      controller.enqueue(reader.piece(this.#plan.size));
      return;
    }
    const bytes = reader.copy(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    controller.byobRequest?.respond(bytes);
  }

  async #end(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#unlisten?.();
    this.#reader?.stop();
    await this.#reader?.idle();
    if (this.#autoClose) await this.#source.file.close();
  }
}
