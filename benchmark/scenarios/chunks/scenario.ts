import type { Contestant, Scenario } from '../../harness/contestant.js';

const BLOCK = 4096;
const FIXED = [1, 2, 4, 8, 16, 32, 64, 128] as const;
const DEPTHS = [8, 32, 128, 512] as const;
/** Seconds before it is measured: it finds its chunk within one. */
const SEARCH = 1.5;

/** The chunk that the queue looks for itself (`chunk: 'auto'`). */
export const SEARCHED = 'linux-aio, searched chunk';

/** The chunk of a queue that was asked for none. */
export const USUAL_CHUNK = 'linux-aio, usual chunk';

/** What the names of those begin with that have another. */
export const FIXED_CHUNK = 'linux-aio, chunks of';

/** What goes into one io_submit(2): random reads with a promise each by queues that differ in that only. */
export function chunks(program: (name: string) => string): Scenario {
  const byPromise = program('scenarios/random/by-promise');
  const command = (...own: string[]) => ({ file: process.execPath, arguments: [byPromise, ...own] });
  const fixed = (chunk: (typeof FIXED)[number]): Contestant => ({
    name: `${FIXED_CHUNK} ${chunk}`,
    summary: `a promise for each operation, at most ${chunk} iocbs in one io_submit`,
    applies: ({ depth }) => chunk <= depth,
    command: () => command('--chunk', String(chunk)),
  });
  const searched: Contestant = {
    name: SEARCHED,
    summary: "a promise for each operation, chunk: 'auto'",
    own: () => ({ warmup: SEARCH }),
    command: () => command('--chunk', 'auto'),
  };
  const usual: Contestant = {
    name: USUAL_CHUNK,
    summary: 'a promise for each operation, no chunk asked for',
    command: () => command(),
  };
  return {
    name: 'chunks',
    write: false,
    share: 0.5,
    rare: true,
    depths: {
      smoke: { tmpfs: [], loop: [8], disk: [] },
      usual: { tmpfs: [32], loop: [32], disk: [32] },
      full: { tmpfs: DEPTHS, loop: DEPTHS, disk: DEPTHS },
    },
    wide: () => false,
    block: BLOCK,
    reference: SEARCHED,
    contestants: [searched, usual, ...FIXED.map(fixed)],
  };
}
