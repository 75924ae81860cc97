import { EIO } from '../errnos.js';
import type { KernelError } from '../errors.js';

/** A write that was begun. */
export interface Entry {
  readonly position: number;
  readonly length: number;
  /** Bytes that are in the file. */
  moved: number;
  state: 'under way' | 'done' | 'failed';
}

/** Keeps account of writes that follow one another in the file and end in any order. */
export class Ledger {
  /** In order of position: from the first that is not done, or has failed. */
  readonly #entries: Entry[] = [];
  #bytes = 0;
  /** Position behind the last byte that may have been changed. */
  #reach = 0;
  #failure: { error: Error; position: number } | undefined;

  /** Bytes in the file without a gap; after {@link Ledger.cover} all that have changed in it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The failure that is first in the file; undefined while there is none. */
  get failure(): Error | undefined {
    return this.#failure?.error;
  }

  /** Position behind the bytes without a gap, where a write has failed; undefined where none has. */
  get gap(): number | undefined {
    const first = this.#entries[0];
    return first && first.position + first.moved;
  }

  /** Position behind the last byte that may have been changed. */
  get reach(): number {
    return this.#reach;
  }

  begin(position: number, length: number): Entry {
    const entry: Entry = { position, length, moved: 0, state: 'under way' };
    this.#entries.push(entry);
    return entry;
  }

  /** A write has ended, if by an error then with it. */
  end(entry: Entry, error?: Error): void {
    entry.state = error === undefined ? 'done' : 'failed';
    // A device that fails in the midst of a write may have done any part of it.
    const unsure = error !== undefined && (error as Partial<KernelError>).errno === EIO;
    const changed = unsure ? entry.length : entry.moved;
    if (changed > 0) this.#reach = Math.max(this.#reach, entry.position + changed);
    if (error !== undefined) this.fail(error, entry.position);
    while (this.#entries[0]?.state === 'done') this.#bytes += (this.#entries.shift() as Entry).moved;
  }

  /** Something failed by which nothing was changed. */
  fail(error: Error, position = Infinity): void {
    if (this.#failure === undefined || position < this.#failure.position) this.#failure = { error, position };
  }

  /** Ends the account of a failure, when all has ended: `size` bytes are left of the file. */
  cover(size: number): void {
    const { gap } = this;
    if (gap === undefined) return;
    this.#bytes += this.#entries[0]?.moved ?? 0;
    this.#bytes += Math.max(0, Math.min(this.#reach, size) - gap);
    this.#entries.length = 0;
  }
}
