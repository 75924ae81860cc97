import { getEventListeners } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';

import { allocate, BufferPool, open, SubmissionQueue } from '../index.js';
import { eachDevice, eachDirectory, scratchFile } from './support/targets.js';

const PAGE = 4096;
/** How long to wait, in milliseconds, for what may never be: node:fs, or a single processor. */
const LONG = 2000;

/** Whether a write that extends the file blocks inside io_submit; on the others it may be measured to. */
const BLOCKING: Record<string, boolean> = { ext4: true, btrfs: true, tmpfs: false };

eachDirectory('writes that would block are helped, and as right as others', async (t, target) => {
  for (const helpers of [true, false]) {
    await using queue = await SubmissionQueue.create({ helpers });
    await using file = await open(await scratchFile(t, target), { flags: 'r+', queue });
    const blocks = Array.from({ length: 64 }, (_, index) => {
      const block = allocate(PAGE);
      block.fill(index);
      return block;
    });
    const writes = await Promise.all(blocks.map((block, index) => file.write(block, { position: index * PAGE })));
    t.true(writes.every(({ bytesWritten }) => bytesWritten === PAGE));
    const appends = await Promise.all(blocks.map((block) => file.write(block, { append: true })));
    t.true(appends.every(({ bytesWritten }) => bytesWritten === PAGE));
    t.deepEqual(readFileSync(file.path), Buffer.concat([...blocks, ...blocks]));
    const { helped } = queue.stats();
    // Its appends go there in any case: only so do they keep their order.
    if (!helpers) t.is(helped, target.name === 'xfs' ? appends.length : 0);
    else if (BLOCKING[target.name] === true) t.true(helped > 0);
    // One that was measured to block is tried again after a while.
    else if (BLOCKING[target.name] === false) t.true(helped < blocks.length, `${helped}`);
  }
});

eachDirectory(
  'what is aborted with a helper settles once, its memory used by nobody before the helper is done',
  async (t, target) => {
    const [count, size] = [24, 64 * PAGE];
    const pool = BufferPool.create({ limit: count * size });
    await using queue = await SubmissionQueue.create();
    await using file = await open(await scratchFile(t, target), { flags: 'r+', queue });
    const controller = new AbortController();
    const { signal } = controller;
    const buffers = Array.from({ length: count }, () => pool.acquire(size).fill('a'));
    const settled: string[] = [];
    const writes = buffers.map(async (buffer, index) =>
      file.write(buffer, { position: index * size, dsync: true, signal }).then(
        () => settled.push('done'),
        (error: unknown) => settled.push((error as Error).name),
      ),
    );
    while (queue.stats().helped === 0 && settled.length === 0) await setImmediate();
    const { helped } = queue.stats();
    // All of them, where the helpers had the time while this thread stood still.
    const before = settled.length;
    controller.abort();
    await Promise.all(writes);
    for (const buffer of buffers) pool.release(buffer);
    // All that the pool has to give, as soon as it has it.
    const others = Array.from({ length: count }, async () => (await pool.acquireAsync(size)).fill('b'));
    await Promise.all([queue.drain(), ...others]);
    t.is(settled.length, count);
    if (BLOCKING[target.name] === true) t.true(helped > 0);
    t.is(settled.includes('AbortError'), before < count, settled.join());
    t.is(getEventListeners(signal, 'abort').length, 0);
    t.false(readFileSync(file.path).includes('b'));
  },
);

eachDirectory('reads of what the page cache has still to write are right', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.alloc(64 * PAGE));
  await using queue = await SubmissionQueue.create();
  await using file = await open(path, { queue });
  for (let round = 1; round <= 20; round++) {
    writeFileSync(path, Buffer.alloc(64 * PAGE, round), { flag: 'r+' });
    const reads = Array.from({ length: 64 }, (_, index) => file.read(allocate(PAGE), { position: index * PAGE }));
    for (const { buffer, bytesRead } of await Promise.all(reads)) {
      t.is(bytesRead, PAGE);
      t.true(buffer.every((byte) => byte === round));
    }
  }
  const { failed, helped, nowaitRefusals } = queue.stats();
  t.is(failed, 0);
  t.true(nowaitRefusals <= helped);
});

eachDevice('no more is in flight than the device takes', async (t, target) => {
  const path = await scratchFile(t, target);
  const { rdev } = statSync(path);
  const number = `${(rdev >> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >> 12) & ~0xff)}`;
  const limit = Number(readFileSync(`/sys/dev/block/${number}/queue/nr_requests`, 'utf8'));
  await using queue = await SubmissionQueue.create({ depth: 4 * limit, chunk: limit });
  await using file = await open(path, { queue });
  const reads = Array.from({ length: 8 * limit }, (_, index) =>
    file.read(allocate(PAGE), { position: (index % 64) * PAGE }),
  );
  await Promise.all(reads);
  const { depthMax, completed, failed } = queue.stats();
  t.deepEqual([completed, failed], [8 * limit, 0]);
  t.true(depthMax <= limit && depthMax > limit / 2, `${depthMax} of ${limit}`);
});

eachDirectory(
  'reads of a file in memory that two threads submit all arrive, and without helpers there is one',
  async (t, target) => {
    const [count, turns] = [256, 100];
    const content = Buffer.from(Uint8Array.from({ length: count * PAGE }, (_, index) => (index ** 2) >>> 5));
    const path = await scratchFile(t, target, content);
    for (const helpers of [true, false]) {
      await using queue = await SubmissionQueue.create({ depth: count, helpers });
      await using file = await open(path, { flags: 'r', queue });
      const blocks = Array.from({ length: count }, () => allocate(PAGE));
      // When the other thread comes is for the scheduler to say.
      const enough = (): boolean => queue.stats().paired >= turns || !helpers || performance.now() - began > LONG;
      const began = performance.now();
      for (let turn = 0; turn < turns || !enough(); turn++) {
        const from = (index: number): number => ((index * 5 + turn) % count) * PAGE;
        await Promise.all(blocks.map((block, index) => file.read(block, { position: from(index) })));
        const wrong = blocks.findIndex((block, index) => block.compare(content, from(index), from(index) + PAGE) !== 0);
        if (wrong >= 0) t.fail(`block ${wrong} of turn ${turn}`);
      }
      const { paired, operations, completed, failed, inFlight } = queue.stats();
      t.true(helpers ? paired <= operations : paired === 0, `${paired} of ${operations}`);
      t.deepEqual({ completed, failed, inFlight }, { completed: operations, failed: 0, inFlight: 0 });
    }
  },
  ['tmpfs'],
);
