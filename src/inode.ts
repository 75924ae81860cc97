import { Paddings } from './paddings.js';
import type { BatchMode } from './queue-options.js';
import { WriteCalls } from './write-calls.js';
import { WriteRanges } from './write-ranges.js';

/** What {@link Inode} needs of a submission queue. */
export interface Hastened {
  readonly batch: BatchMode;
  hastened(end: Promise<void>): Promise<void>;
}

/** What all open files of one inode share in this thread. */
export interface Inode {
  readonly ranges: WriteRanges;
  readonly writes: WriteCalls;
  /** Bytes of the file as far as this thread knows; other processes may have changed it. */
  size: number;
  /** Bytes that space is reserved for, beyond the size too. */
  reserved: number;
  /** Lengths that the file is going to be cut to. */
  readonly cuts: number[];
  readonly paddings: Paddings;
  /**
   * What could not be cut off after the write that padded it: the true length, and where the padding ends. Undefined
   * where all was.
   */
  uncut: { length: number; padded: number } | undefined;
  /** Of its open files, with their number. Who waits for others' writes has these submit where the program does not. */
  readonly queues: Map<Hastened, number>;
  readonly key: string;
}

const inodes = new Map<string, Inode>();

/** The shared state of an inode, to be given to {@link closeInode} once. `size` is for who opens it first. */
export function openInode(key: string, size: number, queue: Hastened): Inode {
  let inode = inodes.get(key);
  if (inode === undefined) {
    const queues = new Map<Hastened, number>();
    const hasten = (end: Promise<void>): void => {
      for (const each of queues.keys()) if (each.batch === 'manual') each.hastened(end).catch(() => undefined);
    };
    inode = {
      ranges: new WriteRanges(hasten),
      writes: new WriteCalls(hasten),
      size,
      reserved: 0,
      cuts: [],
      paddings: new Paddings(),
      uncut: undefined,
      queues,
      key,
    };
    inodes.set(key, inode);
  }
  inode.queues.set(queue, (inode.queues.get(queue) ?? 0) + 1);
  return inode;
}

export function closeInode(inode: Inode, queue: Hastened): void {
  const left = (inode.queues.get(queue) ?? 0) - 1;
  if (left > 0) inode.queues.set(queue, left);
  else inode.queues.delete(queue);
  if (inode.queues.size === 0) inodes.delete(inode.key);
}

/** Bytes of the file as far as this thread knows, when all cuts are done that wait for their turn. */
export function leastSize({ size, cuts }: Inode): number {
  return Math.min(size, ...cuts);
}
