import { inSteps } from './call.js';
import type { OpenFile } from './open-file.js';
import { FDSYNC, FSYNC } from './opcodes.js';
import { Operation } from './operations.js';
import { PLAIN } from './options.js';
import { submitted } from './pieces.js';

/** FSYNC or FDSYNC of all that has completed on the file; not ordered after what is still in flight. */
export async function syncCompleted(file: OpenFile, dataOnly: boolean): Promise<void> {
  await submitted(file, Operation.plain(file, dataOnly ? FDSYNC : FSYNC, 0), PLAIN, []);
}

interface Running {
  /** Writes that had begun when it began: it makes all of them durable. */
  readonly begun: number;
  /** Whether the kernel has it: what others than this thread's library wrote since may be too late for it. */
  submitted: boolean;
  done: Promise<void>;
}

/**
 * Syncs of one file and one kind, one at a time. Who comes before one is submitted shares it, where no write has begun
 * since; all others share the next ("group commit").
 */
export class SyncGroup {
  readonly #file: OpenFile;
  readonly #dataOnly: boolean;
  #running: Running | undefined;
  #next: Promise<void> | undefined;

  constructor(file: OpenFile, dataOnly: boolean) {
    this.#file = file;
    this.#dataOnly = dataOnly;
  }

  /** Settles when every write that this thread had begun on the file before is durable. */
  join(): Promise<void> {
    const { writes } = this.#file.facts.inode;
    const running = this.#running;
    if (running === undefined) return this.#run();
    if (!running.submitted && running.begun === writes.begun) return running.done;
    const again = async (): Promise<void> => {
      this.#next = undefined;
      return this.#run();
    };
    return (this.#next ??= running.done.then(again, again));
  }

  #run(): Promise<void> {
    const { writes } = this.#file.facts.inode;
    const running: Running = { begun: writes.begun, submitted: false, done: Promise.resolve() };
    const sync = async (): Promise<void> => {
      await writes.settled();
      running.submitted = true;
      // A failed one before it has been told to its callers; this one must not say that all is well.
      this.#file.refuseUnsynced();
      await syncCompleted(this.#file, this.#dataOnly);
      // The kernel tells a failure to one of those who ask at the same time.
      this.#file.refuseUnsynced();
    };
    this.#running = running;
    // As a call of its own: those who share it may have been aborted meanwhile.
    running.done = inSteps(this.#file, sync).finally(() => (this.#running = undefined));
    return running.done;
  }
}
