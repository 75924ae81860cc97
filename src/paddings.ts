/** A time in which a file's last block was padded by a write, or in which it was not. */
export interface Phase {
  /** Bytes that the file truly had when it began to be padded; Infinity where it was not. */
  length: number;
  /** Of the times before it that nobody remembers, the least such length: it counts for who remembers older ones. */
  passed: number;
  /** Reads that began in it and are under way. */
  readers: number;
  /** The time after it, or a later one; `skipped`: the least length of those between. */
  next: Phase | undefined;
  skipped: number;
}

function phase(length: number): Phase {
  return { length, passed: Infinity, readers: 0, next: undefined, skipped: Infinity };
}

/** For who remembers none. */
export const NO_PHASE = phase(Infinity);

/**
 * When a file was padded, as far back as somebody remembers: a read that overlapped such a time must not show the padding, nor
 * blocks that were written behind a gap, whatever the file's length is when its end is told.
 */
export class Paddings {
  #now = phase(Infinity);

  /** A read begins: what it is to remember until it ends. */
  remember(): Phase {
    this.#now.readers++;
    return this.#now;
  }

  /** It has ended. */
  forget(since: Phase): void {
    since.readers--;
  }

  /** A write begins that pads the last block, of a file that has so many bytes. */
  begin(length: number): void {
    const now = this.#now;
    if (now.readers > 0) {
      this.#now = now.next = phase(length);
      return;
    }
    now.passed = Math.min(now.passed, now.length);
    now.length = length;
  }

  /** What it wrote is there, and the padding is cut off. */
  end(): void {
    this.begin(Infinity);
  }

  /** How many of the bytes that a read from `position` on has got were the file's all the time since it began. */
  visible(since: Phase, position: number, bytes: number): number {
    if (since === this.#now && since.length === Infinity) return bytes;
    const least = Math.min(since.length, leastBehind(since));
    return Math.max(0, Math.min(bytes, least - position));
  }
}

/** The least length behind a phase. Whoever asks again, of it or of one behind it, goes the way only once. */
function leastBehind(since: Phase): number {
  const way: Phase[] = [];
  let last = since;
  for (; last.next !== undefined; last = last.next) way.push(last);
  if (last === since) return since.skipped;
  let skipped = Infinity;
  for (const each of way.reverse()) {
    // The last of all is still to change.
    if (each.next !== last) skipped = Math.min(skipped, each.next!.passed, each.next!.length);
    each.skipped = skipped = Math.min(skipped, each.skipped);
    each.next = last;
  }
  return Math.min(since.skipped, last.passed, last.length);
}
