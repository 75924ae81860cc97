import type { OpenFile } from '../open-file.js';

/** A file that is being read, and what has to live as long: the `DirectFile`, which is closed when it is collected. */
export interface StreamSource {
  readonly file: OpenFile;
  readonly owner: object;
}
