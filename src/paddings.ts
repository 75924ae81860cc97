/** A time in which a file's last block was padded by a write, or in which it was not, and the time after it. */
export interface Phase {
  /** Bytes that the file truly had when it began to be padded; Infinity where it was not. */
  readonly length: number;
  next: Phase | undefined;
}

const phase = (length: number): Phase => ({ length, next: undefined });

/** For who remembers none. */
export const NO_PHASE = phase(Infinity);

/**
 * When a file was padded, as far back as somebody remembers: a read that overlapped such a time must not show the padding, nor
 * blocks that were written behind a gap, whatever the file's length is when its end is told.
 */
export class Paddings {
  #now = phase(Infinity);

  /** To be remembered by a read that begins. */
  get now(): Phase {
    return this.#now;
  }

  /** A write begins that pads the last block, of a file that has so many bytes. */
  begin(length: number): void {
    this.#now = this.#now.next = phase(length);
  }

  /** What it wrote is there, and the padding is cut off. */
  end(): void {
    this.begin(Infinity);
  }

  /** How many of the bytes that a read from `position` on has got were the file's all the time since it began. */
  visible(since: Phase, position: number, bytes: number): number {
    if (since === this.#now && since.length === Infinity) return bytes;
    let least = Infinity;
    for (let each: Phase | undefined = since; each !== undefined; each = each.next)
      least = Math.min(least, each.length);
    return Math.max(0, Math.min(bytes, least - position));
  }
}
