import type { AlignedBuffer } from '../aligned-buffer.js';
import { alignDown, alignUp } from '../alignment.js';

/** A part of what was gathered that is written by itself. */
export interface Part {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** Bytes for a stretch of the file, gathered in memory of a pool. */
export class Gathering {
  readonly start: number;
  readonly memory: AlignedBuffer;
  #filled = 0;

  /** `memory` is as long as the stretch. */
  constructor(start: number, memory: AlignedBuffer) {
    this.start = start;
    this.memory = memory;
  }

  /** Position behind the last byte that has come. */
  get end(): number {
    return this.start + this.#filled;
  }

  get isFull(): boolean {
    return this.#filled === this.memory.byteLength;
  }

  /** Copies as much of a chunk from `offset` on as there is room for; how many bytes. */
  take(chunk: Uint8Array, offset: number): number {
    const bytes = Math.min(chunk.byteLength - offset, this.memory.byteLength - this.#filled);
    this.memory.set(bytes === chunk.byteLength ? chunk : chunk.subarray(offset, offset + bytes), this.#filled);
    this.#filled += bytes;
    return bytes;
  }

  /** What is there, whole blocks of `step` bytes apart from the rest behind them: they need no copy. */
  parts(step: number): Part[] {
    const { start, end } = this;
    const cut = start % step === 0 ? Math.max(start, alignDown(end, step)) : start;
    return [
      { position: start, bytes: this.memory.subarray(0, cut - start) },
      { position: cut, bytes: this.memory.subarray(cut - start, end - start) },
    ].filter(({ bytes }) => bytes.byteLength > 0);
  }
}

/** Where a stretch from `start` on ends: at the next block where it is none's beginning, else at a multiple of `size`. */
export function stretchEnd(start: number, step: number, size: number): number {
  return start % step === 0 ? alignDown(start, size) + size : alignUp(start, step);
}
