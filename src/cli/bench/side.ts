import { Int32Histogram } from 'hdr-histogram-js';

/** Nanoseconds: longer is counted as this long. */
const LONGEST = 3600e9;

/** A histogram as numbers that cross to another thread: pairs of nanoseconds and how many took that long. */
export type Counts = Float64Array<ArrayBuffer>;

/** What the reads, or the writes, of a thread come to. */
export class Side {
  operations = 0;
  /** Of their latencies, in milliseconds. */
  sum = 0;
  readonly #latency = new Int32Histogram(1, LONGEST, 3);

  /** @param millis from the call to its result. */
  add(millis: number): void {
    this.operations++;
    this.sum += millis;
    this.#latency.recordValue(Math.min(LONGEST, Math.max(1, Math.round(millis * 1e6))));
  }

  reset(): void {
    this.operations = 0;
    this.sum = 0;
    this.#latency.reset();
  }

  counts(): Counts {
    const pairs: number[] = [];
    const { countsArrayLength } = this.#latency;
    for (let index = 0; index < countsArrayLength; index++) {
      const count = this.#latency.getCountAtIndex(index);
      if (count > 0) pairs.push(this.#latency.medianEquivalentValue(this.#latency.valueFromIndex(index)), count);
    }
    return Float64Array.from(pairs);
  }
}
