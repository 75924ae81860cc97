// Runs in its own process: random operations with a promise each, `depth` of them at a time, on a queue with `--mode`. With
// `--apart` each operation begins in an event of its own, as those of a server's clients do.
import { MessageChannel } from 'node:worker_threads';
import { open, SubmissionQueue, type BatchMode } from '../../../index.js';
import { parseJob } from '../../harness/job.js';
import { type Handle, moveOneByOne } from '../../harness/lane.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { run } from '../../harness/window.js';

const { job, own } = parseJob(['mode', 'apart']);
const batch = own.mode as BatchMode;
const queue = await SubmissionQueue.create({ depth: job.depth, batch });
const file = await open(job.path, { flags: job.write ? 'r+' : 'r', queue, exact: true, direct: 'require' });

/** Operations after which a program that flushes by itself does so at once: as many as go into one io_submit(2). */
const PILE = 8;
let piled = 0;
let isAwaited = false;

function flush(): void {
  piled = 0;
  queue.flush();
}

/** The rest of a pile goes when the loop has no more events. */
function flushLater(): void {
  isAwaited = false;
  if (piled > 0) flush();
}

/** Flushes by hand: piles at once, what is left in the end. */
function begun<Result>(result: Promise<Result>): Promise<Result> {
  if (++piled >= PILE) flush();
  if (!isAwaited) {
    isAwaited = true;
    setImmediate(flushLater);
  }
  return result;
}

const byHand: Handle = {
  read: (...place) => begun(file.read(...place)),
  write: (...place) => begun(file.write(...place)),
};

/** Waits for an event that has come for the caller alone. */
function ownEvents(): { next: () => Promise<void>; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  let arrived: () => void = () => undefined;
  port2.on('message', () => {
    arrived();
  });
  return {
    next: () =>
      new Promise((resolve) => {
        arrived = resolve;
        port1.postMessage(0);
      }),
    close: () => {
      port1.close();
    },
  };
}

function apart(handle: Handle): { handle: Handle; close: () => void } {
  const events = ownEvents();
  return {
    handle: {
      read: async (...place) => {
        await events.next();
        return handle.read(...place);
      },
      write: async (...place) => {
        await events.next();
        return handle.write(...place);
      },
    },
    close: events.close,
  };
}

const handle: Handle = batch === 'manual' ? byHand : file;
await run(
  job,
  job.depth,
  async (course) => {
    const block = file.allocate(job.block);
    if (own.apart === undefined) {
      await moveOneByOne(course, job, handle, block);
      return;
    }
    const its = apart(handle);
    await moveOneByOne(course, job, its.handle, block);
    its.close();
  },
  queueCounters(queue),
);
await file.close();
await queue.close();
