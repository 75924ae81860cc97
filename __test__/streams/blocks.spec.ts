import { deepStrictEqual, ok } from 'node:assert/strict';
import { appendFileSync, truncateSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';

import { BufferPool, open, SubmissionQueue, type Block, type Blocks, type DirectFile } from '../../index.js';
import { fileWith, patterned, poolOf } from '../support/stream-subject.js';
import { eachDevice, eachDirectory, rootTarget, scratchFile, type DirectoryTarget } from '../support/targets.js';

/** Programs a target. */
const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 60);
const CONTENT = patterned(300_001);
const SIZE = 16 * 1024;

async function subject(t: ExecutionContext, target?: DirectoryTarget): Promise<DirectFile> {
  return fileWith(t, CONTENT, target);
}

/** All of it, each block given back before the next is asked for. */
async function collect(blocks: AsyncIterable<Block>, meanwhile?: () => Promise<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const block of blocks) {
    await meanwhile?.();
    parts.push(Buffer.from(block.buffer));
    block.release();
  }
  return Buffer.concat(parts);
}

async function nextOf(blocks: Blocks): Promise<Block> {
  const { value } = await blocks.next();
  if (value === undefined) throw new Error('There is no other block');
  return value;
}

/** Until nothing that is under way could change a count any more. */
async function turns(count = 20): Promise<void> {
  for (let index = 0; index < count; index++) await turn();
}

const place = fc.oneof(fc.integer({ min: 0, max: 310_000 }), fc.constantFrom(0, 512, 4096, 65_536, 300_000, 300_001));
const asked = fc.record(
  { start: place, end: place, size: fc.integer({ min: 1, max: 200_000 }), ahead: fc.integer({ min: 0, max: 40 }) },
  { requiredKeys: [] },
);

eachDirectory(
  'every part of a file is read in blocks of any size, in order, and all memory comes back',
  async (t, target) => {
    const path = await scratchFile(t, target, CONTENT);
    const choices = [{}, { engine: 'fs' }, { direct: 'never' }] as const;
    const property = fc.asyncProperty(
      asked,
      fc.constantFrom(...choices),
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      async (options, choice, shared, holds) => {
        fc.pre((options.start ?? 0) <= (options.end ?? Infinity));
        await using file = await open(path, choice);
        using pool = BufferPool.create({ limit: 2 ** 22 });
        const parts: Buffer[] = [];
        const held: Block[] = [];
        let position = options.start ?? 0;
        // As many at once as a pool of its own has room for.
        const most = Math.min(holds, (options.ahead ?? 16) + 1);
        for await (const block of file.blocks(shared ? { ...options, pool } : options)) {
          deepStrictEqual(block.position, position);
          position += block.buffer.byteLength;
          ok(block.buffer.byteLength > 0);
          parts.push(Buffer.from(block.buffer));
          if (held.push(block) === most) for (const each of held.splice(0)) each.release();
        }
        for (const each of held) each.release();
        const end = (options.end ?? Infinity) + 1;
        ok(Buffer.concat(parts).equals(CONTENT.subarray(options.start ?? 0, end)));
        await file.queue.drain();
        deepStrictEqual(pool.stats().blocks, 0);
      },
    );
    await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
    t.pass();
  },
);

eachDirectory('many reads are under way at once, without a copy [kernel AIO] [zero-copy]', async (t, target) => {
  const queue = await SubmissionQueue.create();
  const file = await open(await scratchFile(t, target, CONTENT), { queue });
  t.deepEqual(await collect(file.blocks({ size: 4096, ahead: 8 })), CONTENT);
  await file.close();
  const { depthMax, bounced } = queue.stats();
  t.true(depthMax > 2, `${depthMax}`);
  t.is(bounced, 0);
  await queue.close();
});

eachDevice('a device is read in blocks to its end', async (t, target) => {
  await using file = await open(await scratchFile(t, target, CONTENT));
  let bytes = 0;
  for await (const block of file.blocks({ start: 100 })) {
    if (block.position < CONTENT.byteLength) {
      const rest = CONTENT.subarray(block.position, block.position + block.buffer.byteLength);
      t.deepEqual(block.buffer.subarray(0, rest.byteLength), rest);
    }
    bytes += block.buffer.byteLength;
    block.release();
  }
  t.is(bytes, (128 << 20) - 100);
});

test('blocks are given back by using, by dispose, and once however often', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 4, SIZE);
  const blocks = file.blocks({ size: SIZE, pool, ahead: 0 });
  {
    using block = await nextOf(blocks);
    t.is(block.position, 0);
    t.is(pool.stats().blocks, 1);
  }
  t.is(pool.stats().blocks, 0);
  const positions: number[] = [];
  for await (using block of file.blocks({ size: SIZE, pool, ahead: 1, end: 5 * SIZE })) {
    positions.push(block.position);
    t.true(pool.stats().blocks <= 2);
  }
  t.deepEqual(
    positions,
    [0, 1, 2, 3, 4, 5].map((index) => index * SIZE),
  );
  t.is(pool.stats().blocks, 0);
  const block = await nextOf(blocks);
  block.release();
  block.release();
  block[Symbol.dispose]();
  t.throws(() => block.buffer, { code: 'ERR_AIO_BUFFER_RELEASED' });
  const other = pool.acquire(SIZE);
  block.release();
  t.is(pool.stats().blocks, 1);
  pool.release(other);
  await blocks.return();
});

test('calls of next at the same time have the blocks one after the other', async (t) => {
  const file = await subject(t);
  const blocks = file.blocks({ size: SIZE });
  const results = await Promise.all(
    Array.from({ length: 40 }, async () =>
      blocks.next().then((result) => {
        const { value } = result;
        if (value === undefined) return -1;
        const { position } = value;
        value.release();
        return position;
      }),
    ),
  );
  const count = Math.ceil(CONTENT.byteLength / SIZE);
  t.deepEqual(
    results,
    Array.from({ length: 40 }, (_, index) => (index < count ? index * SIZE : -1)),
  );
});

const ENDS: Record<string, (blocks: Blocks, controller: AbortController) => Promise<unknown>> = {
  'the loop is left': async (blocks) => {
    for await (const block of blocks) {
      block.release();
      break;
    }
  },
  'the loop throws': async (blocks) => {
    try {
      for await (const block of blocks) {
        block.release();
        throw new Error('mine');
      }
    } catch {
      // As a user's own.
    }
  },
  'return is called': async (blocks) => blocks.return(),
  'return is called while the next is awaited': async (blocks) =>
    Promise.all([blocks.next().then(({ value }) => value?.release()), blocks.return()]),
  'throw is called': async (blocks) => blocks.throw(new Error('mine')).catch(() => undefined),
  'it is disposed of': async (blocks) => blocks[Symbol.asyncDispose](),
  'it is aborted while nothing is awaited': async (blocks, controller) => {
    controller.abort();
    return blocks.next().catch((error: unknown) => (error as Error).name);
  },
  'it is aborted while the next is awaited': async (blocks, controller) => {
    const next = blocks.next().then(
      ({ value }) => value?.release(),
      () => undefined,
    );
    controller.abort();
    return next;
  },
};

for (const [name, end] of Object.entries(ENDS)) {
  eachDirectory(`all blocks come back where ${name}`, async (t, target) => {
    const file = await subject(t, target);
    const pool = poolOf(t, 20, SIZE);
    for (const before of [0, 1, 7]) {
      const controller = new AbortController();
      const blocks = file.blocks({ size: SIZE, pool, signal: controller.signal });
      const first = before > 0 ? await nextOf(blocks) : undefined;
      for (let index = 1; index < before; index++) (await nextOf(blocks)).release();
      await end(blocks, controller);
      t.true((await blocks.next()).done);
      await file.queue.drain();
      // What was handed out is still there, and its holder's.
      t.is(pool.stats().blocks, first === undefined ? 0 : 1);
      if (first !== undefined) t.deepEqual(first.buffer, CONTENT.subarray(0, SIZE));
      first?.release();
      t.is(pool.stats().blocks, 0);
      t.is(getEventListeners(controller.signal, 'abort').length, 0);
    }
  });
}

test('an abort is told once, with its reason, and before anything is read where it came first', async (t) => {
  const file = await subject(t);
  const controller = new AbortController();
  const blocks = file.blocks({ signal: controller.signal });
  controller.abort(new Error('why'));
  const error = await t.throwsAsync(blocks.next(), { name: 'AbortError', code: 'ABORT_ERR' } as object);
  t.is((error.cause as Error).message, 'why');
  t.true((await blocks.next()).done);
  t.throws(() => file.blocks({ signal: controller.signal }), { name: 'AbortError' });
});

test('a file that is closed meanwhile fails the iteration behind the blocks that were read', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 4, SIZE);
  const blocks = file.blocks({ size: SIZE, pool });
  const parts = [await nextOf(blocks)];
  await file.close();
  const error = await t.throwsAsync(
    async () => {
      for await (const block of blocks) parts.push(block);
    },
    { code: 'ERR_AIO_CLOSED' },
  );
  t.is(error.name, 'AioError');
  const content = Buffer.concat(parts.map(({ buffer }) => buffer));
  t.true(content.byteLength >= SIZE);
  t.true(content.equals(CONTENT.subarray(0, content.byteLength)));
  for (const block of parts) block.release();
  t.is(pool.stats().blocks, 0);
  t.true((await blocks.next()).done);
  t.throws(() => file.blocks(), { code: 'ERR_AIO_CLOSED' });
});

test('a pool that is closed meanwhile fails the iteration', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 4, SIZE);
  const blocks = file.blocks({ size: SIZE, pool });
  (await nextOf(blocks)).release();
  pool.close();
  await t.throwsAsync(collect(blocks), { code: 'ERR_AIO_CLOSED' });
  t.is(pool.stats().blocks, 0);
});

test('a file that is not open for reading fails the iteration', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  await using file = await open(path, 'r+');
  await using writer = await open(path, 'a');
  t.is((await collect(file.blocks())).byteLength, CONTENT.byteLength);
  await t.throwsAsync(collect(writer.blocks()), { code: 'EBADF' });
});

eachDirectory('a file that grows meanwhile is read to where it ends then', async (t, target) => {
  const file = await subject(t, target);
  let more = 5;
  const content = await collect(file.blocks({ size: SIZE }), async () => {
    if (more-- > 0) appendFileSync(file.path, Buffer.alloc(10_000, more));
    return turn();
  });
  t.is(content.byteLength, CONTENT.byteLength + 50_000);
  t.true(content.subarray(0, CONTENT.byteLength).equals(CONTENT));
  t.true(content.subarray(CONTENT.byteLength, CONTENT.byteLength + 10_000).every((byte) => byte === 4));
});

eachDirectory('a file that is empty when it is opened and grows is read', async (t, target) => {
  await using file = await open(await scratchFile(t, target));
  appendFileSync(file.path, CONTENT);
  t.deepEqual(await collect(file.blocks()), CONTENT);
  t.is((await collect(file.blocks({ start: CONTENT.byteLength + 5 }))).byteLength, 0);
});

eachDirectory('a file that shrinks meanwhile is read to where it ends then', async (t, target) => {
  for (const length of [0, 1, SIZE, 100_000, 250_007]) {
    const file = await subject(t, target);
    let cut = false;
    const content = await collect(file.blocks({ size: SIZE, ahead: 4 }), async () => {
      if (!cut) truncateSync(file.path, length);
      cut = true;
      return turn();
    });
    // What was read before is told, and nothing that was never there.
    t.true(content.byteLength >= Math.min(SIZE, CONTENT.byteLength));
    t.true(content.byteLength <= Math.max(length, 6 * SIZE), `${content.byteLength}`);
    t.true(content.equals(CONTENT.subarray(0, content.byteLength)));
  }
});

eachDirectory('writes of the same file while it is read leave every block as it was or as it is', async (t, target) => {
  const file = await subject(t, target);
  const wrote: Promise<unknown>[] = [];
  let at = 0;
  const content = await collect(file.blocks({ size: 4096 }), () => {
    wrote.push(file.write(Buffer.alloc(100, 255), { position: (at += 3000) }));
    return turn();
  });
  await Promise.all(wrote);
  t.is(content.byteLength, Math.max(CONTENT.byteLength, at + 100));
  for (let index = 0; index < CONTENT.byteLength; index++) {
    if (content[index] !== CONTENT[index] && content[index] !== 255) t.fail(`${index}: ${content[index]}`);
  }
});

eachDirectory('many readers share a pool of two blocks, and each comes to its end', async (t, target) => {
  const file = await subject(t, target);
  const pool = poolOf(t, 2, SIZE);
  const readers = Array.from({ length: 12 }, (_, index) =>
    collect(file.blocks({ size: SIZE, start: index * 1000, pool }), () => turn()),
  );
  const contents = await Promise.all(readers);
  contents.forEach((content, index) => {
    t.true(content.equals(CONTENT.subarray(index * 1000)), `${index}`);
  });
  await file.queue.drain();
  const { blocks, mapped, limit } = pool.stats();
  t.is(blocks, 0);
  t.true(mapped <= limit);
});

test('a reader that does not go on lends what it has read ahead, and reads it again', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 4, SIZE);
  const idle = file.blocks({ size: SIZE, pool, ahead: 3 });
  const first = await nextOf(idle);
  await turns();
  t.true(pool.stats().blocks > 1);
  // All but the one that is in somebody's hands is there for others.
  const buffers = await Promise.all([1, 2, 3].map(() => pool.acquireAsync(SIZE)));
  t.is(pool.stats().blocks, 4);
  const next = idle.next();
  await turns();
  for (const buffer of buffers) pool.release(buffer);
  const second = (await next).value as Block;
  t.is(second.position, SIZE);
  t.deepEqual(second.buffer, CONTENT.subarray(SIZE, 2 * SIZE));
  first.release();
  second.release();
  t.deepEqual(await collect(idle), CONTENT.subarray(2 * SIZE));
});

test('a reader lends while its reads are still under way', async (t) => {
  const queue = await SubmissionQueue.create({ depth: 1 });
  const file = await open(await scratchFile(t, rootTarget(), CONTENT), { queue });
  const pool = poolOf(t, 4, SIZE);
  const idle = file.blocks({ size: SIZE, pool, ahead: 3 });
  (await nextOf(idle)).release();
  // Before what it has begun is done.
  const buffers = await Promise.all([1, 2, 3, 4].map(() => pool.acquireAsync(SIZE)));
  for (const buffer of buffers) buffer.fill(1);
  await queue.drain();
  // Nothing was read into them any more.
  t.true(buffers.every((buffer) => buffer.every((byte) => byte === 1)));
  for (const buffer of buffers) pool.release(buffer);
  t.deepEqual(await collect(idle), CONTENT.subarray(SIZE));
  await file.close();
  await queue.close();
});

test('of two consumers who hold all of a pool one goes on when the other gives back', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 2, SIZE);
  const [one, other] = [file.blocks({ size: SIZE, pool }), file.blocks({ size: SIZE, pool })];
  const mine = await nextOf(one);
  const his = await nextOf(other);
  let told = 0;
  const waiting = [one.next(), other.next()].map(async (next) => {
    const { value } = await next;
    told++;
    return value as Block;
  });
  await turns();
  t.is(told, 0);
  mine.release();
  const second = (await waiting[0]) as Block;
  t.is(second.position, SIZE);
  second.release();
  t.is(((await waiting[1]) as Block).position, SIZE);
  his.release();
  await Promise.all([one.return(), other.return()]);
});

test('who waits for memory is let go by return, an abort, and a pool that is closed', async (t) => {
  const file = await subject(t);
  const pool = BufferPool.create({ limit: SIZE });
  const buffer = pool.acquire(SIZE);
  const controller = new AbortController();
  const { signal } = controller;
  const [left, aborted, closed] = [1, 2, 3].map(() => file.blocks({ size: SIZE, pool, signal })) as [
    Blocks,
    Blocks,
    Blocks,
  ];
  const waiting = [left.next(), aborted.next()];
  const fates = Promise.allSettled(waiting);
  await turns();
  await left.return();
  controller.abort();
  const [one, other] = await fates;
  t.deepEqual(one, { status: 'fulfilled', value: { done: true, value: undefined } });
  t.is(((other as PromiseRejectedResult).reason as NodeJS.ErrnoException).code, 'ABORT_ERR');
  const late = file.blocks({ size: SIZE, pool });
  const next = t.throwsAsync(late.next(), { code: 'ERR_AIO_CLOSED' });
  await turns();
  pool.close();
  await next;
  pool.release(buffer);
  t.is(pool.stats().blocks, 0);
  t.true((await closed.return()).done);
});

test('blocks are read on a queue that submits by hand, and on one with little room', async (t) => {
  const path = await scratchFile(t, rootTarget(), CONTENT);
  for (const options of [{ batch: 'manual' }, { capacity: 1 }, { depth: 1, capacity: 2 }, { engine: 'fs' }] as const) {
    const queue = await SubmissionQueue.create(options);
    const file = await open(path, { queue });
    const contents = await Promise.all([1, 2].map(() => collect(file.blocks({ size: 4096 }))));
    t.true(
      contents.every((content) => content.equals(CONTENT)),
      JSON.stringify(options),
    );
    await file.close();
    await queue.close();
  }
});

test('a queue that is closed meanwhile fails the iteration', async (t) => {
  const queue = await SubmissionQueue.create();
  const file = await open(await scratchFile(t, rootTarget(), CONTENT), { queue });
  const blocks = file.blocks({ size: 4096, ahead: 2 });
  (await nextOf(blocks)).release();
  await queue.close();
  await t.throwsAsync(collect(blocks), { code: 'ERR_AIO_CLOSED' });
  await file.close();
});

test('a file whose blocks are being read is not collected', async (t) => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const path = await scratchFile(t, rootTarget(), CONTENT);
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listen);
  let opened: WeakRef<DirectFile> | undefined;
  const blocks = await (async () => {
    const file = await open(path);
    opened = new WeakRef(file);
    return file.blocks({ size: 4096, ahead: 1 });
  })();
  const content = await collect(blocks, async () => {
    gc();
    await turn();
  });
  process.off('warning', listen);
  t.deepEqual(content, CONTENT);
  await opened?.deref()?.close();
  t.false(warnings.some(({ message }) => message.includes(path)));
});

test('what is wrong with the options is thrown at once', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 1, SIZE);
  const wrong: [object, string][] = [
    [{ start: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ start: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ start: '1' }, 'ERR_INVALID_ARG_TYPE'],
    [{ end: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ start: 2, end: 1 }, 'ERR_OUT_OF_RANGE'],
    [{ size: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ size: 2 ** 31 }, 'ERR_OUT_OF_RANGE'],
    [{ ahead: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ ahead: 5000 }, 'ERR_OUT_OF_RANGE'],
    [{ pool: {} }, 'ERR_INVALID_ARG_TYPE'],
    [{ pool, size: 2 * SIZE }, 'ERR_OUT_OF_RANGE'],
    [{ signal: {} }, 'ERR_INVALID_ARG_TYPE'],
  ];
  let bytes = 0;
  for await (const block of file.blocks({ pool })) {
    bytes += block.buffer.byteLength;
    t.true(block.buffer.byteLength <= SIZE);
    block.release();
  }
  t.is(bytes, CONTENT.byteLength, 'by itself a block is no larger than the pool');
  for (const [options, code] of wrong) t.throws(() => file.blocks(options), { code }, JSON.stringify(options));
  t.throws(() => file.blocks(5 as never), { code: 'ERR_INVALID_ARG_TYPE' });
  t.throws(() => Reflect.construct(file.blocks().constructor, []) as unknown, { code: 'ERR_ILLEGAL_CONSTRUCTOR' });
});
