import type { Alignment } from './alignment.js';
import { closedError, kernelError } from './errors.js';
import { closeInode, type Inode } from './inode.js';
import { closeFile } from './native.js';
import type { SubmissionQueue } from './submission-queue.js';

/** What is known of a file from its opening on. */
export interface FileFacts {
  readonly handle: number;
  readonly fd: number;
  readonly path: string;
  readonly alignment: Alignment;
  readonly direct: boolean;
  readonly blockDevice: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Whether every write goes to the end of the file. */
  readonly append: boolean;
  readonly exact: boolean;
  readonly inode: Inode;
  readonly queue: SubmissionQueue;
}

/** An open file, the operations under way on it, and the place where the last sequential one ended. */
export class OpenFile {
  readonly facts: FileFacts;
  #pending = 0;
  #idle: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #position = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(facts: FileFacts) {
    this.facts = facts;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Counts an operation in; throws where the file is closing. Pair with {@link OpenFile.end}. */
  begin(): void {
    if (this.#closing !== undefined) throw closedError('file');
    this.#pending++;
  }

  end(): void {
    if (--this.#pending === 0) this.#idle?.();
  }

  /** Runs `work` as one operation on the file. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** Runs `work` at the place where the last call ended, one after the other; it tells the bytes that it moved. */
  async sequentially<T>(work: (position: number) => Promise<T>, moved: (result: T) => number): Promise<T> {
    const before = this.#turn;
    let done = (): void => undefined;
    this.#turn = new Promise<void>((resolve) => (done = resolve));
    await before;
    try {
      const result = await work(this.#position);
      this.#position += moved(result);
      return result;
    } finally {
      done();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A manual queue would keep what is enqueued, and this promise, for ever.
    if (this.#pending > 0 && !this.facts.queue.closed) this.facts.queue.flush();
    if (this.#pending > 0) await new Promise<void>((idle) => (this.#idle = idle));
    closeInode(this.facts.inode);
    const failure = await closeFile(this.facts.handle);
    if (failure) throw kernelError(failure.errno, failure.syscall, { path: this.facts.path });
  }
}
