import { constants, createReadStream, open as begin, read } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Engine, ServedFile } from './engine.js';
import type { Outlet } from './outlet.js';
import { Shortened } from './shortened.js';

/** A stream that is destroyed closes its descriptor, whatever `autoClose` says: not one that others read from. */
const SHARED = {
  open: begin,
  read,
  close(_fd: number, closed: () => void): void {
    closed();
  },
};

/** Streams of node:fs, through the page cache: what this server is compared with. */
export class NodeEngine implements Engine {
  readonly #blockBytes: number;

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
  }

  async open(path: string): Promise<ServedFile> {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    return {
      fd: handle.fd,
      stat: () => handle.stat({ bigint: true }),
      send: (outlet, start, end) => this.#send(path, handle.fd, outlet, start, end),
      close: () => handle.close(),
    };
  }

  memory(): undefined {
    return undefined;
  }

  isPressed(): boolean {
    return false;
  }

  close(): void {
    // Streams end with their answers.
  }

  async #send(path: string, fd: number, { response, signal }: Outlet, start: number, end: number): Promise<void> {
    // Each pipeline leaves its own there, one for each range, until the answer ends.
    response.setMaxListeners(0);
    const stream = createReadStream(path, { fd, fs: SHARED, start, end, highWaterMark: this.#blockBytes });
    await pipeline(stream, response, { end: false, signal });
    if (stream.bytesRead <= end - start) throw new Shortened(path);
  }
}
