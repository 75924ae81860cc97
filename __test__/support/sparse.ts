import { closeSync, ftruncateSync, fsyncSync, openSync, writeSync } from 'node:fs';
import fc from 'fast-check';

import { DirectFile } from '../../src/direct-file.js';
import { dataRanges, type Range } from '../../src/data-ranges.js';
import { open } from '../../index.js';

/** A file of holes and data, one after the other, and what is in it. */
export interface Sparse {
  readonly size: number;
  readonly parts: readonly (Range & { readonly content: Buffer })[];
}

/** Lengths around those of pages, sectors, and the blocks of a transfer. */
const length = fc.oneof(
  fc.constantFrom(0, 1, 511, 512, 4095, 4096, 4097, 65_536, 65_537, 200_000),
  fc.integer({ min: 0, max: 300_000 }),
);

/** Random layouts; `fill` is the seed of what is in them. */
export const layout: fc.Arbitrary<Sparse> = fc
  .record({
    parts: fc.array(fc.tuple(length, length), { maxLength: 8 }),
    tail: length,
    fill: fc.integer({ min: 1, max: 250 }),
  })
  .map(({ parts, tail, fill }) => {
    let size = 0;
    const placed = parts.map(([hole, data]) => {
      const start = size + hole;
      size = start + data;
      return { start, end: size, content: patterned(data, fill + start) };
    });
    return { size: size + tail, parts: placed };
  });

/** Bytes that differ from their neighbours, and from those of other seeds; none is zero. */
export function patterned(size: number, seed: number): Buffer {
  const content = Buffer.allocUnsafe(size);
  for (let at = 0; at < size; at++) content[at] = 1 + ((at * 31 + (at >>> 8) * 7 + seed) % 255);
  return content;
}

export function contentOf({ size, parts }: Sparse): Buffer {
  const content = Buffer.alloc(size);
  for (const { start, content: part } of parts) part.copy(content, start);
  return content;
}

/** Makes the file anew, its holes never written. */
export function writeSparse(path: string, { size, parts }: Sparse): void {
  const fd = openSync(path, 'w');
  ftruncateSync(fd, size);
  for (const { start, content } of parts) if (content.length > 0) writeSync(fd, content, 0, content.length, start);
  fsyncSync(fd);
  closeSync(fd);
}

/** Where a file holds data, as its filesystem tells it. */
export async function dataOf(path: string): Promise<Range[]> {
  await using file = await open(path);
  const { size } = await file.stat();
  const found: Range[] = [];
  for await (const range of dataRanges(DirectFile.inside(file), size)) found.push(range);
  return found;
}
