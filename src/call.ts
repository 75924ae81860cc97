import { untilAborted } from './abort.js';
import type { OpenFile } from './open-file.js';
import type { Views } from './views.js';

/** What a call of several steps keeps from its beginning to its end. */
export interface CallKeeps {
  signal: AbortSignal | undefined;
  /** The caller's memory. */
  views: Views | undefined;
  /** Whether a sync that begins later has to wait for it. */
  writes: boolean;
}

/** Each property its own: what a program has put into Object.prototype is not taken for one. */
const NOTHING: CallKeeps = { signal: undefined, views: undefined, writes: false };

/**
 * Runs a call that takes several operations or has to wait before the first. Until it ends the file stays open, its
 * queue submits by itself, and released memory is not handed out again. An abort is told at once; the steps
 * under way run to their end.
 */
export async function inSteps<T>(
  file: OpenFile,
  work: () => Promise<T>,
  keeps: Partial<CallKeeps> = NOTHING,
): Promise<T> {
  const all = { ...NOTHING, ...keeps };
  return untilAborted(async () => kept(file, work, all), all.signal);
}

async function kept<T>(file: OpenFile, work: () => Promise<T>, { views, writes }: CallKeeps): Promise<T> {
  const { inode, queue } = file.facts;
  views?.pin();
  const call = writes ? inode.writes.begin() : undefined;
  file.begin();
  queue.hold();
  try {
    return await work();
  } finally {
    queue.release();
    file.end();
    if (call !== undefined) inode.writes.end(call);
    views?.unpin();
  }
}
