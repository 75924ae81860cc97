import type { Contestant } from '../harness/contestant.js';

export const CEILING = 'ceiling';
const OF_TWO = 'ceiling, two threads';

/**
 * The crate's example `ceiling`: the tightest loop over the same system calls.
 *
 * @param batch most iocbs in one io_submit; all that completed when it is left out.
 */
export function ceiling(executable: string, batch?: number): Contestant {
  const chunk = batch === undefined ? 'all that completed' : `at most ${batch} of them`;
  return {
    name: batch === undefined ? CEILING : `${CEILING}, chunks of ${batch}`,
    summary: `Rust, one thread, raw system calls; one io_submit takes ${chunk}`,
    // Where operations complete in it, a smaller submit is only more of them.
    applies: ({ target, depth }) => batch === undefined || (target !== 'tmpfs' && depth > batch),
    command: () => ({ file: executable, arguments: batch === undefined ? [] : ['--batch', String(batch)] }),
  };
}

/** Two such loops at half the depth each: what two threads can do where operations are copies in memory. */
export function ceilingOfTwo(executable: string): Contestant {
  return {
    name: OF_TWO,
    summary: 'Rust, the same with two threads, a context and half of the depth for each',
    part: 'extra',
    applies: ({ target, depth }) => target === 'tmpfs' && depth % 2 === 0,
    command: () => ({ file: executable, arguments: ['--threads', '2'] }),
  };
}
