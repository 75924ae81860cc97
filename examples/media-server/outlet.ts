import type { ServerResponse } from 'node:http';
import type { Patience } from './patience.js';
import type { Turns } from './turns.js';

/** Why nothing more is sent. Made once: an error's stack for each answer would be for nobody. */
const GONE = new Error('The client is gone, or has all');

/** The way to one client: takes a block at a time, and says when it is gone. */
export class Outlet {
  readonly response: ServerResponse;
  readonly #patience: Patience;
  readonly #turns: Turns;
  readonly #gone = new AbortController();
  #settle: (() => void) | undefined;

  constructor(response: ServerResponse, patience: Patience, turns: Turns) {
    this.response = response;
    this.#patience = patience;
    this.#turns = turns;
    // Not before the socket's handle is closed: nothing reads the block any more.
    response.once('close', () => {
      this.#gone.abort(GONE);
      this.#settle?.();
    });
  }

  /** Aborts when the client is gone, and when the answer is complete. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Fulfilled when the memory may be used for something else: the kernel has it, or the client is gone. */
  async write(bytes: Buffer | string): Promise<void> {
    if (this.signal.aborted) return;
    const release = this.#patience.hold(() => this.response.destroy());
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      this.#turns.run(() => {
        // The memory is somebody else's by now.
        if (this.signal.aborted) return;
        // What is wrong with the connection is told by its end.
        this.response.write(bytes, () => {
          resolve();
        });
      });
    });
    release();
  }
}
