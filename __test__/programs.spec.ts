import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';

import { allocate, BufferPool, open, probe, SubmissionQueue, type DirectFile, type PreparedBatch } from '../index.js';
import { transferAway } from './support/transfer.js';
import { rootTarget, scratchFile } from './support/targets.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 150);
const PAGE = 4096;
/** Ms after which a promise that has not settled is taken to hang. */
const PATIENCE = 120_000;

/** What a program can name: made anew for each. */
interface World {
  file: DirectFile;
  readOnly: DirectFile;
  closed: DirectFile;
  queue: SubmissionQueue;
  pool: BufferPool;
  path: string;
  controller: AbortController;
  released: Buffer;
  held: Buffer;
  /** Prepared of memory that stays, and of such as a trap takes away. */
  batches: Record<'reads' | 'writes' | 'fleeting', PreparedBatch<Buffer>>;
  /** Memory of V8's and of ours that a trap takes away. */
  fleeting: Buffer;
  flying: Buffer;
}

type Value = (world: World) => unknown;

/** The same buffer, its memory in other hands. */
function detach<View extends Uint8Array>(view: View): View {
  transferAway(view.buffer);
  return view;
}

/** An object whose getters do something else than to answer. */
function trap(action: () => unknown): object {
  return new Proxy(Buffer.alloc(0), {
    get: action,
    has: () => true,
    ownKeys: () => ['position', 'length'],
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, get: action }),
  });
}

const VALUES: Record<string, Value> = {
  ...Object.fromEntries(
    [
      undefined,
      null,
      -1,
      0,
      1,
      511,
      512,
      PAGE,
      10_000,
      2 ** 44,
      2 ** 53,
      NaN,
      Infinity,
      0.5,
      '',
      'text',
      'r+',
      true,
    ].map((value) => [String(value), () => value]),
  ),
  bigint: () => 512n,
  symbol: () => Symbol('a'),
  function: () => () => 7,
  'calling on': ({ file, held }) => {
    let left = 20;
    const next = (): void => {
      if (left-- > 0) file.read(held, 0, PAGE, 0, next);
    };
    return next;
  },
  array: () => [Buffer.alloc(100), allocate(PAGE)],
  'odd array': () => [Buffer.alloc(7), null, 3],
  positions: () => [0, PAGE, 2 * PAGE],
  'odd positions': () => new Float64Array([5, NaN]),
  'hostile length': () => ({ length: 2 ** 33 }),
  buffer: () => Buffer.alloc(1000, 'b'),
  // Of no integers: hundreds of thousands of positions would be reads for a minute, which looks like a hang.
  'large words': () => new Float64Array(75_000).fill(0.5),
  empty: () => Buffer.alloc(0),
  words: () => new Uint16Array(99),
  view: () => new DataView(new ArrayBuffer(300), 3, 100),
  shared: () => new Uint8Array(new SharedArrayBuffer(PAGE)),
  aligned: () => allocate(2 * PAGE).fill('a'),
  held: ({ held }) => held,
  released: ({ released }) => released,
  detached: () => detach(new Uint8Array(PAGE)),
  fleeting: ({ fleeting }) => fleeting,
  flying: ({ flying }) => flying,
  'aborted signal': () => ({ signal: AbortSignal.abort() }),
  'abortable at a position': ({ controller }) => ({ signal: controller.signal, position: 3 }),
  'abortable at the end': ({ controller }) => ({ signal: controller.signal, append: true }),
  exact: () => ({ exact: true, position: 1 }),
  nowait: () => ({ nowait: true, position: 0, dsync: true }),
  atomic: () => ({ atomic: true, position: 0 }),
  'odd options': () => ({ position: {}, signal: 5, priority: { class: 'best' }, encoding: 7 }),
  'a length': () => ({ length: 5000, offset: 100, keepSize: true }),
  iterable: () => ['some', Buffer.from('parts')],
  'failing iterable': () =>
    (function* () {
      yield 'one';
      throw new Error('mine');
    })(),
  'throwing trap': () =>
    trap(() => {
      throw new Error('mine');
    }),
  'closing trap': ({ file }) =>
    trap(() => {
      void file.close();
      return 0;
    }),
  'aborting trap': ({ controller }) =>
    trap(() => {
      controller.abort();
      return undefined;
    }),
  'detaching trap': ({ fleeting, flying }) =>
    trap(() => {
      detach(fleeting);
      detach(flying);
      return 0;
    }),
  'reentrant trap': ({ file, queue, held }) => {
    let entered = false;
    return trap(() => {
      // Where all objects inherit the trap, it would spring itself for ever.
      if (entered) return undefined;
      entered = true;
      file.read(held, { position: 0 }).catch(() => undefined);
      file.write('again', { append: true }).catch(() => undefined);
      queue.flush();
      return 0;
    });
  },
  path: ({ path }) => path,
  'no path': () => 'a\0b',
  file: ({ file }) => file,
  queue: ({ queue }) => queue,
};

/** Whom programs call, and what. */
const CALLS: Record<string, readonly [on: (world: World) => object, methods: readonly string[]]> = {
  file: [
    ({ file }) => file,
    [
      'read',
      'write',
      'readv',
      'writev',
      'readBatch',
      'writeBatch',
      'prepareReads',
      'prepareWrites',
      'readFile',
      'writeFile',
      'appendFile',
      'sync',
      'datasync',
      'stat',
      'truncate',
      'preallocate',
      'allocate',
    ],
  ],
  readOnly: [({ readOnly }) => readOnly, ['read', 'write', 'readBatch', 'appendFile', 'truncate', 'datasync']],
  closed: [({ closed }) => closed, ['read', 'write', 'sync', 'close', 'stat']],
  reads: [({ batches }) => batches.reads, ['submit']],
  writes: [({ batches }) => batches.writes, ['submit']],
  fleeting: [({ batches }) => batches.fleeting, ['submit']],
  // Of whose positions one is set.
  place: [
    ({ batches }) => ({
      set: (value: unknown) => {
        for (const { positions } of Object.values(batches)) positions[0] = typeof value === 'number' ? value : NaN;
      },
    }),
    ['set'],
  ],
  calls: [
    ({ file }) => ({
      read: (...given: unknown[]) => byCallback(file, 'read', given),
      write: (...given: unknown[]) => byCallback(file, 'write', given),
    }),
    ['read', 'write'],
  ],
  queue: [({ queue }) => queue, ['flush', 'drain', 'stats']],
  pool: [({ pool }) => pool, ['acquire', 'acquireAsync', 'release', 'stats', 'sharedOffset']],
  library: [
    () => ({
      open,
      probe,
      allocate,
      create: (options: never) => SubmissionQueue.create(options),
      pool: (options: never) => BufferPool.create(options),
    }),
    ['open', 'probe', 'allocate', 'create', 'pool'],
  ],
  end: [
    ({ file, controller, queue }) => ({
      closeFile: () => file.close(),
      abort: () => {
        controller.abort();
      },
      closeQueue: () => queue.close(),
    }),
    ['closeFile', 'abort', 'closeQueue'],
  ],
};

/** A call that is told by a callback, once; of four arguments, for the callback is the fifth. */
function byCallback(file: DirectFile, method: 'read' | 'write', given: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let told = 0;
    const tell = (error: Error | null, bytes: unknown): void => {
      if (++told > 1) throw new RangeError('told twice');
      if (error === null) resolve(bytes);
      else reject(error);
    };
    const [buffer, offset, length, position] = given;
    const call = file[method].bind(file) as (...all: unknown[]) => unknown;
    if (call(buffer, offset, length, position, tell) !== undefined) reject(new RangeError('returned something'));
  });
}

const POLLUTIONS = ['position', 'length', 'signal', 'append', 'flags', 'depth'] as const;

/** Calls while all objects inherit an odd property of this name. */
function polluted<T>(name: string, value: unknown, call: () => T): T {
  Object.defineProperty(Object.prototype, name, { configurable: true, value, writable: true });
  try {
    return call();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

const call = fc.constantFrom(
  ...Object.entries(CALLS).flatMap(([on, [, methods]]) => methods.map((method) => ({ on, method }))),
);
const program = fc.array(
  fc.record({
    call: fc.oneof({ weight: 20, arbitrary: call.filter(({ on }) => on !== 'end') }, { weight: 1, arbitrary: call }),
    parameters: fc.array(fc.constantFrom(...Object.keys(VALUES)), { maxLength: 5 }),
    waits: fc.boolean(),
    /** Called once more from where the first has settled. */
    again: fc.boolean(),
    /** What every object inherits meanwhile. */
    pollution: fc.option(fc.constantFrom(...POLLUTIONS), { freq: 10 }),
  }),
  { minLength: 1, maxLength: 12 },
);

/** What a refusal may be: an Error with a code, or the program's own. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === 'mine' || typeof (error as NodeJS.ErrnoException).code === 'string';
}

/** Gives back what a program has got hold of. */
async function discard(result: unknown): Promise<void> {
  if (typeof result !== 'object' || result === null) return;
  const { close } = result as { close?: () => unknown };
  if (typeof close === 'function') await close.call(result);
}

/** One call; what it throws at once is a rejection. */
async function attempt(
  { on, method }: { on: string; method: string },
  parameters: readonly string[],
  world: World,
  pollution: string | null,
): Promise<unknown> {
  const target = (CALLS[on] as (typeof CALLS)[string])[0](world) as Record<string, (...all: unknown[]) => unknown>;
  const values = parameters.map((name) => (VALUES[name] as Value)(world));
  const run = (): unknown => target[method]?.(...values);
  return await (pollution === null ? run() : polluted(pollution, values[0], run));
}

test('no program crashes, hangs, is refused without a code or disturbs its neighbours', async (t) => {
  const root = rootTarget();
  const content = Buffer.alloc(5 * PAGE + 100, Buffer.from('neighbour'));
  const neighbour = await scratchFile(t, root, content);
  const path = await scratchFile(t, root, content);
  const shared = await open(neighbour, 'r+');
  const settle = async (outcome: Promise<unknown>, what: string): Promise<void> => {
    const late = new AbortController();
    const hang = sleep(PATIENCE, 'hangs', { signal: late.signal }).catch(() => 'settled');
    try {
      const result = await Promise.race([outcome, hang]);
      if (result === 'hangs') throw new RangeError('hangs');
      await discard(result);
    } catch (error) {
      if (!isRefusal(error)) throw new Error(`${what}: ${String(error)}`, { cause: error });
    } finally {
      late.abort();
    }
  };
  await fc.assert(
    fc.asyncProperty(program, async (steps) => {
      const queue = await SubmissionQueue.create({ depth: 4, capacity: 64 });
      const pool = BufferPool.create({ limit: 1 << 20 });
      const file = await open(path, { flags: 'r+', queue });
      await file.truncate(PAGE + 10);
      const [readOnly, closed] = [await open(path, { queue }), await open(path)];
      await closed.close();
      const released = pool.acquire(PAGE);
      pool.release(released);
      const controller = new AbortController();
      const flying = allocate(PAGE);
      const world: World = {
        file,
        readOnly,
        closed,
        queue,
        pool,
        path,
        controller,
        released,
        held: pool.acquire(PAGE),
        batches: {
          reads: file.prepareReads(allocate(2 * PAGE), 2),
          writes: file.prepareWrites(allocate(2 * PAGE), 2),
          fleeting: file.prepareReads(flying),
        },
        fleeting: Buffer.alloc(PAGE),
        flying,
      };
      const running: Promise<void>[] = [];
      for (const { call, parameters, waits, again, pollution } of steps) {
        const what = `${call.on}.${call.method}(${parameters.join(', ')})${pollution ?? ''}`;
        const take = (): Promise<void> => settle(attempt(call, parameters, world, pollution), what);
        const settled = again ? take().then(take) : take();
        running.push(settled);
        if (waits) await settled;
        else settled.catch(() => undefined);
      }
      await Promise.all(running);
      await Promise.all([settle(file.close(), 'file.close()'), settle(readOnly.close(), 'readOnly.close()')]);
      await settle(queue.close(), 'queue.close()');
      pool.close();
      const { buffer } = await shared.read(Buffer.alloc(content.byteLength), { position: 0 });
      if (!buffer.equals(content)) throw new Error('the neighbour reads something else');
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  await shared.close();
  t.true(readFileSync(neighbour).equals(content));
});
