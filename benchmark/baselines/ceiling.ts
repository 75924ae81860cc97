import type { Contestant } from '../harness/contestant.js';

export const CEILING = 'ceiling';

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
    part: batch === undefined ? 'always' : 'extra',
    command: () => ({ file: executable, arguments: batch === undefined ? [] : ['--batch', String(batch)] }),
  };
}
