import { refuseAborted } from './abort.js';
import { alignDown, alignUp } from './alignment.js';
import type { OpenFile } from './open-file.js';
import { PREAD } from './opcodes.js';
import type { Manner } from './options.js';
import { throughPieces, transfer } from './pieces.js';
import type { Views } from './views.js';

/** Reads the blocks that cover a range and copies the range out of them. */
export async function readCovering(
  file: OpenFile,
  views: Views,
  position: number,
  manner: Readonly<Manner>,
): Promise<number> {
  const { alignment, queue } = file.facts;
  const last = position + views.total;
  return throughPieces(
    alignDown(position, alignment.read),
    alignUp(last, alignment.read),
    manner.signal,
    async ({ start, end }) => {
      using block = await queue.bouncePool.acquireAsync(end - start);
      const bytes = await transfer(file, PREAD, block, start, manner);
      // The caller has been told: the memory is his again.
      refuseAborted(manner.signal);
      const from = Math.max(position, start);
      const to = Math.min(last, start + bytes);
      if (from < to) views.scatter(from - position, block.subarray(from - start, to - start));
      return { bytes: Math.max(0, to - from), whole: bytes === end - start };
    },
  );
}
