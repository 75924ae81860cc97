import { kernelError } from './errors.js';
import { findData, isFailure } from './native.js';
import type { OpenFile } from './open-file.js';

/** Bytes of a file from `start` up to `end`, which is not one of them. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Ranges that are asked for in one call. */
const AT_ONCE = 1024;

/**
 * The parts of a file's first `length` bytes that hold data, in order: lseek(2) SEEK_DATA and SEEK_HOLE. Where the
 * filesystem does not tell, or the native part is not there, and of block devices, all is data.
 */
export async function* dataRanges(file: OpenFile, length: number): AsyncGenerator<Range, void, undefined> {
  let from = 0;
  while (from < length) {
    const bounds = await findFrom(file, from);
    for (let index = 0; index < bounds.length; index += 2) {
      const [start, end] = [bounds[index]!, Math.min(bounds[index + 1]!, length)];
      if (start >= length) return;
      yield { start, end };
    }
    if (bounds.length < 2 * AT_ONCE) return;
    from = bounds.at(-1)!;
  }
}

async function findFrom(file: OpenFile, from: number): Promise<Float64Array> {
  file.admit(false);
  file.begin();
  try {
    const bounds = await findData(file.facts.handle, from, AT_ONCE);
    if (isFailure(bounds)) throw kernelError(bounds.errno, bounds.syscall, { path: file.facts.path, position: from });
    return bounds;
  } finally {
    file.end();
  }
}
