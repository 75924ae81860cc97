import { randomBytes } from 'node:crypto';
import fc from 'fast-check';

import { eachDirectory } from '../../support/targets.js';
import { partsOf, Served } from '../../support/media-server.js';

const RUNS = 60;
const BLOCK = 16 * 1024;
const MOST = 5 * BLOCK;

type Asked = { first: number; length: number } | { from: number } | { last: number };

/** What RFC 9110 says a range is of, without the parser's help. */
function sliceOf(content: Buffer, asked: Asked): [number, number] | undefined {
  const size = content.byteLength;
  const [start, end] =
    'last' in asked
      ? [Math.max(0, size - asked.last), size]
      : 'from' in asked
        ? [asked.from, size]
        : [asked.first, Math.min(size, asked.first + asked.length)];
  return start < end ? [start, end] : undefined;
}

function written(asked: Asked): string {
  if ('last' in asked) return `-${asked.last}`;
  return 'from' in asked ? `${asked.from}-` : `${asked.first}-${asked.first + asked.length - 1}`;
}

/** Near the edges of blocks more often than not. */
const position = fc.oneof(
  fc.nat(MOST + 10),
  fc.tuple(fc.nat(6), fc.integer({ min: -2, max: 2 })).map(([block, by]) => Math.max(0, block * BLOCK + by)),
);
const asked: fc.Arbitrary<Asked> = fc.oneof(
  fc.record({ first: position, length: position.map((bytes) => bytes + 1) }),
  fc.record({ from: position }),
  fc.record({ last: position }),
);

eachDirectory('random ranges of random files have the bytes that Buffer.subarray has', async (t, target) => {
  const served = await Served.start(t, { blockBytes: BLOCK, memoryBytes: 4 * BLOCK }, true, target.directory);
  const property = fc.asyncProperty(position, fc.array(asked, { minLength: 1, maxLength: 4 }), async (size, ranges) => {
    const content = randomBytes(size);
    served.write('file.bin', content);
    const reply = await served.get('/file.bin', { Range: `bytes=${ranges.map(written).join(',')}` });
    const slices = ranges.map((range) => sliceOf(content, range)).filter((slice) => slice !== undefined);
    if (slices.length === 0) return size === 0 ? reply.status === 200 || reply.status === 416 : reply.status === 416;
    if (reply.status !== 206) return false;
    // Each answered range has its bytes, and together they cover those that were asked for, and no more.
    const range = reply.headers['content-range'];
    const parts = range === undefined ? partsOf(reply) : [{ range, bytes: reply.body }];
    const covered = new Set<number>();
    for (const part of parts) {
      const [, start, end, of] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(part.range)!.map(Number) as [
        0,
        number,
        number,
        number,
      ];
      if (of !== size || !part.bytes.equals(content.subarray(start, end + 1))) return false;
      for (let index = start; index <= end; index++) covered.add(index);
    }
    const wanted = new Set<number>();
    for (const [start, end] of slices) for (let index = start; index < end; index++) wanted.add(index);
    return covered.size === wanted.size && [...wanted].every((index) => covered.has(index));
  });
  await fc.assert(property, { numRuns: RUNS });
  await served.until(({ transfers, memory }) => transfers === 0 && memory?.blocks === 0);
  t.pass();
});
