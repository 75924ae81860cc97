import { DirectFile } from '../direct-file.js';
import { open, pathBytes, type FilePath } from '../open.js';
import { givenOptions, writeStreamChoice, type WriteFileStreamOptions } from './write-stream-options.js';
import { WriteStream } from './write-stream.js';

/**
 * A stream that writes a file past the page cache, as `fs.createWriteStream`. Throws where an argument is of no use; what
 * opening and writing fail with is emitted as 'error': see {@link open}.
 */
export function createWriteStream(
  path: FilePath,
  options?: BufferEncoding | WriteFileStreamOptions | null,
): WriteStream {
  const name = pathBytes(path);
  const given = givenOptions(options);
  const { flags = 'w', mode, queue, direct, engine } = given;
  const choice = writeStreamChoice(given);
  const opening = { flags, mode, queue, direct, engine };
  return WriteStream.of(
    { path: name.toString(), open: async () => DirectFile.opened(await open(name, opening)) },
    choice,
  );
}
