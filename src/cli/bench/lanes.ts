import { randomFillSync } from 'node:crypto';
import { type Carrier, type Done } from './carrier.js';
import { type Job, readShare } from './job.js';
import { Pacer } from './pacer.js';
import { positionsOf, randomNumbers } from './positions.js';
import { Side } from './side.js';

/** What makes the choice between reading and writing another sequence than that of the positions. */
const CHOICE = 0x5bd1e995;

/** As many operations as the depth, each followed by the next: until they are told to end, or one fails. */
export class Lanes {
  readonly reads = new Side();
  readonly writes = new Side();
  readonly #carrier: Carrier;
  readonly #job: Job;
  readonly #position: () => number;
  readonly #random: () => number;
  readonly #share: number;
  readonly #pacer: Pacer | undefined;
  readonly #told: () => void;
  #isRunning = true;
  /** Milliseconds of all operations that are done; of those in flight, how many they are and the sum of their beginnings. */
  #spent = 0;
  #inFlight = 0;
  #begun = 0;
  #left: number;
  #error: Error | undefined;
  #end: () => void = () => undefined;

  /** @param told called after each operation. */
  constructor(carrier: Carrier, job: Job, thread: number, seed: number, told: () => void) {
    this.#carrier = carrier;
    this.#job = job;
    this.#position = positionsOf(job, thread, seed);
    this.#random = randomNumbers(seed ^ CHOICE);
    this.#share = readShare(job);
    this.#pacer = job.rate === undefined ? undefined : new Pacer(job.rate);
    this.#told = told;
    this.#left = job.depth;
  }

  /** Settles when all have ended; rejects with the first failure. */
  async run(): Promise<void> {
    const ended = new Promise<void>((end) => {
      this.#end = end;
    });
    for (let lane = 0; lane < this.#job.depth; lane++) this.#lane()();
    await ended;
    if (this.#error !== undefined) throw this.#error;
  }

  /** From now on it counts. */
  measure(): void {
    this.reads.reset();
    this.writes.reset();
    this.#pacer?.restart();
  }

  /** Milliseconds that operations have been in flight until `now`, all together: over time, their mean number. */
  flightMillis(now: number): number {
    return this.#spent + this.#inFlight * now - this.#begun;
  }

  stop(): void {
    this.#isRunning = false;
    this.#pacer?.end();
  }

  /** One operation after the other, on memory of its own: a function that begins the next. */
  #lane(): () => void {
    const block = this.#carrier.block();
    if (this.#share < 1) randomFillSync(block);
    let side = this.reads;
    let began = 0;
    const done: Done = (error, bytes) => {
      const millis = performance.now() - began;
      this.#spent += millis;
      this.#inFlight--;
      this.#begun -= began;
      if (error === null && bytes === block.length) {
        side.add(millis);
        this.#told();
      } else this.#fail(error ?? new Error(`only ${bytes} of ${block.length} bytes were transferred`));
      next();
    };
    const begin = (): void => {
      if (!this.#isRunning) {
        if (--this.#left === 0) this.#end();
        return;
      }
      const position = this.#position();
      side = this.#share === 1 || (this.#share > 0 && this.#random() < this.#share) ? this.reads : this.writes;
      began = performance.now();
      this.#inFlight++;
      this.#begun += began;
      if (side === this.reads) {
        this.#carrier.read(block, position, done);
        return;
      }
      // No two blocks of the target are the same, whatever the device makes of equal ones.
      block.writeDoubleLE(position, 0);
      this.#carrier.write(block, position, done);
    };
    const next =
      this.#pacer === undefined
        ? begin
        : () => {
            this.#pacer!.admit(begin);
          };
    return next;
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.stop();
  }
}
