/**
 * What an operation may cost, by counts that no other program on the machine disturbs. Lower a bound when the library has
 * become cheaper; raise one only with a reason in the commit.
 */

/** The operations of one turn go down in one call. */
export const NATIVE_CALLS_PER_TURN = 1;

/** Operations in one io_submit(2), as asked for: what the queue would find by itself is not the same in each run. */
export const CHUNK = 8;

/** The same for files on tmpfs, where nothing is asked for. */
export const INLINE_CHUNK = 64;

/** JavaScript calls for one wake-up, or for one wait that a completion ended: what arrives while completions are handed up goes up in the same turn. */
export const CALLBACKS_PER_WAKEUP = 4;

/** Completions of one wake-up, at the least, on tmpfs, where all are there when io_submit(2) returns. */
export const COMPLETIONS_PER_WAKEUP = 4;

/**
 * JavaScript heap, the caller's loop included, by form and depth: 3 % above the most that Node.js 20, 22, 24 and 26 took. A batch
 * is a quarter of the depth, and what it takes is shared by its operations.
 */
export const HEAP_BYTES_PER_OPERATION = {
  promises: { 32: 614, 128: 605 },
  writes: { 32: 750, 128: 745 },
  callbacks: { 32: 250, 128: 167 },
  batches: { 32: 246, 128: 63 },
  prepared: { 32: 76, 128: 27 },
} as const;

/**
 * The same, of a native call beyond one for the whole depth, where operations have a promise each: a disk's completions are handed
 * on a portion at a time, and what follows from each goes down with it.
 */
export const HEAP_BYTES_PER_NATIVE_CALL = 300;

/** The same, of a turn of the loop with a callback, most of it Node's: the slower a disk, the fewer operations come up in one. */
export const HEAP_BYTES_PER_CALLBACK = 520;
