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

interface Sync {
  /** Whether nobody asks for more than data: FDSYNC will do. */
  dataOnly: boolean;
  done: Promise<void>;
}

interface Running extends Sync {
  /** Writes that had begun when it began: it makes all of them durable. */
  readonly begun: number;
  /** Whether the kernel has it: what others than this thread's library wrote since may be too late for it. */
  submitted: boolean;
}

/**
 * Syncs of one file, one at a time: of several at once the kernel would tell a failure to one alone, and the other's success
 * could come first. Who comes before one is submitted shares it, where no write has begun since; all others share the next
 * ("group commit").
 */
export class SyncGroup {
  readonly #file: OpenFile;
  #running: Running | undefined;
  #next: Sync | undefined;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  /** Settles when every write that this thread had begun on the file before is durable. */
  join(dataOnly: boolean): Promise<void> {
    const sync = this.#next ?? this.#shared() ?? this.#following();
    if (sync === undefined) return this.#run(dataOnly);
    sync.dataOnly &&= dataOnly;
    return sync.done;
  }

  /** The one that is running, where it can still be shared. */
  #shared(): Sync | undefined {
    const running = this.#running;
    const { writes } = this.#file.facts.inode;
    return running?.submitted === false && running.begun === writes.begun ? running : undefined;
  }

  /** The one behind that which is running. */
  #following(): Sync | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    const next: Sync = { dataOnly: true, done: Promise.resolve() };
    const begin = async (): Promise<void> => {
      this.#next = undefined;
      return this.#run(next.dataOnly);
    };
    next.done = running.done.then(begin, begin);
    return (this.#next = next);
  }

  #run(dataOnly: boolean): Promise<void> {
    const { writes } = this.#file.facts.inode;
    const running: Running = { begun: writes.begun, submitted: false, dataOnly, done: Promise.resolve() };
    const sync = async (): Promise<void> => {
      await writes.settled();
      running.submitted = true;
      // A failed one before it has been told to its callers; this one must not say that all is well.
      this.#file.refuseUnsynced();
      await syncCompleted(this.#file, running.dataOnly);
      // A write that is durable by itself may have failed meanwhile.
      this.#file.refuseUnsynced();
    };
    this.#running = running;
    // As a call of its own: those who share it may have been aborted meanwhile.
    running.done = inSteps(this.#file, sync).finally(() => (this.#running = undefined));
    return running.done;
  }
}
