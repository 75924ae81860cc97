const READERS = 4;

/** Runs `read` again and again, by several at once, until `work` is done; what either throws, this throws. */
export async function beside(work: Promise<unknown>, read: () => Promise<void>): Promise<void> {
  const state = { under: true };
  const readers = Array.from({ length: READERS }, async () => {
    while (state.under) await read();
  });
  const ended = work.finally(() => (state.under = false));
  await Promise.all([ended, ...readers]);
}
