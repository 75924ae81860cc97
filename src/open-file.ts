import type { Alignment } from './alignment.js';
import { closedError, kernelError } from './errors.js';
import { closeInode, type Inode } from './inode.js';
import { closeFile } from './native.js';
import { RWF_DSYNC } from './options.js';
import type { SubmissionQueue } from './submission-queue.js';

/** What is known of a file from its opening on. */
export interface FileFacts {
  readonly handle: number;
  readonly fd: number;
  readonly path: string;
  readonly alignment: Alignment;
  /** Bytes of what an unaligned write reads, changes and writes back. */
  readonly block: number;
  readonly direct: boolean;
  /** Who carries its operations out: kernel AIO or node:fs. */
  readonly carrier: 'aio' | 'fs';
  /** Why it is not kernel AIO past the page cache. */
  readonly reason: string | undefined;
  readonly blockDevice: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  /** Whether every write goes to the end of the file. */
  readonly append: boolean;
  /** Whether every write is durable when it settles. */
  readonly durable: boolean;
  readonly exact: boolean;
  readonly inode: Inode;
  readonly queue: SubmissionQueue;
}

/** An open file, the operations under way on it, and the place where the last sequential one ended. */
export class OpenFile {
  readonly facts: FileFacts;
  #pending = 0;
  #idle: (() => void) | undefined;
  #isClosing = false;
  #closing: Promise<void> | undefined;
  #position = 0;
  /** Errno of the sync that failed. */
  #unsynced: number | undefined;
  /** The end of the last sequential call, while one is under way. */
  #turn: Promise<void> | undefined;
  /** Those who keep it open, by what asks them to end. */
  readonly #keepers = new Set<() => void>();

  constructor(facts: FileFacts) {
    this.facts = facts;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Whether a write with such `RWF_*` bits is durable when it settles. */
  writesDurably(rwFlags: number): boolean {
    return this.facts.durable || (rwFlags & RWF_DSYNC) !== 0;
  }

  /** Throws where a new call comes too late. Those that came in time run to their end, all their steps. */
  admit(needsQueue = true): void {
    if (this.#closing !== undefined) throw closedError('file', this.facts.path);
    if (needsQueue && this.facts.queue.closed) throw closedError('queue');
  }

  /** Counts an admitted operation, or a step of it, in: the file stays open. Pair with {@link OpenFile.end}. */
  begin(): void {
    this.#pending++;
  }

  end(): void {
    if (--this.#pending === 0) this.#idle?.();
  }

  /**
   * Keeps the file open until the returned function is called, or `user` was collected; `end` asks for that when the file is to
   * be closed.
   */
  keepOpen<User extends object>(user: User, end: (user: User) => void): () => void {
    // Weak: the file is known to those who close it when all its users have forgotten it.
    const weak = new WeakRef(user);
    const leave = (): void => {
      if (this.#keepers.delete(keeper)) this.end();
    };
    const keeper = (): void => {
      const kept = weak.deref();
      if (kept === undefined) leave();
      else end(kept);
    };
    this.#keepers.add(keeper);
    this.begin();
    return leave;
  }

  /** A sync failed: the kernel forgets what it could not write, so a later one that succeeds would prove nothing. */
  failSync(errno: number): void {
    this.#unsynced ??= errno;
  }

  /** Throws where a sync of this descriptor has failed before. */
  refuseUnsynced(): void {
    if (this.#unsynced === undefined) return;
    const hint = 'an earlier sync of this file failed: what was written since the last good one may be lost; reopen it';
    throw kernelError(this.#unsynced, 'fsync', { path: this.facts.path, hint });
  }

  /** Runs `work` at the place where the last call ended, one after the other; `next` tells where it has ended. */
  async sequentially<T>(
    work: (position: number) => Promise<T>,
    next: (result: T, position: number) => number,
  ): Promise<T> {
    let done = (): void => undefined;
    const turn = new Promise<void>((resolve) => (done = resolve));
    // After that: code of the program can have run, which has hooks for every promise.
    const before = this.#turn;
    this.#turn = turn;
    // At once where nobody is before it: a microtask later, a write could be overtaken by one with a position.
    if (before !== undefined) await before;
    try {
      const result = await work(this.#position);
      this.#position = next(result, this.#position);
      return result;
    } finally {
      if (this.#turn === turn) this.#turn = undefined;
      done();
    }
  }

  /** Where the last sequential call ended, when those before this one are done. */
  async sequentialPosition(): Promise<number> {
    return this.sequentially(
      async (position) => Promise.resolve(position),
      (position) => position,
    );
  }

  /** The next sequential call begins there. */
  moveTo(position: number): void {
    this.#position = position;
  }

  /** As {@link OpenFile.sequentially}, for a write; `atEnd`: where the file ends rather, told by undefined. */
  async writeSequentially(atEnd: boolean, write: (position: number | undefined) => Promise<number>): Promise<number> {
    return this.sequentially(
      async (position) => write(atEnd ? undefined : position),
      (bytes, position) => (atEnd && bytes > 0 ? this.facts.inode.size : position + bytes),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Called within: code of the program can run before this, which has hooks for every promise.
    if (this.#isClosing) return this.#closing;
    this.#isClosing = true;
    for (const end of [...this.#keepers]) end();
    if (this.#pending > 0) await this.facts.queue.hastened(new Promise<void>((idle) => (this.#idle = idle)));
    closeInode(this.facts.inode, this.facts.queue);
    const failure = await closeFile(this.facts.handle);
    if (failure) throw kernelError(failure.errno, failure.syscall, { path: this.facts.path });
  }
}
