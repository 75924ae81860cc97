/**
 * What an operation may cost, by counts that no other program on the machine disturbs. Lower a bound when the library has
 * become cheaper; raise one only with a reason in the commit.
 */

/** The operations of one turn go down in one call. */
export const NATIVE_CALLS_PER_TURN = 1;

/** Operations in one io_submit(2): the queue's default. */
export const CHUNK = 8;

/** JavaScript calls for one wake-up: what arrives while completions are handed up goes up in the same turn. */
export const CALLBACKS_PER_WAKEUP = 4;

/** JavaScript heap, the caller's loop included: a few per cent above what was measured. */
export const HEAP_BYTES_PER_OPERATION = {
  promises: { 32: 880, 128: 880 },
  batches: { 32: 320, 128: 320 },
} as const;
