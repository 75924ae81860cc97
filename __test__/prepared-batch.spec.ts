import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';

import {
  allocate,
  BufferPool,
  open,
  SubmissionQueue,
  type BatchError,
  type DirectFile,
  type SubmissionQueueOptions,
} from '../index.js';
import { Random } from './support/random.js';
import { eachDevice, eachTarget, rootTarget, scratchFile } from './support/targets.js';
import { transferAway } from './support/transfer.js';

const BLOCK = 4096;
const BLOCKS = 16;
const CONTENT = Buffer.from(Uint8Array.from({ length: BLOCKS * BLOCK }, (_, at) => (at * 7 + at / BLOCK) % 251));
const BUSY = { code: 'ERR_AIO_BATCH_BUSY' };
const RELEASED = { code: 'ERR_AIO_BUFFER_RELEASED' };
const FULL = { code: 'ERR_AIO_QUEUE_FULL' };
const CLOSED = { code: 'ERR_AIO_CLOSED' };
const ABORTED = { name: 'AbortError', code: 'ABORT_ERR' };
const NOTHING: SubmissionQueueOptions = {};

async function subject(
  t: ExecutionContext,
  target: Parameters<typeof scratchFile>[1] = rootTarget(),
  { flags = 'r+', ...options }: SubmissionQueueOptions & { flags?: string } = NOTHING,
): Promise<DirectFile> {
  const queue = await SubmissionQueue.create({ depth: 16, ...options });
  const file = await open(await scratchFile(t, target, CONTENT), { flags, queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

const block = (index: number): Buffer => CONTENT.subarray(index * BLOCK, (index + 1) * BLOCK);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Operations in a batch. */
const MANY = 8;

/** Memory for them, as it may be laid out, and the part of each. */
const LAYOUTS: Record<string, (pool: BufferPool) => { buffers: Buffer | Buffer[]; parts: Buffer[] }> = {
  'parts of one buffer': () => cut(allocate(MANY * BLOCK)),
  'parts of the middle of one': () => cut(allocate((MANY + 2) * BLOCK).subarray(BLOCK, (MANY + 1) * BLOCK)),
  'buffers of a pool': (pool) => each(Array.from({ length: MANY }, () => pool.acquire(BLOCK))),
  'buffers of their own': () => each(Array.from({ length: MANY }, () => allocate(BLOCK))),
  'parts of one buffer, in another order': () => each(cut(allocate(MANY * BLOCK)).parts.reverse()),
};

function each(buffers: Buffer[]): { buffers: Buffer[]; parts: Buffer[] } {
  return { buffers, parts: buffers };
}

function cut(buffers: Buffer): { buffers: Buffer; parts: Buffer[] } {
  const parts = Array.from({ length: MANY }, (_, index) => buffers.subarray(index * BLOCK, (index + 1) * BLOCK));
  return { buffers, parts };
}

/** Rounds for each layout. */
const ROUNDS = 100;

eachTarget('reads that are prepared once read what is there, hundreds of times', async (t, target) => {
  const file = await subject(t, target);
  using pool = BufferPool.create();
  const random = new Random(1);
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    const { buffers, parts } = layout(pool);
    const batch = file.prepareReads(buffers, MANY);
    t.is(batch.buffers, buffers);
    t.deepEqual(batch.positions, new Float64Array(MANY));
    const { results } = batch;
    for (let round = 0; round < ROUNDS; round++) {
      const wanted = Array.from({ length: MANY }, () => random.integer(0, BLOCKS - 1));
      for (const part of parts) part.fill(0);
      batch.positions.set(wanted.map((index) => index * BLOCK));
      const bytes = await batch.submit();
      const right = parts.every((part, index) => part.equals(block(wanted[index] as number)));
      if (bytes !== MANY * BLOCK || !right) t.deepEqual([bytes, right], [MANY * BLOCK, true], `${name}, ${round}`);
    }
    t.is(batch.results, results);
    t.deepEqual([...results], new Array<number>(MANY).fill(BLOCK));
  }
});

eachTarget('writes that are prepared once write what is there when they are submitted', async (t, target) => {
  const file = await subject(t, target);
  using pool = BufferPool.create();
  const random = new Random(2);
  const model = Buffer.from(CONTENT);
  for (const [name, layout] of Object.entries(LAYOUTS)) {
    const { buffers, parts } = layout(pool);
    const batch = file.prepareWrites(buffers, MANY);
    for (let round = 0; round < ROUNDS / 2; round++) {
      const wanted = random.shuffled(Array.from({ length: BLOCKS }, (_, index) => index)).slice(0, MANY);
      parts.forEach((part, index) => {
        const at = (wanted[index] as number) * BLOCK;
        part.fill(random.integer(0, 255));
        part.copy(model, at);
        batch.positions[index] = at;
      });
      t.is(await batch.submit(), MANY * BLOCK);
    }
    const { buffer } = await file.read(Buffer.alloc(model.byteLength), { position: 0 });
    t.true(buffer.equals(model), name);
  }
});

eachTarget('what becomes of the positions after a submission is for the next', async (t, target) => {
  const file = await subject(t, target);
  const memory = allocate(2 * BLOCK);
  const reads = file.prepareReads(memory, 2);
  reads.positions.set([3 * BLOCK, 5 * BLOCK]);
  const reading = reads.submit();
  reads.positions.set([7 * BLOCK, NaN]);
  t.is(await reading, 2 * BLOCK);
  t.true(memory.equals(Buffer.concat([block(3), block(5)])));
  reads.positions[1] = 9 * BLOCK;
  await reads.submit();
  t.true(memory.equals(Buffer.concat([block(7), block(9)])));
});

eachTarget('reads at the end are short, each by itself', async (t, target) => {
  const file = await subject(t, target);
  const size = 'device' in target ? 128 << 20 : CONTENT.byteLength;
  const batch = file.prepareReads(allocate(6 * BLOCK), 3);
  batch.positions.set([size - BLOCK, size, size - 2 * BLOCK]);
  t.is(await batch.submit(), 3 * BLOCK);
  t.deepEqual([...batch.results], [BLOCK, 0, 2 * BLOCK]);
  if ('device' in target) return;
  await file.truncate(size - 100);
  t.is(await batch.submit(), 3 * BLOCK - 200);
  t.deepEqual([...batch.results], [BLOCK - 100, 0, 2 * BLOCK - 100]);
});

eachDevice(
  'of a submission of which some failed, the first is told, and the next is as good as any',
  async (t, target) => {
    const file = await subject(t, target);
    const end = 128 << 20;
    for (const buffers of [allocate(4 * BLOCK), Array.from({ length: 4 }, () => allocate(BLOCK))]) {
      const batch = file.prepareWrites(buffers, 4);
      batch.positions.set([0, end, 2 * BLOCK, end + BLOCK]);
      const error = await t.throwsAsync<BatchError>(batch.submit());
      t.deepEqual([error.index, error.position, error.code, error.path], [1, end, 'ENOSPC', file.path]);
      const failed = [BLOCK, error.errno, BLOCK, error.errno];
      t.deepEqual([...error.results], failed);
      t.deepEqual([...batch.results], failed);
      batch.positions.set([0, BLOCK, 2 * BLOCK, 3 * BLOCK]);
      t.is(await batch.submit(), 4 * BLOCK);
      t.deepEqual([...error.results], failed, 'the error keeps its own');
    }
  },
);

test('one submission at a time: more are refused, and nothing of them is submitted', async (t) => {
  const file = await subject(t);
  const memory = allocate(2 * BLOCK);
  const batch = file.prepareReads(memory, 2);
  for (let round = 0; round < 20; round++) {
    batch.positions.set([BLOCK, 2 * BLOCK]);
    const first = batch.submit();
    batch.positions.set([5 * BLOCK, 6 * BLOCK]);
    await Promise.all([t.throwsAsync(batch.submit(), BUSY), t.throwsAsync(batch.submit({}), BUSY)]);
    t.is(await first, 2 * BLOCK);
    t.true(memory.equals(Buffer.concat([block(1), block(2)])));
  }
  t.is(file.queue.stats().operations, 40);
});

eachTarget('batches beside each other do not disturb each other', async (t, target) => {
  const file = await subject(t, target);
  const several = Array.from({ length: 10 }, (_, index) => {
    const memory = allocate(4 * BLOCK);
    const batch = file.prepareReads(memory, 4);
    batch.positions.set([0, 1, 2, 3].map((at) => ((at + index) % BLOCKS) * BLOCK));
    return { memory, batch };
  });
  for (let round = 0; round < 5; round++) {
    t.true((await Promise.all(several.map(({ batch }) => batch.submit()))).every((bytes) => bytes === 4 * BLOCK));
    for (const [index, { memory }] of several.entries()) {
      t.true(memory.equals(Buffer.concat([0, 1, 2, 3].map((at) => block((at + index) % BLOCKS)))));
      memory.fill(0);
    }
  }
});

test('a write batch that waits for an unaligned write is under way, and writes where it was told to', async (t) => {
  const file = await subject(t);
  await using other = await open(file.path, 'r+');
  const memory = allocate(2 * BLOCK).fill('b');
  const batch = file.prepareWrites(memory, 2);
  for (let round = 0; round < 10; round++) {
    const holding = other.write(Buffer.alloc(8 * BLOCK, 'h'), { position: 5 });
    batch.positions.set([BLOCK, 3 * BLOCK]);
    const waiting = batch.submit();
    batch.positions.set([12 * BLOCK, 13 * BLOCK]);
    await t.throwsAsync(batch.submit(), BUSY);
    t.is(await waiting, 2 * BLOCK);
    await holding;
    const content = readFileSync(file.path);
    for (const at of [BLOCK, 3 * BLOCK]) t.true(content.subarray(at, at + BLOCK).equals(memory.subarray(0, BLOCK)));
    t.true(content.subarray(12 * BLOCK).equals(CONTENT.subarray(12 * BLOCK)));
  }
});

test('a write batch waits for room after its turn, and its memory may be released meanwhile [O_DIRECT]', async (t) => {
  const file = await subject(t, rootTarget(), { depth: 4, capacity: 4 });
  await using other = await open(file.path, 'r+');
  using pool = BufferPool.create();
  for (let round = 0; round < 20; round++) {
    const holding = other.write(Buffer.alloc(3 * BLOCK, 'h'), { position: 1 });
    const memory = pool.acquire(3 * BLOCK).fill('b');
    const batch = file.prepareWrites(memory, 3);
    batch.positions.set([0, BLOCK, 2 * BLOCK]);
    const writing = batch.submit();
    pool.release(memory);
    pool
      .acquire(3 * BLOCK)
      .fill('!')
      [Symbol.dispose]();
    const reads = Array.from({ length: 4 }, () => file.read(allocate(BLOCK), { position: 4 * BLOCK }));
    await t.throwsAsync(batch.submit(), BUSY);
    t.is(await writing, 3 * BLOCK);
    await Promise.all([holding, ...reads]);
    t.true(
      readFileSync(file.path)
        .subarray(0, 3 * BLOCK)
        .equals(Buffer.alloc(3 * BLOCK, 'b')),
    );
    await t.throwsAsync(batch.submit(), RELEASED);
  }
});

test('memory that is not its own any more is refused, nothing submitted', async (t) => {
  const file = await subject(t);
  using pool = BufferPool.create();
  const ways: Record<string, (buffer: Buffer<ArrayBuffer> & Disposable) => void> = {
    released: (buffer) => {
      buffer[Symbol.dispose]();
    },
    'handed out again': (buffer) => {
      const { byteOffset } = buffer;
      pool.release(buffer);
      t.is(pool.acquire(BLOCK).byteOffset, byteOffset, 'the same block');
    },
    transferred: (buffer) => {
      transferAway(buffer.buffer);
    },
  };
  for (const [way, lose] of Object.entries(ways)) {
    for (const opcode of ['prepareReads', 'prepareWrites'] as const) {
      const [kept, lost] = [pool.acquire(BLOCK), pool.acquire(BLOCK)];
      const batches = [file[opcode]([kept, lost]), file[opcode](lost)];
      for (const batch of batches) t.true((await batch.submit()) > 0);
      const { operations } = file.queue.stats();
      lose(lost);
      // Node 20 copies what came from a native module rather than transfer it.
      if (way === 'transferred' && lost.byteLength > 0) continue;
      for (const batch of batches) await t.throwsAsync(batch.submit(), RELEASED, way);
      t.is(file.queue.stats().operations, operations, way);
    }
  }
  const own = allocate(BLOCK);
  const batch = file.prepareReads(own);
  await batch.submit();
  own[Symbol.dispose]();
  await t.throwsAsync(batch.submit(), RELEASED);
  t.throws(() => file.prepareReads(own), RELEASED);
});

test('memory that is released while it is read into is not handed out before the end', async (t) => {
  const file = await subject(t);
  using pool = BufferPool.create();
  for (let round = 0; round < 50; round++) {
    const buffer = pool.acquire(BLOCK);
    const reading = file.prepareReads(buffer).submit();
    pool.release(buffer);
    const next = pool.acquire(BLOCK).fill('n');
    await reading;
    t.true(next.equals(Buffer.alloc(BLOCK, 'n')));
    pool.release(next);
  }
});

test('a closed file or queue takes no submission, and closing waits for the one under way', async (t) => {
  const file = await subject(t);
  await using other = await open(file.path, { flags: 'r+', queue: file.queue });
  const [batch, left] = [file.prepareReads(allocate(4 * BLOCK), 4), other.prepareWrites(allocate(BLOCK))];
  const reading = batch.submit();
  let ended = false;
  void reading.then(() => (ended = true));
  await file.close();
  t.true(ended);
  await t.throwsAsync(batch.submit(), CLOSED);
  t.throws(() => file.prepareReads(allocate(BLOCK)), CLOSED);
  const writing = left.submit();
  await Promise.all([file.queue.close(), writing]);
  await t.throwsAsync(left.submit(), CLOSED);
});

test('a submission without room is refused as a whole, and the next one has it', async (t) => {
  const file = await subject(t, rootTarget(), { depth: 2, capacity: 8 });
  const batch = file.prepareReads(allocate(8 * BLOCK), 8);
  const signal = new AbortController().signal;
  for (let round = 0; round < 10; round++) {
    const others = [file.read(allocate(BLOCK), { position: 0 }), file.read(allocate(BLOCK), { position: 0 })];
    await Promise.all([t.throwsAsync(batch.submit(), FULL), t.throwsAsync(batch.submit({ signal }), FULL)]);
    await Promise.all(others);
    t.is(await batch.submit(round % 2 === 0 ? undefined : { signal }), 8 * BLOCK);
  }
  const tooMany = file.prepareReads(allocate(9 * BLOCK), 9);
  await t.throwsAsync(tooMany.submit(), { ...FULL, message: /capacity of 8/ });
});

eachTarget('many more operations than the queue has records for at once', async (t, target) => {
  for (const [depth, count] of [
    [4, 300],
    [4, 3000],
  ] as const) {
    const file = await subject(t, target, { depth });
    const memory = allocate(count * BLOCK);
    const batch = file.prepareReads(memory, count);
    for (let round = 0; round < 2; round++) {
      batch.positions.forEach((_, index, positions) => (positions[index] = ((index + round) % BLOCKS) * BLOCK));
      const { results } = await file.readBatch(memory.fill(0), batch.positions);
      t.true(results.every((bytes) => bytes === BLOCK));
      for (const submit of [
        async () => batch.submit(),
        async () => batch.submit({ signal: new AbortController().signal }),
      ]) {
        memory.fill(0);
        t.is(await submit(), count * BLOCK);
        const wrong = batch.positions.findIndex(
          (position, index) =>
            memory.compare(CONTENT, position, position + BLOCK, index * BLOCK, (index + 1) * BLOCK) !== 0,
        );
        t.is(wrong, -1);
      }
    }
    t.true(file.queue.stats().depthMax <= depth);
    await file.close();
    await file.queue.close();
    // A block device is one test's at a time, but this test's twice.
    if ('device' in target) return;
  }
});

test('as many buffers as a batch may have, each by itself', async (t) => {
  const file = await subject(t);
  const buffers = Array.from({ length: 1500 }, () => allocate(BLOCK));
  const batch = file.prepareReads(buffers);
  batch.positions.forEach((_, index, positions) => (positions[index] = (index % BLOCKS) * BLOCK));
  t.is(await batch.submit(), buffers.length * BLOCK);
  t.true(buffers.every((buffer, index) => buffer.equals(block(index % BLOCKS))));
  const { bytesRead } = await file.readBatch(buffers, batch.positions, { exact: true });
  t.is(bytesRead, buffers.length * BLOCK);
});

test('an abort before the submission refuses it, and after its end changes nothing', async (t) => {
  const file = await subject(t);
  const batch = file.prepareReads(allocate(2 * BLOCK), 2);
  const signal = AbortSignal.abort(new Error('before'));
  const error = await t.throwsAsync(batch.submit({ signal }), ABORTED);
  t.is((error.cause as Error).message, 'before');
  t.is(file.queue.stats().operations, 0);
  const controller = new AbortController();
  t.is(await batch.submit({ signal: controller.signal }), 2 * BLOCK);
  t.is(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  t.is(await batch.submit(), 2 * BLOCK);
});

test('an abort before the operations are handed down takes all of them back', async (t) => {
  const file = await subject(t);
  const controller = new AbortController();
  const batch = file.prepareReads(allocate(MANY * BLOCK).fill('u'), MANY);
  const neighbour = file.read(allocate(BLOCK), { position: 0 });
  const aborted = t.throwsAsync(batch.submit({ signal: controller.signal }), ABORTED);
  const behind = file.read(allocate(BLOCK), { position: BLOCK });
  controller.abort();
  await aborted;
  t.deepEqual([(await neighbour).bytesRead, (await behind).bytesRead], [BLOCK, BLOCK]);
  await file.queue.drain();
  t.is(await batch.submit(), MANY * BLOCK, 'it can be submitted again');
  t.deepEqual([...batch.results], new Array<number>(MANY).fill(BLOCK));
});

test('after an abort the batch is under way until the kernel is done [kernel AIO]', async (t) => {
  const file = await subject(t, rootTarget(), { depth: 1, batch: 'manual' });
  const size = BLOCKS * BLOCK;
  const batch = file.prepareReads(allocate(4 * size), 4);
  let seen = 0;
  // Again where it was done when flush returned.
  for (let attempt = 0; attempt < 200 && seen < 5; attempt++) {
    const controller = new AbortController();
    const aborted = t.throwsAsync(batch.submit({ signal: controller.signal }), ABORTED);
    file.queue.flush();
    const { inFlight } = file.queue.stats();
    controller.abort();
    if (inFlight > 0) {
      seen++;
      await t.throwsAsync(batch.submit(), BUSY);
    }
    await aborted;
    await file.queue.drain();
    t.is(getEventListeners(controller.signal, 'abort').length, 0);
    const again = batch.submit();
    file.queue.flush();
    t.is(await again, 4 * size);
  }
  t.true(seen > 0, 'some were in flight');
});

test('an abort of a write batch that waits for its turn settles at once and writes nothing', async (t) => {
  const file = await subject(t);
  const held = 8 << 20;
  const batch = file.prepareWrites(allocate(2 * BLOCK).fill('!'), 2);
  batch.positions.set([0, BLOCK]);
  const controller = new AbortController();
  let holds = true;
  const holding = file.write(Buffer.alloc(held, 'h'), { position: 5 }).finally(() => (holds = false));
  const waiting = batch.submit({ signal: controller.signal });
  await turn();
  controller.abort();
  await t.throwsAsync(waiting, ABORTED);
  t.true(holds, 'at once');
  await t.throwsAsync(batch.submit(), BUSY);
  await holding;
  await file.queue.drain();
  t.false(readFileSync(file.path).includes('!'));
  t.is(await batch.submit(), 2 * BLOCK);
  t.true(readFileSync(file.path).includes('!'.repeat(2 * BLOCK)));
});

test('an abort at any moment settles once, and the batch can be submitted again', async (t) => {
  const file = await subject(t, rootTarget(), { depth: 4 });
  const memory = allocate(32 * BLOCK);
  const reads = [file.prepareReads(memory, 32), file.prepareReads(Array.from({ length: 8 }, () => allocate(BLOCK)))];
  const writes = file.prepareWrites(allocate(4 * BLOCK).fill('w'), 4);
  writes.positions.set([8 * BLOCK, 9 * BLOCK, 10 * BLOCK, 11 * BLOCK]);
  for (let round = 0; round < 60; round++) {
    const controller = new AbortController();
    const { signal } = controller;
    const submissions = [...reads, writes].map((batch) => batch.submit({ signal }));
    for (let turns = 0; turns < round % 5; turns++) await turn();
    controller.abort();
    for (const { status, ...told } of await Promise.allSettled(submissions)) {
      if (status === 'rejected') t.is((told as { reason: Error }).reason.name, 'AbortError');
    }
    await file.queue.drain();
    t.is(getEventListeners(signal, 'abort').length, 0);
    t.is(await (reads[0] as (typeof reads)[0]).submit(), 32 * BLOCK);
    t.true(memory.subarray(31 * BLOCK).equals(block(0)));
  }
});

test('a manual queue submits a prepared batch when told [kernel AIO]', async (t) => {
  const file = await subject(t, rootTarget(), { batch: 'manual' });
  const batch = file.prepareReads(allocate(MANY * BLOCK), MANY);
  const reading = batch.submit();
  await turn();
  t.is(file.queue.stats().batches, 0);
  file.queue.flush();
  t.is(await reading, MANY * BLOCK);
  const { batches, operations } = file.queue.stats();
  t.deepEqual([batches, operations], [1, MANY]);
  const drained = batch.submit();
  await file.queue.drain();
  t.is(await drained, MANY * BLOCK);
  const closing = batch.submit();
  await file.close();
  t.is(await closing, MANY * BLOCK);
});

test('writes of a batch count as writes: a sync waits for them, and appends come behind them', async (t) => {
  const file = await subject(t);
  const batch = file.prepareWrites(allocate(2 * BLOCK).fill('b'), 2, { dsync: true });
  batch.positions.set([BLOCKS * BLOCK, (BLOCKS + 1) * BLOCK]);
  const writing = batch.submit();
  let written = false;
  void writing.then(() => (written = true));
  await file.datasync();
  t.true(written);
  await file.write('end', { append: true });
  const content = readFileSync(file.path);
  t.is(content.byteLength, (BLOCKS + 2) * BLOCK + 3);
  t.true(content.subarray(BLOCKS * BLOCK).equals(Buffer.from(`${'b'.repeat(2 * BLOCK)}end`)));
});

test('memory of several blocks is refused when any of them was given back, even where others have it now', async (t) => {
  const file = await subject(t);
  using pool = BufferPool.create({ limit: 2 ** 20 });
  const blocks = Array.from({ length: 4 }, () => pool.acquire(BLOCK)).sort(
    (one, other) => one.byteOffset - other.byteOffset,
  );
  const [first, second] = blocks as unknown as [Buffer, Buffer];
  t.is(second.byteOffset, first.byteOffset + BLOCK);
  const span = Buffer.from(first.buffer as ArrayBuffer, first.byteOffset, 2 * BLOCK);
  const batch = file.prepareReads(span, 2);
  batch.positions.set([0, BLOCK]);
  t.is(await batch.submit(), 2 * BLOCK);
  pool.release(second);
  const others = pool.acquire(BLOCK).fill(0);
  t.is(others.byteOffset, second.byteOffset, 'the same memory');
  await t.throwsAsync(batch.submit(), RELEASED);
  t.true(others.every((byte) => byte === 0));
});

test('no code of a program runs while a batch is being submitted, and none submits it twice', async (t) => {
  const file = await subject(t);
  const batch = file.prepareReads(allocate(2 * BLOCK), 2);
  batch.positions.set([0, BLOCK]);
  const { signal } = new AbortController();
  let again = 0;
  const submitAgain = (): boolean => {
    again++;
    void batch.submit().catch(() => undefined);
    return false;
  };
  Object.defineProperty(signal, 'aborted', { get: submitAgain });
  t.is(await batch.submit({ signal }), 2 * BLOCK);
  const positions = {
    length: 2,
    get 0() {
      submitAgain();
      return 0;
    },
    1: BLOCK,
  };
  try {
    Object.defineProperty(batch, 'positions', { value: positions });
  } catch {
    // As good.
  }
  t.is(await batch.submit(), 2 * BLOCK);
  t.is(again, 0);
});

eachTarget('what is done is told to nobody inside of somebody else’s call', async (t, target) => {
  const file = await subject(t, target, { batch: 'manual' });
  let inside = 0;
  for (let round = 0; round < 20; round++) {
    const batch = file.prepareReads(allocate(64 * BLOCK), 64);
    const reads = Array.from({ length: 8 }, () => file.read(allocate(BLOCK), 0, BLOCK, 0));
    const submitted = batch.submit();
    // Looked for when a promise is resolved by an object.
    Object.defineProperty(Object.prototype, 'then', {
      configurable: true,
      get() {
        inside++;
        return undefined;
      },
    });
    file.queue.flush();
    Reflect.deleteProperty(Object.prototype, 'then');
    await Promise.all([...reads, submitted]);
  }
  t.is(inside, 0);
});
