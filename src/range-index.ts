/** A range of a file, and what is noted on it. */
export interface Ranged {
  readonly start: number;
  readonly end: number;
  /** The last search that has come upon it. */
  seen: number;
}

/** Bytes of a part of the file. */
const PART = 16 * 1024;
/** Parts of the longest range that is found by its parts; longer ones are always looked at. */
const PARTS = 64;

/** Ranges by the parts of the file that they lie in, so that those about a place are found among very many. */
export class RangeIndex<R extends Ranged> {
  readonly #parts = new Map<number, Set<R>>();
  readonly #all = new Set<R>();
  readonly #long = new Set<R>();
  #searches = 0;

  add(range: R): void {
    this.#all.add(range);
    if (isLong(range)) {
      this.#long.add(range);
      return;
    }
    for (const part of partsOf(range)) {
      const there = this.#parts.get(part);
      if (there === undefined) this.#parts.set(part, new Set([range]));
      else there.add(range);
    }
  }

  delete(range: R): void {
    this.#all.delete(range);
    if (isLong(range)) {
      this.#long.delete(range);
      return;
    }
    for (const part of partsOf(range)) {
      const there = this.#parts.get(part);
      there?.delete(range);
      if (there?.size === 0) this.#parts.delete(part);
    }
  }

  /** Calls `visit` for every range that overlaps another, once. */
  eachOverlapping(other: Pick<Ranged, 'start' | 'end'>, visit: (range: R) => void): void {
    const look = (range: R): void => {
      if (range.start < other.end && other.start < range.end) visit(range);
    };
    if (isLong(other)) {
      this.#all.forEach(look);
      return;
    }
    const search = ++this.#searches;
    for (const part of partsOf(other)) {
      for (const range of this.#parts.get(part) ?? []) {
        if (range.seen === search) continue;
        range.seen = search;
        look(range);
      }
    }
    this.#long.forEach(look);
  }
}

function firstPart({ start }: Pick<Ranged, 'start'>): number {
  return Math.floor(start / PART);
}

function lastPart({ end }: Pick<Ranged, 'end'>): number {
  return Math.ceil(end / PART) - 1;
}

function* partsOf(range: Pick<Ranged, 'start' | 'end'>): Generator<number> {
  const last = lastPart(range);
  for (let part = firstPart(range); part <= last; part++) yield part;
}

function isLong(range: Pick<Ranged, 'start' | 'end'>): boolean {
  return lastPart(range) - firstPart(range) >= PARTS;
}
