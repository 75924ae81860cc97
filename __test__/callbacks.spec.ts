import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';

import {
  allocate,
  BufferPool,
  open,
  SubmissionQueue,
  type DirectFile,
  type OpenOptions,
  type Position,
  type SubmissionQueueOptions,
} from '../index.js';
import { Random } from './support/random.js';
import { eachTarget, rootTarget, scratchFile } from './support/targets.js';

const BLOCK = 4096;
const BLOCKS = 16;
const CONTENT = Buffer.from(Uint8Array.from({ length: BLOCKS * BLOCK }, (_, at) => (at * 7 + at / BLOCK) % 251));

async function subject(
  t: ExecutionContext,
  target: Parameters<typeof scratchFile>[1] = rootTarget(),
  options: SubmissionQueueOptions = {},
  how: OpenOptions = {},
): Promise<DirectFile> {
  const queue = await SubmissionQueue.create({ depth: 16, ...options });
  const file = await open(await scratchFile(t, target, CONTENT), { flags: 'r+', queue, ...how });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

/** What a callback was told. */
interface Told {
  error: NodeJS.ErrnoException | null;
  bytes: number;
  buffer: unknown;
}

type Given = [buffer: Buffer, offset: number | null | undefined, length: number | null | undefined, position: Position];

/** A file as who minds no types has it. */
type Loose = Record<'read' | 'write', (...given: unknown[]) => Promise<unknown> | undefined>;

/** The call, by its callback; fails where that is called before the call has returned, or where this returns anything. */
function called(file: DirectFile, method: 'read' | 'write', ...given: Given): Promise<Told> {
  return new Promise((resolve, reject) => {
    let returned = false;
    const tell = (error: Error | null, bytes: number, buffer: unknown): void => {
      if (returned) resolve({ error, bytes, buffer });
      else reject(new Error('called before the call has returned'));
    };
    const result = (file as unknown as Loose)[method](...given, tell);
    returned = true;
    if (result !== undefined) reject(new Error('returned something'));
  });
}

/** The same by its promise. */
async function promised(file: DirectFile, method: 'read' | 'write', ...given: Given): Promise<Told> {
  try {
    const result = (await (file as unknown as Loose)[method](...given)) as Record<string, unknown>;
    return { error: null, bytes: Number(result.bytesRead ?? result.bytesWritten), buffer: result.buffer };
  } catch (error) {
    return { error: error as Error, bytes: 0, buffer: given[0] };
  }
}

/** Memory and parts of it, aligned or not. */
const PARTS: [memory: () => Buffer, offset?: number | null, length?: number | null][] = [
  [() => allocate(2 * BLOCK)],
  [() => allocate(2 * BLOCK), null, null],
  [() => allocate(2 * BLOCK), BLOCK, BLOCK],
  [() => allocate(2 * BLOCK), 512, 512],
  [() => allocate(2 * BLOCK), 5, 600],
  [() => allocate(2 * BLOCK), BLOCK],
  [() => allocate(2 * BLOCK), 0, 0],
  [() => allocate(700)],
  [() => allocate(2 * BLOCK).subarray(BLOCK)],
  [() => Buffer.alloc(2 * BLOCK)],
  [() => Buffer.alloc(700), 3, 600],
  [() => Buffer.alloc(0)],
];
const POSITIONS: Position[] = [0, BLOCK, 5, 512, 1n, BigInt(BLOCK), (BLOCKS - 1) * BLOCK, BLOCKS * BLOCK - 100];

eachTarget('reads tell by a callback what they tell by a promise', async (t, target) => {
  const file = await subject(t, target);
  for (const [memory, offset, length] of PARTS) {
    for (const position of [...POSITIONS, BLOCKS * BLOCK + 5]) {
      const [one, other] = [memory().fill(0), memory().fill(0)];
      const told = await called(file, 'read', one, offset, length, position);
      const expected = await promised(file, 'read', other, offset, length, position);
      t.deepEqual(
        [told.error, told.bytes],
        [null, expected.bytes],
        `${String(offset)}, ${String(length)}, ${position}`,
      );
      t.is(told.buffer, one);
      t.true(one.equals(other));
    }
  }
});

eachTarget('writes tell by a callback what they tell by a promise', async (t, target) => {
  const file = await subject(t, target);
  const random = new Random(3);
  const model = Buffer.from(CONTENT);
  for (const [memory, offset, length] of PARTS) {
    for (const position of POSITIONS.filter((at) => at !== null && at <= (BLOCKS - 2) * BLOCK)) {
      const buffer = memory();
      buffer.forEach((_, index) => (buffer[index] = random.integer(0, 255)));
      const bytes = length ?? buffer.byteLength - (offset ?? 0);
      const told = await called(file, 'write', buffer, offset, length, position);
      t.deepEqual([told.error, told.bytes], [null, bytes]);
      t.is(told.buffer, buffer);
      buffer.copy(model, Number(position), offset ?? 0, (offset ?? 0) + bytes);
    }
  }
  const { buffer } = await file.read(Buffer.alloc(model.byteLength), { position: 0 });
  t.true(buffer.equals(model));
});

eachTarget('without a position calls follow each other, in whichever form', async (t, target) => {
  const file = await subject(t, target);
  const reads = [
    called(file, 'read', Buffer.alloc(10), 0, 10, null),
    promised(file, 'read', Buffer.alloc(7), 0, 7, null),
    called(file, 'read', allocate(BLOCK), 0, BLOCK, -1),
    called(file, 'write', Buffer.from('!'), 0, 1, null),
  ];
  const [ten, seven, block, written] = await Promise.all(reads);
  t.deepEqual([ten?.bytes, seven?.bytes, block?.bytes, written?.bytes], [10, 7, BLOCK, 1]);
  t.true((seven?.buffer as Buffer).equals(CONTENT.subarray(10, 17)));
  t.true((block?.buffer as Buffer).equals(CONTENT.subarray(17, 17 + BLOCK)));
  t.is((await file.read(Buffer.alloc(1), { position: 17 + BLOCK })).buffer.toString(), '!');
});

/** Misuse, of read and write alike; each is refused by its promise in the same way. */
const WRONG: unknown[][] = [
  [allocate(BLOCK), 0, BLOCK, -2],
  [allocate(BLOCK), 0, BLOCK, 0.5],
  [allocate(BLOCK), 0, BLOCK, NaN],
  [allocate(BLOCK), 0, BLOCK, Infinity],
  [allocate(BLOCK), 0, BLOCK, 2 ** 53],
  [allocate(BLOCK), 0, BLOCK, '0'],
  [allocate(BLOCK), 0, BLOCK + 1, 0],
  [allocate(BLOCK), BLOCK + 1, 0, 0],
  [allocate(BLOCK), -1, 5, 0],
  [allocate(BLOCK), 512, BLOCK, 0],
  [allocate(BLOCK), 0, -1, 0],
  [allocate(BLOCK), 0, 1.5, 0],
  [allocate(BLOCK), 0.5, 1, 0],
  [allocate(BLOCK), NaN, BLOCK, 0],
  [allocate(BLOCK), '0', BLOCK, 0],
  [allocate(BLOCK), 0, '5', 0],
  [Buffer.alloc(0), 0, 1, 0],
  [5, 0, 1, 0],
  [[allocate(BLOCK)], 0, 1, 0],
];

test('misuse is told by the callback as it is by the promise, and nothing is submitted', async (t) => {
  const file = await subject(t);
  for (const method of ['read', 'write'] as const) {
    for (const wrong of WRONG) {
      const told = await called(file, method, ...(wrong as Given));
      const { error } = await promised(file, method, ...(wrong as Given));
      t.truthy(error?.code);
      t.deepEqual([told.error?.code, told.error?.name, told.bytes], [error?.code, error?.name, 0]);
      t.is(told.buffer, wrong[0]);
    }
  }
  t.is(file.queue.stats().operations, 0);
});

test('memory that was given back, a closed file and one that is open for something else are told by the callback', async (t) => {
  const file = await subject(t);
  using pool = BufferPool.create();
  for (const buffer of [pool.acquire(BLOCK), allocate(BLOCK)]) {
    buffer[Symbol.dispose]();
    t.is((await called(file, 'read', buffer, 0, BLOCK, 0)).error?.code, 'ERR_AIO_BUFFER_RELEASED');
    t.is((await called(file, 'write', buffer, 0, BLOCK, 0)).error?.code, 'ERR_AIO_BUFFER_RELEASED');
  }
  const [reader, writer] = [await open(file.path, 'r'), await open(file.path, 'a')];
  for (const memory of [allocate(BLOCK), Buffer.alloc(5)]) {
    for (const position of [0, null]) {
      t.is((await called(reader, 'write', memory, 0, 5, position)).error?.code, 'EBADF');
      t.is((await called(writer, 'read', memory, 0, 5, position)).error?.code, 'EBADF');
    }
  }
  t.is((await called(writer, 'write', allocate(BLOCK), 0, BLOCK, 0)).bytes, BLOCK);
  t.is(readFileSync(file.path).byteLength, (BLOCKS + 1) * BLOCK, 'appended');
  await Promise.all([reader.close(), writer.close()]);
  t.is((await called(reader, 'read', allocate(BLOCK), 0, BLOCK, 0)).error?.code, 'ERR_AIO_CLOSED');
  t.is((await called(writer, 'write', Buffer.alloc(5), 0, 5, 0)).error?.code, 'ERR_AIO_CLOSED');
});

test('a file that takes only what is aligned says so by the callback [O_DIRECT]', async (t) => {
  const file = await subject(t, rootTarget(), {}, { exact: true });
  const before = file.queue.stats().operations;
  const cases: Given[] = [
    [allocate(BLOCK), 0, BLOCK, 1],
    [allocate(BLOCK), 1, 512, 0],
    [Buffer.alloc(BLOCK), 0, BLOCK, 0],
  ];
  for (const given of cases) {
    t.is((await called(file, 'read', ...given)).error?.code, 'ERR_AIO_MISALIGNED');
    t.is((await called(file, 'write', ...given)).error?.code, 'ERR_AIO_MISALIGNED');
  }
  t.is(file.queue.stats().operations, before);
  t.is((await called(file, 'read', allocate(BLOCK), 0, BLOCK, 0)).bytes, BLOCK);
});

test('a queue that is full or closed is told by the callback, and the others come to their end', async (t) => {
  const file = await subject(t, rootTarget(), { depth: 2, capacity: 4 });
  const reads = Array.from({ length: 6 }, () => called(file, 'read', allocate(BLOCK), 0, BLOCK, 0));
  const codes = (await Promise.all(reads)).map(({ error, bytes }) => error?.code ?? bytes);
  t.deepEqual(codes, [...new Array<number>(4).fill(BLOCK), 'ERR_AIO_QUEUE_FULL', 'ERR_AIO_QUEUE_FULL']);
  t.is((await called(file, 'write', allocate(BLOCK), 0, BLOCK, 0)).bytes, BLOCK);
  await file.queue.close();
  t.is((await called(file, 'write', allocate(BLOCK), 0, BLOCK, 0)).error?.code, 'ERR_AIO_CLOSED');
  t.is((await called(file, 'read', Buffer.alloc(5), 0, 5, 0)).error?.code, 'ERR_AIO_CLOSED');
});

test('a callback that is no function is misuse, and nothing is submitted', async (t) => {
  const file = await subject(t);
  const loose = file as unknown as Loose;
  for (const wrong of [null, 5, 'text', {}, true, Symbol('a')]) {
    for (const memory of [allocate(BLOCK), Buffer.alloc(5)]) {
      const refusal = { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' };
      await t.throwsAsync(async () => loose.read(memory, 0, 5, 0, wrong), refusal);
      await t.throwsAsync(async () => loose.write(memory, 0, memory.byteLength, 0, wrong), refusal);
    }
  }
  t.is(file.queue.stats().operations, 0);
  const promise = loose.read(allocate(BLOCK), 0, BLOCK, 0, undefined);
  t.true(promise instanceof Promise, 'none at all is the other form');
  await promise;
});

eachTarget('no callback is called inside a call of the library, nor before that has returned', async (t, target) => {
  const file = await subject(t, target, { batch: 'manual' });
  let inside = false;
  let told = 0;
  const within = (call: () => void): void => {
    inside = true;
    call();
    inside = false;
  };
  const tell = (): void => {
    told++;
    t.false(inside);
    // From a callback too.
    within(() => {
      file.queue.flush();
    });
  };
  for (let round = 0; round < 20; round++) {
    within(() => {
      for (let at = 0; at < 8; at++) file.read(allocate(BLOCK), 0, BLOCK, at * BLOCK, tell);
      file.write(allocate(BLOCK), 0, BLOCK, 9 * BLOCK, tell);
      file.read(allocate(BLOCK), 0, BLOCK, -5, tell);
      file.read(Buffer.alloc(5), 0, 5, 3, tell);
      file.queue.flush();
    });
    await file.queue.drain();
    t.is(told, (round + 1) * 11, 'all are told when the queue has drained');
  }
});

eachTarget('calls that follow from callbacks do not keep a timer from firing', async (t, target) => {
  const file = await subject(t, target);
  const buffer = allocate(BLOCK);
  let reads = 0;
  const ended = await new Promise<string>((resolve) => {
    let over = false;
    setTimeout(() => {
      over = true;
      resolve('a timer');
    }, 1);
    const next = (error: Error | null, bytes: number): void => {
      if (error !== null || bytes !== BLOCK) resolve(String(error));
      else if (++reads > 5_000_000) resolve('reads alone');
      else if (!over) file.read(buffer, 0, BLOCK, 0, next);
    };
    file.read(buffer, 0, BLOCK, 0, next);
  });
  t.is(ended, 'a timer', `after ${reads} reads`);
  await file.queue.drain();
});

test('a call that is refused and tried again by its callback, for ever, does not keep a timer from firing', async (t) => {
  const file = await subject(t);
  let over = false;
  let tries = 0;
  const again = (error: Error | null): void => {
    tries++;
    if (!over) file.read(allocate(BLOCK), 0, BLOCK + 1, 0, again);
    t.is((error as NodeJS.ErrnoException).code, 'ERR_OUT_OF_RANGE');
  };
  file.read(allocate(BLOCK), 0, BLOCK + 1, 0, again);
  await new Promise((resolve) => setTimeout(resolve, 1));
  over = true;
  await new Promise((resolve) => setImmediate(resolve));
  t.true(tries > 1);
});

test('each callback is called once, whatever becomes of its call', async (t) => {
  const file = await subject(t, rootTarget(), { depth: 4, capacity: 32 });
  const random = new Random(4);
  const counts = new Uint8Array(2000);
  const tell = (index: number) => (): void => {
    counts[index]!++;
  };
  for (const index of counts.keys()) {
    const memory = random.integer(0, 2) === 0 ? Buffer.alloc(BLOCK) : allocate(BLOCK);
    const position = random.integer(-1, 3) * (random.integer(0, 3) === 0 ? 100 : BLOCK);
    const method = random.integer(0, 1) === 0 ? 'read' : 'write';
    file[method](memory, 0, random.integer(0, 9) === 0 ? BLOCK + 1 : BLOCK, position, tell(index));
    if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await file.close();
  await file.queue.close();
  t.true(
    counts.every((count) => count === 1),
    `${counts.findIndex((count) => count !== 1)}`,
  );
});

test('what a callback that is bound keeps is there in it', async (t) => {
  const file = await subject(t);
  const storage = new AsyncLocalStorage<string>();
  const found = await new Promise((resolve) => {
    storage.run('kept', () => {
      const tell = AsyncLocalStorage.bind(() => {
        resolve(storage.getStore());
      });
      file.read(allocate(BLOCK), 0, BLOCK, 0, tell);
    });
  });
  t.is(found, 'kept');
});

test('of two callbacks the one in its own place counts, and the other is an argument like any', async (t) => {
  const file = await subject(t);
  const error = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const loose = file as unknown as { write(...given: unknown[]): void };
    loose.write(allocate(BLOCK), 0, () => undefined, 0, resolve);
  });
  t.is(error?.code, 'ERR_INVALID_ARG_TYPE');
});

test('the callback may come behind options, or behind a string and its encoding', async (t) => {
  const file = await subject(t);
  const buffer = allocate(BLOCK).fill('a');
  const told = (start: (tell: (...end: unknown[]) => void) => void): Promise<unknown[]> =>
    new Promise((resolve) => {
      start((...end) => {
        resolve(end);
      });
    });
  t.deepEqual(
    await told((tell) => {
      file.write(buffer, { position: 0 }, tell);
    }),
    [null, BLOCK, buffer],
  );
  t.deepEqual(
    await told((tell) => {
      file.read(buffer, { position: BLOCK, length: 10 }, tell);
    }),
    [null, 10, buffer],
  );
  t.deepEqual(
    await told((tell) => {
      file.write('text', 3, 'latin1', tell);
    }),
    [null, 4, 'text'],
  );
  const [error] = await told((tell) => {
    file.read(buffer, { position: 0.5 }, tell);
  });
  t.is((error as NodeJS.ErrnoException).code, 'ERR_OUT_OF_RANGE');
});

test('a buffer and a callback are enough', async (t) => {
  const file = await subject(t);
  const read = async (): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      file.read(Buffer.alloc(10), (error, bytes, buffer) => {
        if (error) reject(error);
        else resolve(buffer.subarray(0, bytes));
      });
    });
  t.deepEqual([await read(), await read()], [CONTENT.subarray(0, 10), CONTENT.subarray(10, 20)]);
  const written = await new Promise((resolve) => {
    file.write(Buffer.from('here'), (error, bytes) => {
      resolve(error ?? bytes);
    });
  });
  t.is(written, 4);
  t.is(readFileSync(file.path).subarray(20, 24).toString(), 'here');
});
