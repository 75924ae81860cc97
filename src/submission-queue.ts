import { Callbacks } from './callbacks.js';
import { afterThis, later, throwUncaught } from './clock.js';
import { ECANCELED } from './errnos.js';
import { AioError, closedError, illegalConstructor } from './errors.js';
import { BounceBlocks } from './bounce-blocks.js';
import { BufferPool } from './buffer-pool.js';
import { FsCarrier, type Errand } from './fs-carrier.js';
import { LastWords } from './last-words.js';
import { queueStats, teardownContext, withdrawOperation } from './native.js';
import { setUpEngine, type Attach } from './queue-engine.js';
import { queueOptions, type BatchMode, type QueueOptions, type SubmissionQueueOptions } from './queue-options.js';
import { NO_STATS, type CoreStats, type QueueStats } from './queue-stats.js';
import type { Places } from './places.js';
import { RECORD, Records, recordsFor, vectoredRecord } from './records.js';
import { Room } from './room.js';
import type { Slab } from './slab.js';
import { Slots, type Settler } from './slots.js';
import { uncloneable } from './uncloneable.js';

/** Bytes of aligned memory for copies. */
const BOUNCE_LIMIT = 32 * 1024 * 1024;

/** What only this module constructs queues with. */
const KEY = Symbol('SubmissionQueue');

/** Queues with operations under way, which nobody but the kernel may know of; each has its place. */
const busy: (SubmissionQueue | undefined)[] = [];
/** Places of queues that are gone. */
const vacant: number[] = [];

const forgotten = new FinalizationRegistry<{ id: number; place: number }>(({ id, place }) => {
  vacant.push(place);
  // One that goes through node:fs has nothing that must be given back.
  if (id === 0) return;
  process.emitWarning('A SubmissionQueue was collected while it was open; close queues when they are done with');
  void teardownContext(id);
});

const unflushed = new LastWords('LINUX_AIO_UNFLUSHED', () => {
  if (!busy.some((queue) => queue?.holdsBack === true)) return undefined;
  return "Nothing is left to do, and operations wait in a queue with batch: 'manual' that was not flushed: they are lost (flush)";
});

let defaultQueue: Promise<SubmissionQueue> | undefined;

/**
 * Gathers operations and brings them to the kernel in one native call a batch.
 *
 * Neither the order of completion nor durability is promised. A thread has a default queue, and a new one
 * when that was closed; others are for different depths or for keeping workloads apart.
 */
export class SubmissionQueue implements AsyncDisposable {
  /** Operations in flight at the most. */
  readonly depth: number;
  readonly capacity: number;
  readonly batch: BatchMode;
  /** Who carries its operations out: `aio`, kernel AIO, or `fs`, node:fs. */
  readonly engine: 'aio' | 'fs';
  /** Why that is not kernel AIO; undefined where it is. */
  readonly reason: string | undefined;
  readonly #place: number;
  readonly #copies = { bounced: 0, unaligned: 0 };
  readonly #id: number;
  readonly #submit: (doubles: number, takes: boolean) => number;
  readonly #records: Records;
  readonly #completions: Float64Array;
  readonly #slots = new Slots();
  readonly #drained: (() => void)[] = [];
  readonly #callbacks = new Callbacks();
  #bouncePool: BufferPool | undefined;
  #bounceBlocks: BounceBlocks | undefined;
  #carrier: FsCarrier | undefined;
  /** Operations that node:fs carries out, by slot. */
  readonly #carried = new Set<number>();
  readonly #room: Room;
  #scheduled = false;
  #settling = false;
  /** A flush was asked for meanwhile. */
  #again = false;
  /** Operations of several steps that are under way. */
  #held = 0;
  /** Those who wait for the end of what is under way. */
  #hurried = 0;
  #isClosing = false;
  #closing: Promise<void> | undefined;
  #gone = false;
  /** What it had counted when it was closed. */
  #last: CoreStats = NO_STATS;

  private constructor(key: symbol, options: QueueOptions, attach: Attach, reason: string | undefined) {
    if (key !== KEY) throw illegalConstructor();
    this.depth = options.depth;
    this.capacity = options.capacity;
    this.#room = new Room(options.capacity);
    this.batch = options.batch;
    // Weak, as the native queue keeps the callback: one that is forgotten can be collected.
    const self = new WeakRef(this);
    const native = attach((count) => {
      const queue = self.deref();
      if (queue !== undefined) queue.#settle(count);
    });
    this.engine = native === undefined ? 'fs' : 'aio';
    this.reason = reason;
    this.#id = native?.id ?? 0;
    this.#submit = native?.submit ?? ((): number => 0);
    const memory = native?.memory ?? new ArrayBuffer(0);
    const records = native === undefined ? 0 : recordsFor(options.depth);
    this.#records = new Records(new Float64Array(memory, 0, records));
    this.#completions = new Float64Array(memory, records * Float64Array.BYTES_PER_ELEMENT);
    this.#place = vacant.pop() ?? busy.push(undefined) - 1;
    uncloneable(this);
    forgotten.register(this, { id: this.#id, place: this.#place }, this);
  }

  /**
   * io_setup(2) for `depth` operations. Where there is no kernel AIO the queue goes through node:fs, and a warning says
   * why, once; with `engine: 'aio'` it rejects: EAGAIN where fs.aio-max-nr is spent, ENOSYS, EPERM, ENOMEM.
   */
  static async create(options?: SubmissionQueueOptions): Promise<SubmissionQueue> {
    const given = queueOptions(options);
    const { attach, reason } = await setUpEngine(given);
    return new SubmissionQueue(KEY, given, attach, reason);
  }

  /** This thread's own queue, made when first asked for. */
  static async default(): Promise<SubmissionQueue> {
    const known = defaultQueue;
    // Compared: of several who waited for the closed one, the first has made another.
    if ((await known)?.closed === true && defaultQueue === known) defaultQueue = undefined;
    defaultQueue ??= SubmissionQueue.create().catch((error: unknown) => {
      defaultQueue = undefined;
      throw error;
    });
    return defaultQueue;
  }

  /** Whether {@link SubmissionQueue.close} was called. */
  get closed(): boolean {
    return this.#isClosing;
  }

  /** Hands what is enqueued to the kernel now, in one native call; without effect where nothing is. */
  flush(): void {
    // What is done is told in a call of its own: nobody's end inside of somebody else's call.
    if (this.#handDown(false) > 0) void afterThis(this.#collect);
  }

  /** Hands down what is enqueued; how many completions there are then, in the array where the caller `takes` them. */
  #handDown(takes: boolean): number {
    // While completions are settled their array is in use: it follows then.
    this.#again = this.#settling;
    if (this.#records.length === 0 || this.#settling) return 0;
    const length = this.#records.take();
    const count = this.#submit(length, takes);
    if (count < 0) this.#cancel(length);
    return count;
  }

  /** Fetches what was done when it was handed down. */
  readonly #collect = (): void => {
    this.#tell(this.#settling ? 0 : this.#submit(0, true));
  };

  readonly #scheduledFlush = (): void => {
    this.#scheduled = false;
    this.#tell(this.#handDown(true));
  };

  /** Settles completions in a microtask of ours: what is thrown there is uncaught, and no rejection that nobody has. */
  #tell(count: number): void {
    if (count <= 0) return;
    try {
      this.#settle(count);
    } catch (error) {
      throwUncaught(error);
    }
  }

  /** What could not be handed down, for the queue was closed before its end: nobody else would settle it. */
  #cancel(length: number): void {
    for (const slot of this.#records.slots(length)) this.#settleOne(slot, ECANCELED);
    this.#tellDrained();
  }

  stats(): QueueStats {
    const { depthSum, ...native } = queueStats(this.#id) ?? this.#last;
    const stats = { ...native, ...this.#copies, depthAchieved: native.submits === 0 ? 0 : depthSum / native.submits };
    return this.#carrier === undefined ? stats : this.#carrier.addTo(stats);
  }

  /** Settles when no operation is under way. Meanwhile a manual queue submits by itself. */
  async drain(): Promise<void> {
    if (this.#room.taken + this.#held === 0) return;
    await this.hastened(new Promise<void>((drained) => this.#drained.push(drained)));
  }

  /** Refuses new operations, waits for those under way, then destroys the context off the event loop. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Called within: code of the program can run before this, which has hooks for every promise.
    if (this.#isClosing) return this.#closing;
    this.#isClosing = true;
    await this.drain();
    this.#gone = true;
    vacant.push(this.#place);
    this.#last = queueStats(this.#id) ?? this.#last;
    forgotten.unregister(this);
    if (this.engine === 'aio') await teardownContext(this.#id);
    this.#bounceBlocks?.lend();
    this.#bouncePool?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal Whether operations wait for the user to flush them. */
  get holdsBack(): boolean {
    return this.batch === 'manual' && !this.#scheduled && this.#records.length > 0;
  }

  /** @internal What can still be enqueued before something settles. */
  get room(): Room {
    return this.#room;
  }

  /** @internal Where operations tell their end that have a callback. */
  get callbacks(): Callbacks {
    return this.#callbacks;
  }

  /** @internal Counted by whoever copies. */
  get copies(): { bounced: number; unaligned: number } {
    return this.#copies;
  }

  /** @internal Aligned memory for copies, shared by the queue's files. */
  get bouncePool(): BufferPool {
    return (this.#bouncePool ??= BufferPool.create({ limit: BOUNCE_LIMIT }));
  }

  /** @internal Of it, for copies of little. */
  get bounceBlocks(): BounceBlocks {
    return (this.#bounceBlocks ??= new BounceBlocks(this.bouncePool));
  }

  /** @internal Counts operations on memory that the kernel does not use as it is; those that copy anyway are counted. */
  noteCopies(slab: Slab, operations: number): void {
    if (slab.owner !== this.#bouncePool) this.#copies.bounced += operations;
  }

  /**
   * @internal Writes the record of an operation with at most one segment; its slot. Throws where the queue is
   * closed or full. `slab` 0: no segment.
   */
  enqueue(
    owner: Settler,
    tag: number,
    opcode: number,
    file: number,
    position: number,
    rwFlags: number,
    priority: number,
    slab: number,
    offset: number,
    length: number,
  ): number {
    const slot = this.#takeSlot(owner, tag, RECORD);
    this.#records.write(slot, opcode, file, position, rwFlags, priority, slab, offset, length);
    return slot;
  }

  /** @internal As {@link SubmissionQueue.enqueue}, with `segments` as triples of slab, offset, length. */
  enqueueVectored(
    owner: Settler,
    tag: number,
    opcode: number,
    file: number,
    position: number,
    rwFlags: number,
    priority: number,
    segments: readonly number[],
  ): number {
    const slot = this.#takeSlot(owner, tag, vectoredRecord(segments));
    this.#records.writeVectored(slot, opcode, file, position, rwFlags, priority, segments);
    return slot;
  }

  /**
   * @internal Enqueues a batch whose operations move as many bytes each, in one slab. How many of them: less than all where the
   * queue is full, or closed meanwhile. `slots`: where the slots of these are told, if anywhere.
   */
  enqueueRun(
    owner: Settler,
    opcode: number,
    file: number,
    rwFlags: number,
    priority: number,
    places: Places,
    positions: Float64Array,
    slots: Int32Array | undefined,
  ): number {
    const { run, length } = places;
    if (run === undefined) return 0;
    const { slab, bytes } = run;
    let done = 0;
    while (done < length && this.#admits(RECORD)) {
      const end = done + Math.min(length - done, this.#room.left, this.#records.room);
      this.#enter(end - done);
      this.#records.beginRun(end - done, opcode, file, rwFlags, priority, slab.handle, bytes);
      for (; done < end; done++) {
        const slot = this.#slots.take(owner, done);
        this.#records.place(slot, positions[done] as number, places.offsetOf(done));
        if (slots !== undefined) slots[done] = slot;
      }
    }
    this.#schedule();
    return done;
  }

  /** @internal Has an operation carried out by node:fs; its slot. Throws where the queue is closed or full. */
  carry(owner: Settler, tag: number, errand: Omit<Errand, 'slot'>): number {
    const slot = this.#takeSlot(owner, tag, 0);
    this.#carrier ??= new FsCarrier(this.depth, this.#settleCarried);
    this.#carried.add(slot);
    this.#carrier.take({ slot, ...errand });
    return slot;
  }

  /** @internal Takes an operation back that is not in flight yet; it settles with ECANCELED. */
  withdraw(slot: number): boolean {
    if (this.#carried.has(slot)) return this.#carrier?.withdraw(slot) ?? false;
    if (!this.#records.remove(slot)) return withdrawOperation(this.#id, slot);
    this.#settleOne(slot, ECANCELED);
    this.#tellDrained();
    return true;
  }

  /** @internal Begins a call of several steps: drain() and close() wait for it, and a manual queue submits by itself. */
  hold(): void {
    this.#held++;
    this.#hurried++;
    this.#schedule();
  }

  /** @internal Ends what {@link SubmissionQueue.hold} began. */
  release(): void {
    this.#held--;
    this.#hurried--;
    // In the next turn: its promise is still some microtasks from those who await it.
    if (this.#drained.length > 0) later(this.#tellDrained);
  }

  /** @internal Waits for an end that would never come if a manual queue had to be told to submit. */
  async hastened(end: Promise<void>): Promise<void> {
    this.#hurried++;
    try {
      this.flush();
      await end;
    } finally {
      this.#hurried--;
    }
  }

  /** Whether nothing is taken any more. */
  #refuses(): boolean {
    return this.#gone || (this.closed && this.#room.taken + this.#held === 0);
  }

  /** Whether an operation whose record has so many doubles can be enqueued; what is there is submitted where it must be. */
  #admits(doubles: number): boolean {
    if (!this.#records.fits(doubles)) this.flush();
    return this.#room.left > 0 && this.#records.fits(doubles) && !this.#refuses();
  }

  #takeSlot(owner: Settler, tag: number, doubles: number): number {
    if (this.#refuses()) throw closedError('queue');
    // First: code of the program can run in it, which has hooks for every promise.
    this.#schedule();
    if (this.#admits(doubles)) {
      this.#enter(1);
      return this.#slots.take(owner, tag);
    }
    throw new AioError(
      'ERR_AIO_QUEUE_FULL',
      `The queue's capacity is ${String(this.capacity)} operations: wait for some`,
    );
  }

  /** Counts operations in. */
  #enter(count: number): void {
    if (this.#room.taken === 0) busy[this.#place] = this;
    this.#room.take(count);
  }

  /** Submits soon, unless that is for the user to say. */
  #schedule(): void {
    if (this.#scheduled) return;
    if (this.batch === 'manual' && this.#hurried === 0) {
      unflushed.watch();
      return;
    }
    this.#scheduled = true;
    if (this.batch === 'immediate') later(this.#scheduledFlush);
    else void afterThis(this.#scheduledFlush);
  }

  readonly #settle = (count: number): void => {
    this.#settling = true;
    const completions = this.#completions;
    let failure: { error: unknown } | undefined;
    for (let index = 0; index < 2 * count; index += 2) {
      try {
        // Small integers, which cost nothing to hand on: no result has more than 31 bits.
        this.#settleOne((completions[index] as number) | 0, (completions[index + 1] as number) | 0);
      } catch (error) {
        // Somebody's meddling, such as a getter on Object.prototype: the others must not suffer from it.
        failure ??= { error };
      }
    }
    this.#settling = false;
    if (this.#again) this.flush();
    this.#tellDrained();
    if (failure !== undefined) throw failure.error;
  };

  readonly #settleCarried = (slot: number, result: number): void => {
    this.#carried.delete(slot);
    this.#settleOne(slot, result);
    this.#tellDrained();
  };

  #settleOne(slot: number, result: number): void {
    const owner = this.#slots.free(slot);
    if (owner === undefined) return;
    // First: who waits for room may take the slot at once.
    const tag = this.#slots.tagOf(slot);
    this.#room.give();
    if (this.#room.taken === 0) busy[this.#place] = undefined;
    owner.settle(tag, result);
  }

  readonly #tellDrained = (): void => {
    if (this.#room.taken + this.#held > 0 || this.#drained.length === 0) return;
    for (const drained of this.#drained.splice(0)) drained();
  };
}
