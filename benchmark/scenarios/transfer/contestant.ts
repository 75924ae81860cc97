import type { Side, Work } from './cell.js';

/** Told at the moments between which the work is timed, so that what the machine does can be looked at. */
export interface Watch {
  begins(): void;
  ends(): void;
}

/** Somebody who moves all the bytes of a {@link Transfer}, in processes of its own. */
export interface Contestant {
  name: string;
  summary: string;
  side: Side;
  /** The set-up of node:fs that gives its user the same, where there is one. */
  counterpart?: string;
  /** The exact command, for the record. */
  command: string;
  move(watch: Watch): Promise<Work>;
  /** Moves them once outside of any measurement and throws where they are wrong. Without it, what the move has left is inspected. */
  check?(): Promise<void>;
}

/** Something to be moved, and who does it. */
export interface Transfer {
  bytes: number;
  contestants: readonly Contestant[];
  /** Before each move, outside of what is timed: nothing of the source is in the page cache, nothing waits to be written. */
  prepare(): Promise<void>;
  /** After each move, outside of what is timed: throws where the bytes that it has left are wrong. */
  inspect?(): Promise<void>;
}
