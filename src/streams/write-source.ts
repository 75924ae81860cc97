import type { OpenFile } from '../open-file.js';

/** A file as a stream has it. */
export interface Opened {
  readonly file: OpenFile;
  /** A full sync of the file, as its user would call it. */
  sync: () => Promise<void>;
  /** Closes it. Holding this keeps the user's file from being collected. */
  close: () => Promise<void>;
}

/** Where a write stream has its file from: one that is open, or what opens it. */
export type WriteSource = { readonly opened: Opened } | { readonly path: string; open: () => Promise<Opened> };
