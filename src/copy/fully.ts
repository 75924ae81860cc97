import { alignUp } from '../alignment.js';
import type { DirectFile } from '../direct-file.js';
import { EIO } from '../errnos.js';
import { AioError, kernelError } from '../errors.js';

/** A file became shorter than it was when the call began. */
export function fileChanged(path: string): AioError {
  return new AioError('ERR_AIO_FILE_CHANGED', `'${path}' became shorter while it was read`, { path });
}

/** Reads `length` bytes into the beginning of a block, which has room for what the file's alignment makes of that. */
export async function readFully(file: DirectFile, block: Buffer, position: number, length: number): Promise<void> {
  // The last block is asked for as a whole, too: it comes back short, and without a copy.
  let { bytesRead: done } = await file.read(block, 0, alignUp(length, file.alignment.read), position);
  while (done < length) {
    // A short read is not the end: the next one tells the error that cut it.
    const { bytesRead } = await file.read(block, done, length - done, position + done);
    if (bytesRead === 0) throw fileChanged(file.path);
    done += bytesRead;
  }
}

/** Writes the first `length` bytes of a block. */
export async function writeFully(file: DirectFile, block: Buffer, position: number, length: number): Promise<void> {
  let done = 0;
  while (done < length) {
    const { bytesWritten } = await file.write(block, done, length - done, position + done);
    if (bytesWritten === 0) throw kernelError(EIO, 'write', { path: file.path, position: position + done });
    done += bytesWritten;
  }
}
