/** Takes an ArrayBuffer's memory away, as when it is posted: Node 22 and later refuse to post what came from a native module. */
export function transferAway(memory: ArrayBufferLike): void {
  // Gone already.
  if (memory.byteLength === 0) return;
  const { transfer } = memory as { transfer?: () => ArrayBuffer };
  if (transfer === undefined) structuredClone(memory, { transfer: [memory as ArrayBuffer] });
  else transfer.call(memory);
}
