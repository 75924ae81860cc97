/** How far a transfer has come. */
export interface Progress {
  /** What it does: a copy that is verified does two things, one after the other. */
  phase: 'copy' | 'verify' | 'hash';
  /** Bytes that are done, of `total`. */
  bytes: number;
  /** Bytes that are to be moved, compared or hashed; of a copy, without those of holes. */
  total: number;
}

export type ProgressCallback = (progress: Progress) => void;

/** Milliseconds between two calls at the least, but for the last. */
const INTERVAL_MS = 100;

/** Tells how far one phase has come, not too often. What the callback throws, this throws. */
export class ProgressMeter {
  readonly #tell: ProgressCallback | undefined;
  readonly #phase: Progress['phase'];
  #total: number;
  #bytes = 0;
  #told = performance.now();

  constructor(tell: ProgressCallback | undefined, phase: Progress['phase'], total: number) {
    this.#tell = tell;
    this.#phase = phase;
    this.#total = total;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    // A file that grows data where it had holes has more of it than was counted.
    this.#total = Math.max(this.#total, this.#bytes);
    if (this.#tell === undefined || this.#bytes === this.#total) return;
    const now = performance.now();
    if (now - this.#told < INTERVAL_MS) return;
    this.#told = now;
    this.#tell({ phase: this.#phase, bytes: this.#bytes, total: this.#total });
  }

  /** The last call, with everything. */
  finish(): void {
    this.#tell?.({ phase: this.#phase, bytes: this.#bytes, total: this.#bytes });
  }
}
