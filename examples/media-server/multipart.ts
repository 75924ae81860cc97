import { randomUUID } from 'node:crypto';
import type { Range } from './ranges.js';

/** The body of an answer with several ranges: RFC 9110, 14.6. */
export class Multipart {
  readonly contentType: string;
  readonly contentLength: number;
  /** What follows the last part. */
  readonly end: string;
  readonly #heads: string[];

  constructor(ranges: readonly Range[], size: number, partType: string) {
    const boundary = randomUUID();
    this.contentType = `multipart/byteranges; boundary=${boundary}`;
    this.end = `\r\n--${boundary}--\r\n`;
    this.#heads = ranges.map((range, index) => {
      const delimiter = `${index === 0 ? '' : '\r\n'}--${boundary}`;
      return `${delimiter}\r\nContent-Type: ${partType}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
    });
    const bytes = ranges.reduce((sum, { start, end }) => sum + end - start + 1, 0);
    this.contentLength = Buffer.byteLength([...this.#heads, this.end].join('')) + bytes;
  }

  /** What precedes the part. */
  head(index: number): string {
    return this.#heads[index]!;
  }
}

export function contentRange({ start, end }: Range, size: number): string {
  return `bytes ${start}-${end}/${size}`;
}
