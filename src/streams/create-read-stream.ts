import { fileURLToPath } from 'node:url';

import { DirectFile } from '../direct-file.js';
import { open, pathBytes, type FilePath } from '../open.js';
import { ReadStream } from './read-stream.js';
import { withEncoding, type PathReadStreamOptions } from './read-stream-options.js';

/**
 * A stream of the bytes of the file at `path`, past the page cache: as `fs.createReadStream`, with its options but for `fd` and
 * `fs`, and those of {@link open}. What is wrong with the arguments is thrown; what is wrong with the file is an `error`
 * of the stream.
 */
export function createReadStream(path: FilePath, options?: BufferEncoding | PathReadStreamOptions): ReadStream {
  pathBytes(path);
  const { flags, mode, queue, direct, engine } = withEncoding(options) as PathReadStreamOptions;
  const plain = path instanceof URL ? fileURLToPath(path) : path;
  return ReadStream.opening(plain, options, async () => {
    const file = await open(path, { flags, mode, queue, direct, engine });
    return { file: DirectFile.openFileOf(file), owner: file };
  });
}
