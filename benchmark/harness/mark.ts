/** Writes a block's own position into its first eight bytes: all that a measurement of writes does with its memory. */
export function mark(block: Buffer, position: number): void {
  block.writeDoubleLE(position, 0);
}

export function isMarked(block: Buffer, position: number): boolean {
  return block.readDoubleLE(0) === position;
}
