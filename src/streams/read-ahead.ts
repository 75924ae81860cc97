/** Blocks of a window that a reader begins with. */
const FIRST = 2;
/** Blocks that are watched at least while the window grows. */
const SAMPLE = 4;
/** Blocks that are watched before it is said what a window costs. */
const EPOCH = 128;
/** Windows that are watched, where these are more blocks. */
const WINDOWS = 8;
/** Part of the time of a block that two windows may differ by and count as equal. */
const TOLERANCE = 0.04;
/** Part of his time that a consumer waits where more blocks would serve him. */
const WAITING = 0.1;
/** Epochs between two trials, at the most. */
const PATIENCE = 16;

/** What a number of blocks has cost the consumer, a block. */
interface Cost {
  /** Milliseconds that he has waited. */
  readonly waited: number;
  /** Milliseconds from one to the next. */
  readonly each: number;
}

/**
 * How many blocks are read ahead. It grows fast while the consumer has to wait, and then tries now and then whether half of it,
 * or twice, serves him as well: a fast device and a slow consumer need few, a device of long latency many.
 */
export class ReadAhead {
  readonly #limit: number;
  readonly #least: number;
  readonly #now: () => number;
  #blocks: number;
  #growing = true;
  #counted = 0;
  #waited = 0;
  #began: number;
  #usual: Cost | undefined;
  /** The window before the one that is being tried. */
  #before: number | undefined;
  #downwards = true;
  #patience = 1;
  #rest = 1;

  /** `limit` blocks at the most; `now` in milliseconds. */
  constructor(limit: number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#least = Math.min(1, limit);
    this.#blocks = Math.min(FIRST, limit);
    this.#now = now;
    this.#began = now();
  }

  /** Blocks to read ahead at present. */
  get blocks(): number {
    return this.#blocks;
  }

  /** The consumer got a block, at once or after some milliseconds. */
  took(waited: number): void {
    // What was read ahead for another window says nothing of this one.
    if (this.#counted++ < 0) return;
    if (this.#counted === 1) this.#began = this.#now() - waited;
    this.#waited += waited;
    if (this.#growing) this.#grow();
    else if (this.#counted >= Math.max(EPOCH, WINDOWS * this.#blocks)) this.#judge();
  }

  #grow(): void {
    if (this.#counted < Math.max(SAMPLE, this.#blocks)) return;
    const waiting = waits({ waited: this.#waited, each: this.#now() - this.#began });
    if (waiting && this.#blocks < this.#limit) this.#blocks = Math.min(this.#limit, 2 * this.#blocks);
    else this.#growing = false;
    this.#count(0);
  }

  #judge(): void {
    const cost = {
      waited: this.#waited / this.#counted,
      each: (this.#now() - this.#began) / this.#counted,
    };
    if (this.#before === undefined) this.#compare(cost);
    else this.#decide(cost, this.#before);
  }

  /** What the window costs now; whether to try another. */
  #compare(cost: Cost): void {
    const before = this.#usual;
    this.#usual = cost;
    this.#count(0);
    // A consumer who has become faster, or a device slower.
    if (before !== undefined && !waits(before) && waits(cost)) this.#growing = true;
    else if (--this.#rest <= 0) this.#try();
  }

  #try(): void {
    const from = this.#blocks;
    const half = Math.max(this.#least, Math.floor(from / 2));
    const tried = this.#downwards ? half : Math.min(this.#limit, 2 * from);
    if (tried === from) {
      this.#giveUp();
      return;
    }
    this.#before = from;
    this.#blocks = tried;
    this.#count(-from);
  }

  /** Whether the window that was tried is kept. */
  #decide(cost: Cost, before: number): void {
    const usual = this.#usual as Cost;
    const margin = TOLERANCE * usual.each;
    const kept = this.#downwards ? cost.waited <= usual.waited + margin : cost.waited < usual.waited - margin;
    this.#before = undefined;
    this.#count(0);
    if (kept) {
      this.#usual = cost;
      this.#patience = this.#rest = 1;
    } else {
      this.#blocks = before;
      this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#downwards = !this.#downwards;
    this.#patience = Math.min(PATIENCE, 2 * this.#patience);
    this.#rest = this.#patience;
  }

  #count(from: number): void {
    this.#counted = from;
    this.#waited = 0;
  }
}

function waits({ waited, each }: Cost): boolean {
  return waited > WAITING * each;
}
