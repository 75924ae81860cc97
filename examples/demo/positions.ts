/** Positions that are held in memory at most: 4 MiB of numbers. */
const LIMIT = 2 ** 20;
/** In a file of fewer blocks they are read again and again: a round needs something to do. */
const FEW = 2 ** 14;

/** Whether a file is so small that its blocks come more than once in a round. */
export function repeats(size: number, block: number): boolean {
  return size < FEW * block;
}

/**
 * Random positions of blocks in a file of `size` bytes, none of them twice, so that a page cache that
 * was empty never has the answer ready. Gives -1 when there are no more. In small files they begin
 * again (see {@link repeats}), in files of more than 2^20 blocks repetitions are too rare to matter.
 */
export function randomPositions(size: number, block: number): () => number {
  const blocks = Math.max(1, Math.floor(size / block));
  if (blocks > LIMIT) return () => Math.floor(Math.random() * blocks) * block;
  const order = Uint32Array.from({ length: blocks }, (_, index) => index);
  for (let last = blocks - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    const moved = order[other] ?? 0;
    order[other] = order[last] ?? 0;
    order[last] = moved;
  }
  const again = repeats(size, block);
  let next = 0;
  return () => {
    if (again && next === blocks) next = 0;
    const index = order[next++];
    return index === undefined ? -1 : index * block;
  };
}
