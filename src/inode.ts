import { WriteCalls } from './write-calls.js';
import { WriteRanges } from './write-ranges.js';

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
  /** Raised when a write begins that pads the last block, and when it has cut the padding back. */
  paddings: number;
  readonly key: string;
  users: number;
}

const inodes = new Map<string, Inode>();

/** The shared state of an inode, to be given to {@link closeInode} once. `size` is for who opens it first. */
export function openInode(key: string, size: number): Inode {
  let inode = inodes.get(key);
  if (inode === undefined) {
    inode = {
      ranges: new WriteRanges(),
      writes: new WriteCalls(),
      size,
      reserved: 0,
      cuts: [],
      paddings: 0,
      key,
      users: 0,
    };
    inodes.set(key, inode);
  }
  inode.users++;
  return inode;
}

export function closeInode(inode: Inode): void {
  if (--inode.users === 0) inodes.delete(inode.key);
}

/** How much of what a read has got is the file's: one that overlapped the padding of a last block must not show it. */
export function visibleBytes(inode: Inode, paddingsBefore: number, position: number, bytes: number): number {
  if (paddingsBefore === inode.paddings && paddingsBefore % 2 === 0) return bytes;
  return Math.max(0, Math.min(bytes, inode.size - position));
}
