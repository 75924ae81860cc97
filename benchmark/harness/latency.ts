import { build } from 'hdr-histogram-js';

/** How long operations took: quantiles, in microseconds. */
export interface Latency {
  p50: number;
  p90: number;
  p99: number;
  p999: number;
}

/** Timed in a second, at the most: one was measured to cost 0.3 to 0.5 us, so all of them less than 0.5 % of the time. */
const TIMED = 10_000;
/** More than are counted during the warm-up. */
const NEVER = 2 ** 30;

/** Times one operation of a contestant in so many, from its call to its result. */
export class LatencySampler {
  // Nanoseconds: a loop device answers in few microseconds.
  readonly #histogram = build({ highestTrackableValue: 3600e9, numberOfSignificantValueDigits: 3 });
  #stride = NEVER;
  /** Calls until the next one is timed. */
  #left = NEVER;

  /** Before each call. Gives the time for {@link end}, or 0 where the call is not timed. */
  begin(): number {
    if (--this.#left > 0) return 0;
    this.#left = this.#stride;
    return performance.now();
  }

  /** After its result. */
  end(began: number): void {
    if (began !== 0 && this.#stride !== NEVER)
      this.#histogram.recordValue(Math.round((performance.now() - began) * 1e6));
  }

  /** From now on calls are timed, as often as their rate of the `seconds` before allows. */
  start(seconds: number): void {
    const rate = (NEVER - this.#left) / seconds;
    // Odd, so as to be in step with no depth and no batch.
    this.#stride = Math.ceil(rate / TIMED) | 1;
    this.#left = this.#stride;
  }

  /** Ends it; nothing where nothing was timed. */
  stop(): Latency | undefined {
    this.#stride = NEVER;
    this.#left = NEVER;
    if (this.#histogram.totalCount === 0) return undefined;
    const micros = (percentile: number) => this.#histogram.getValueAtPercentile(percentile) / 1000;
    return { p50: micros(50), p90: micros(90), p99: micros(99), p999: micros(99.9) };
  }
}
