import type { Contestant } from '../../harness/contestant.js';

export const BATCHES = 'linux-aio, batches';
/** The same, each batch made anew. */
export const BATCHES_ANEW = 'linux-aio, readBatch';
export const PROMISES = 'linux-aio, promises';
/** Neither promises nor batches: for who needs it. */
export const CALLBACKS = 'linux-aio, callbacks';
/** Promises, with memory of another kind: for large blocks only. */
export const HUGE_PAGES = 'linux-aio, huge pages';

/** Both without the second thread that submits what is copied in memory. */
export const BATCHES_ALONE = 'linux-aio, batches, one thread';
export const PROMISES_ALONE = 'linux-aio, promises, one thread';

/** Promises where the loop always sleeps for what is under way. */
export const PROMISES_ASLEEP = 'linux-aio, promises, asleep';
/** Most in flight where being awake is to cost no more than that. */
const FEW = 8;

/** The library, in all of its forms. */
export function ours(program: (name: string) => string): Contestant[] {
  const one = (name: string, summary: string, file: string, ...own: string[]): Contestant => ({
    name,
    summary,
    command: () => ({ file: process.execPath, arguments: [program(`scenarios/random/${file}`), ...own] }),
  });
  const several = 'a promise for each, four batches in flight (on tmpfs one of less than 32)';
  const alone = (name: string, summary: string, file: string): Contestant => ({
    ...one(name, `${summary}; no second thread (helpers: false)`, file, '--helpers', 'false'),
    part: 'extra',
    applies: ({ target }) => target === 'tmpfs',
  });
  return [
    {
      ...one(BATCHES, `prepared batches, submitted again and again, ${several}`, 'by-batch'),
      // One of a single operation is a promise for it.
      applies: ({ depth }) => depth > 1,
    },
    { ...one(BATCHES_ANEW, `readBatch and writeBatch, ${several}`, 'by-batch', '--anew', 'true'), part: 'extra' },
    one(PROMISES, 'read and write, a promise for each operation', 'by-promise'),
    { ...one(CALLBACKS, 'read and write, a callback for each operation', 'by-callback'), part: 'extra' },
    alone(BATCHES_ALONE, `prepared batches, ${several}`, 'by-batch'),
    alone(PROMISES_ALONE, 'read and write, a promise for each operation', 'by-promise'),
    {
      ...one(
        PROMISES_ASLEEP,
        'the same, never awake for what is under way (spin: false)',
        'by-promise',
        '--spin',
        'false',
      ),
      part: 'extra',
      applies: ({ target, depth }) => target !== 'tmpfs' && depth <= FEW,
    },
  ];
}
