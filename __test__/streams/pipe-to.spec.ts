import { deepStrictEqual, ok } from 'node:assert/strict';
import { createWriteStream, readFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { EventEmitter, once } from 'node:events';
import {
  connect as connectHttp2,
  constants,
  createServer as createHttp2Server,
  type ClientHttp2Stream,
} from 'node:http2';
import { connect, createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net';
import { Duplex, PassThrough, Writable } from 'node:stream';
import { buffer as bytesOf } from 'node:stream/consumers';
import { TransformStream } from 'node:stream/web';
import { setImmediate as turn } from 'node:timers/promises';
import { createGunzip, createGzip } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';

import { BufferPool, type DirectFile } from '../../index.js';
import { fileWith, patterned, poolOf } from '../support/stream-subject.js';
import { eachDirectory, scratchFile, type DirectoryTarget } from '../support/targets.js';

/** Programs a target. */
const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 60);
const CONTENT = patterned(1_300_001);
const SIZE = 16 * 1024;

async function subject(t: ExecutionContext, target?: DirectoryTarget): Promise<DirectFile> {
  return fileWith(t, CONTENT, target, 'r');
}

/** Waits until all blocks are back; where they never come, the test ends by its timeout. */
async function untilBack(pool: BufferPool): Promise<void> {
  while (pool.stats().blocks > 0) await turn();
}

/** Takes what is written, each piece after some turns of the event loop. */
function taking(parts: Buffer[], highWaterMark: number, slowness: number): Writable {
  return new Writable({
    highWaterMark,
    write(chunk: Buffer, _, callback) {
      void (async () => {
        for (let index = 0; index < slowness; index++) await turn();
        parts.push(Buffer.from(chunk));
        callback();
      })();
    },
  });
}

const place = fc.integer({ min: 0, max: 1_400_000 });

eachDirectory(
  'any part of a file is written to a stream, however slow, and every block comes back',
  async (t, target) => {
    const file = await subject(t, target);
    const asked = fc.record(
      {
        start: place,
        end: place,
        size: fc.integer({ min: 5000, max: 300_000 }),
        ahead: fc.integer({ min: 0, max: 8 }),
      },
      { requiredKeys: [] },
    );
    const property = fc.asyncProperty(
      asked,
      fc.integer({ min: 1, max: 500_000 }),
      fc.integer({ min: 0, max: 2 }),
      async (options, highWaterMark, slowness) => {
        fc.pre((options.start ?? 0) <= (options.end ?? Infinity));
        using pool = BufferPool.create({ limit: 2 ** 20 });
        const parts: Buffer[] = [];
        const writable = taking(parts, highWaterMark, slowness);
        const bytes = await file.pipeTo(writable, { ...options, pool });
        const expected = CONTENT.subarray(options.start ?? 0, (options.end ?? Infinity) + 1);
        ok(Buffer.concat(parts).equals(expected));
        deepStrictEqual(bytes, expected.byteLength);
        ok(writable.writableFinished);
        deepStrictEqual(pool.stats().blocks, 0);
      },
    );
    await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
    t.pass();
  },
);

eachDirectory('a file is piped into a file, a compressor and a transforming stream', async (t, target) => {
  const file = await subject(t, target);
  const copy = await scratchFile(t, target);
  t.is(await file.pipeTo(createWriteStream(copy)), CONTENT.byteLength);
  t.true(readFileSync(copy).equals(CONTENT));
  const gzip = createGzip({ level: 1 });
  const unzipped = bytesOf(gzip.pipe(createGunzip()));
  t.is(await file.pipeTo(gzip, { size: SIZE }), CONTENT.byteLength);
  t.true((await unzipped).equals(CONTENT));
  const through = new PassThrough();
  const passed = bytesOf(through);
  t.is(await file.pipeTo(through, { start: 5, end: 900_000 }), 899_996);
  // It hands on what it is given, which has long been called back then.
  t.true((await passed).equals(CONTENT.subarray(5, 900_001)));
});

/** Streams that hand their chunks on after they have called back, and where they come out. */
const HANDING_ON: Record<string, () => { into: Writable; from: AsyncIterable<Buffer>; copy?: boolean }> = {
  'a plain Duplex': () => {
    const duplex: Duplex = new Duplex({
      highWaterMark: 1 << 22,
      read: () => undefined,
      write(chunk, _, callback) {
        duplex.push(chunk);
        callback();
      },
      final(callback) {
        duplex.push(null);
        callback();
      },
    });
    return { into: duplex, from: duplex };
  },
  'Duplex.from': () => {
    const duplex = Duplex.from(async function* (source: AsyncIterable<Buffer>) {
      yield* source;
    });
    return { into: duplex, from: duplex };
  },
  'a web stream, which has to be told of': () => {
    const { readable, writable } = new TransformStream<Buffer, Buffer>(
      {},
      { highWaterMark: 50 },
      { highWaterMark: 50 },
    );
    return { into: Writable.fromWeb(writable), from: readable, copy: true };
  },
};

for (const [name, make] of Object.entries(HANDING_ON)) {
  test(`what hands chunks on has them to keep: ${name}`, async (t) => {
    const file = await subject(t);
    const { into, from, copy } = make();
    const piping = file.pipeTo(into, { size: SIZE, copy });
    const parts: Buffer[] = [];
    for await (const part of from) {
      parts.push(part);
      if (parts.length % 8 === 0) for (let index = 0; index < 5; index++) await turn();
    }
    t.is(await piping, CONTENT.byteLength);
    t.true(Buffer.concat(parts).equals(CONTENT));
  });
}

test('a stream that is none of the failure’s causes has no listener left', async (t) => {
  const file = await subject(t);
  const writable = taking([], 1, 1);
  const names = writable.eventNames().length;
  for (let index = 0; index < 12; index++) {
    const controller = new AbortController();
    const piping = file.pipeTo(writable, { size: SIZE, signal: controller.signal, close: false });
    await turn();
    controller.abort();
    await t.throwsAsync(piping, { name: 'AbortError' });
  }
  t.is(writable.listenerCount('error'), 0);
  t.is(writable.eventNames().length, names);
});

test('a block comes back when its write has called back, and not before', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  const written: { chunk: Buffer; callback: () => void }[] = [];
  const writable = new Writable({
    highWaterMark: 3 * SIZE,
    write(chunk: Buffer, _, callback) {
      written.push({ chunk, callback });
    },
  });
  const piping = file.pipeTo(writable, { size: SIZE, ahead: 0, pool });
  while (pool.stats().blocks < 3) await turn();
  for (let index = 0; index < 50; index++) await turn();
  // As many as the writable wanted; the first of them is being written.
  t.is(pool.stats().blocks, 3);
  t.is(written.length, 1);
  const parts: Buffer[] = [];
  while (parts.length * SIZE < CONTENT.byteLength) {
    const next = written.shift();
    if (next === undefined) {
      await turn();
      continue;
    }
    parts.push(Buffer.from(next.chunk));
    next.callback();
  }
  t.is(await piping, CONTENT.byteLength);
  t.true(Buffer.concat(parts).equals(CONTENT));
  t.is(pool.stats().blocks, 0);
});

test('several files are piped into one stream that stays open', async (t) => {
  const file = await subject(t);
  const parts: Buffer[] = [];
  const writable = taking(parts, 1, 1);
  t.is(await file.pipeTo(writable, { end: 99_999, close: false }), 100_000);
  t.is(await file.pipeTo(writable, { start: 500_000, end: 500_009, close: false }), 10);
  t.false(writable.writableEnded);
  // Nothing stays behind at a stream that is used again and again.
  t.deepEqual(
    ['drain', 'error', 'close', 'finish'].map((event) => writable.listenerCount(event)),
    [0, 0, 0, 0],
  );
  t.is(await file.pipeTo(writable, { start: 1_300_000 }), 1);
  t.true(writable.writableFinished);
  const expected = [CONTENT.subarray(0, 100_000), CONTENT.subarray(500_000, 500_010), CONTENT.subarray(1_300_000)];
  t.true(Buffer.concat(parts).equals(Buffer.concat(expected)));
});

type Break = (writable: Writable, file: DirectFile, controller: AbortController) => void;

const BREAKS: Record<string, { breaks: Break; code: string }> = {
  'is destroyed': { breaks: (writable) => writable.destroy(), code: 'ERR_STREAM_PREMATURE_CLOSE' },
  'is destroyed with an error': {
    breaks: (writable) => writable.destroy(Object.assign(new Error('mine'), { code: 'MINE' })),
    code: 'MINE',
  },
  'is ended by somebody else': { breaks: (writable) => writable.end(), code: 'ERR_STREAM_WRITE_AFTER_END' },
  'has to wait and the signal aborts': {
    breaks: (_, __, controller) => {
      controller.abort();
    },
    code: 'ABORT_ERR',
  },
  'has to wait and the file is closed': { breaks: (_, file) => void file.close(), code: 'ERR_AIO_CLOSED' },
};

for (const [name, { breaks, code }] of Object.entries(BREAKS)) {
  for (const close of [true, false]) {
    test(`all blocks come back where the stream ${name}${close ? '' : ' and is not to be closed'}`, async (t) => {
      const file = await subject(t);
      const pool = poolOf(t, 8, SIZE);
      const controller = new AbortController();
      let writes = 0;
      const writable = new Writable({
        highWaterMark: 2 * SIZE,
        write(_, __, callback) {
          if (++writes === 3) breaks(writable, file, controller);
          setImmediate(callback);
        },
      });
      // Of a stream that is not to be closed an error is its owner's.
      if (!close) writable.on('error', () => undefined);
      const options = { size: SIZE, pool, close, ahead: 4, signal: controller.signal };
      const error = await t.throwsAsync(file.pipeTo(writable, options), { code });
      await untilBack(pool);
      t.is(pool.stats().blocks, 0);
      if (close) {
        t.true(writable.destroyed);
        // Told by its own error as well, which is nobody's to catch; not where it was at its end before.
        if (code === 'ERR_STREAM_PREMATURE_CLOSE' || writable.writableFinished) t.is(writable.errored, null);
        else t.is(writable.errored, error);
      }
      for (let index = 0; index < 5; index++) await turn();
    });
  }
}

for (const autoDestroy of [true, false]) {
  const how = autoDestroy ? 'destroys itself' : 'stays';
  test(`a stream that is ended by somebody else while it is full is told, and ${how}`, async (t) => {
    const file = await subject(t);
    const pool = poolOf(t, 8, SIZE);
    let writes = 0;
    const writable = new Writable({
      autoDestroy,
      highWaterMark: 1,
      write(_, __, callback) {
        if (++writes === 3) writable.end();
        setImmediate(callback);
      },
    });
    await t.throwsAsync(file.pipeTo(writable, { size: SIZE, pool }), { code: 'ERR_STREAM_WRITE_AFTER_END' });
    t.true(writable.writableFinished);
    t.is(writes, 3);
    await untilBack(pool);
  });
}

test('a stream that fails to write rejects with its error', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  let writes = 0;
  const writable = new Writable({
    write(_, __, callback) {
      if (++writes === 3) callback(Object.assign(new Error('full'), { code: 'ENOSPC' }));
      else setImmediate(callback);
    },
  });
  await t.throwsAsync(file.pipeTo(writable, { size: SIZE, pool }), { code: 'ENOSPC' });
  await untilBack(pool);
  t.true(writable.destroyed);
});

test('a stream that goes away while there is no memory for it waits no longer', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 1, SIZE);
  const buffer = pool.acquire(SIZE);
  const writable = new PassThrough();
  const piping = t.throwsAsync(file.pipeTo(writable, { size: SIZE, pool }), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  await turn();
  writable.destroy();
  await piping;
  pool.release(buffer);
  t.is(pool.stats().blocks, 0);
});

/** Not of Node's kind: drains, and ends, and calls nothing back. */
class Taciturn extends EventEmitter {
  writable = true;
  readonly written: Uint8Array[] = [];
  readonly #says: boolean | undefined;

  constructor(says?: boolean) {
    super();
    this.#says = says;
  }

  write(chunk: Uint8Array): boolean | undefined {
    this.written.push(chunk);
    if (this.#says === false) setImmediate(() => this.emit('drain'));
    return this.#says;
  }

  end(): void {
    this.emit('finish');
  }
}

for (const says of [true, false, undefined]) {
  test(`what calls no write back gets copies and holds no block: write returns ${String(says)}`, async (t) => {
    const file = await subject(t);
    const pool = poolOf(t, 4, SIZE);
    const writable = new Taciturn(says);
    t.is(await file.pipeTo(writable as never, { size: SIZE, pool }), CONTENT.byteLength);
    t.true(Buffer.concat(writable.written).equals(CONTENT));
    t.is(pool.stats().blocks, 0);
    t.deepEqual(writable.eventNames(), []);
  });
}

test('a stream whose write was replaced gets copies, and ends', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 4, SIZE);
  const parts: Buffer[] = [];
  const later: Buffer[] = [];
  const writable = taking(parts, 1, 1);
  const write = writable.write.bind(writable) as (chunk: Buffer) => boolean;
  // As a middleware that logs does; it forgets what the write returns, and the callback.
  writable.write = ((chunk: Buffer) => {
    later.push(chunk);
    write(chunk);
  }) as never;
  t.is(await file.pipeTo(writable, { size: SIZE, pool }), CONTENT.byteLength);
  t.true(Buffer.concat(parts).equals(CONTENT));
  t.true(Buffer.concat(later).equals(CONTENT));
});

test('a stream whose write was replaced is written when that is told, and so is its failure', async (t) => {
  const file = await subject(t);
  for (const fails of [false, true]) {
    let ended = 0;
    const writable = new Writable({
      highWaterMark: 1 << 20,
      write(_, __, callback) {
        setTimeout(() => {
          ended++;
          callback(fails ? Object.assign(new Error('full'), { code: 'ENOSPC' }) : null);
        }, 20);
      },
    });
    const write = writable.write.bind(writable) as (chunk: Buffer) => boolean;
    writable.write = ((chunk: Buffer) => write(chunk)) as never;
    const piping = file.pipeTo(writable, { size: SIZE, end: 2 * SIZE - 1, close: false });
    if (fails) await t.throwsAsync(piping, { code: 'ENOSPC' });
    else t.is(await piping, 2 * SIZE);
    t.is(ended, fails ? 1 : 2);
  }
});

test('a stream whose write was replaced and that closes slowly tells its failure', async (t) => {
  const file = await subject(t);
  const writable = new Writable({
    write(_, __, callback) {
      setImmediate(callback, Object.assign(new Error('full'), { code: 'ENOSPC' }));
    },
    destroy(error, callback) {
      setTimeout(callback, 100, error);
    },
  });
  const write = writable.write.bind(writable) as (chunk: Buffer) => boolean;
  writable.write = ((chunk: Buffer) => write(chunk)) as never;
  await t.throwsAsync(file.pipeTo(writable, { end: 9, close: false }), { code: 'ENOSPC' });
});

test('a stream that is destroyed while it is full, and emits nothing, is told by its write', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 4, SIZE);
  const writable = new Writable({
    emitClose: false,
    highWaterMark: 1,
    write(_, __, callback) {
      writable.destroy();
      setImmediate(callback);
    },
  });
  await t.throwsAsync(file.pipeTo(writable, { size: SIZE, pool }), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  await untilBack(pool);
});

test('a stream that fails again and again keeps no listener, and its errors are told each time', async (t) => {
  const file = await subject(t);
  // As process.stdout, whose reader has gone away.
  const writable = new Writable({
    autoDestroy: false,
    write(_, __, callback) {
      callback(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    },
  });
  writable.on('error', () => undefined);
  for (let index = 0; index < 12; index++) {
    const error = await t.throwsAsync(file.pipeTo(writable, { size: SIZE, close: false }));
    t.is((error as { code?: string }).code, 'EPIPE');
    await turn();
    t.true(writable.listenerCount('error') <= 2, String(writable.listenerCount('error')));
  }
});

test('a stream that throws rejects with what it throws', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  const writable = new PassThrough();
  writable.write = (): boolean => {
    throw new Error('mine');
  };
  await t.throwsAsync(file.pipeTo(writable, { size: SIZE, pool }), { message: 'mine' });
  await untilBack(pool);
  t.true(writable.destroyed);
});

async function listening(t: ExecutionContext, respond: (response: ServerResponse) => void): Promise<number> {
  const server = createServer((_, response) => {
    respond(response);
  });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('a response of http has a file, or its part, without a copy', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  const told: Promise<number>[] = [];
  const port = await listening(t, (response) => {
    told.push(file.pipeTo(response, { size: SIZE, pool, start: 1000 }));
  });
  const contents = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const [answer] = (await once(get({ host: '127.0.0.1', port, agent: false }), 'response')) as [IncomingMessage];
      return bytesOf(answer);
    }),
  );
  for (const content of contents) t.true(content.equals(CONTENT.subarray(1000)));
  t.deepEqual(await Promise.all(told), Array(10).fill(CONTENT.byteLength - 1000));
  t.is(pool.stats().blocks, 0);
});

test('clients that go away at any moment free their blocks', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  const told: Promise<unknown>[] = [];
  const port = await listening(t, (response) => {
    told.push(file.pipeTo(response, { size: SIZE, pool }).catch((error: unknown) => (error as { code: string }).code));
  });
  const clients = Array.from({ length: 30 }, async (_, index) => {
    const [answer] = (await once(get({ host: '127.0.0.1', port, agent: false }), 'response')) as [IncomingMessage];
    answer.on('error', () => undefined);
    let bytes = 0;
    for await (const chunk of answer) {
      bytes += (chunk as Buffer).byteLength;
      if (bytes > index * 20_000) break;
    }
    answer.destroy();
  });
  await Promise.all(clients);
  const ends = await Promise.all(told);
  const known = [CONTENT.byteLength, 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ECONNRESET', 'EPIPE'];
  t.true(
    ends.every((end) => (known as unknown[]).includes(end)),
    JSON.stringify(ends),
  );
  await untilBack(pool);
  t.is(pool.stats().blocks, 0);
});

test('a response that waits behind another frees its blocks when the client goes away', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  const told: Promise<unknown>[] = [];
  const port = await listening(t, (response) => {
    // The first is never answered.
    if (response.req.url === '/1') return;
    told.push(file.pipeTo(response, { size: SIZE, pool }).catch((error: unknown) => (error as { code: string }).code));
  });
  const socket = connect(port, '127.0.0.1');
  for (const name of [1, 2, 3]) socket.write(`GET /${String(name)} HTTP/1.1\r\nHost: here\r\n\r\n`);
  while (told.length < 2 || pool.stats().blocks === 0) await turn();
  socket.destroy();
  // Runtimes differ in what they call it.
  for (const end of await Promise.all(told)) t.regex(String(end), /^ERR_STREAM_(PREMATURE_CLOSE|DESTROYED)$/);
  await untilBack(pool);
});

test('a response that waits behind another is sent in its turn', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 8, SIZE);
  let first: ServerResponse | undefined;
  const told: Promise<number>[] = [];
  const port = await listening(t, (response) => {
    if (response.req.url === '/1') first = response;
    else told.push(file.pipeTo(response, { size: SIZE, pool }));
  });
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /1 HTTP/1.1\r\nHost: here\r\n\r\n');
  socket.write('GET /2 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n');
  const answer = bytesOf(socket);
  while (told.length < 1 || pool.stats().blocks === 0) await turn();
  first?.end('first');
  t.deepEqual(await Promise.all(told), [CONTENT.byteLength]);
  // In chunks, each with its length before it: the bytes of the file are all there.
  t.true((await answer).byteLength > CONTENT.byteLength);
  t.is(pool.stats().blocks, 0);
});

test('a response that http2 resets is no success', async (t) => {
  const file = await fileWith(t, patterned(300_000), undefined, 'r');
  const pool = poolOf(t, 8, 512 * 1024);
  const told: Promise<unknown>[] = [];
  const server = createHttp2Server((_, response) => {
    told.push(file.pipeTo(response, { pool }).catch((error: unknown) => (error as { code: string }).code));
  });
  t.teardown(() => {
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connectHttp2(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  t.teardown(() => {
    session.close();
  });
  const ask = (): ClientHttp2Stream => session.request({ ':path': '/' });
  const reset = ask();
  reset.on('error', () => undefined);
  await once(reset, 'response');
  reset.close(constants.NGHTTP2_CANCEL);
  t.regex(String(await told[0]), /^(ERR_STREAM_PREMATURE_CLOSE|ECANCELED)$/);
  t.true((await bytesOf(ask())).equals(patterned(300_000)));
  t.is(await told[1], 300_000);
  await untilBack(pool);
});

test('a client that takes nothing holds a block or two, and others have the rest', async (t) => {
  const file = await subject(t);
  const pool = poolOf(t, 4, SIZE);
  const sockets: Socket[] = [];
  const server = createSocketServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    void file.pipeTo(socket, { size: SIZE, pool }).catch(() => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const lazy = connect(port, '127.0.0.1');
  lazy.pause();
  await once(lazy, 'connect');
  for (let index = 0; index < 100; index++) await turn();
  const content = await bytesOf(connect(port, '127.0.0.1'));
  t.true(content.equals(CONTENT));
  lazy.destroy();
  await untilBack(pool);
  for (const socket of sockets) socket.destroy();
  server.close();
  t.is(pool.stats().blocks, 0);
});

test('what is no stream, or no option, is refused and nothing is written', async (t) => {
  const file = await subject(t);
  const writable = new PassThrough();
  for (const wrong of [undefined, null, 5, {}, new WritableStream()]) {
    await t.throwsAsync(file.pipeTo(wrong as never), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  await t.throwsAsync(file.pipeTo(writable, { close: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE' });
  await t.throwsAsync(file.pipeTo(writable, { start: -1 }), { code: 'ERR_OUT_OF_RANGE' });
  await t.throwsAsync(file.pipeTo(writable, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  t.false(writable.destroyed);
  t.is(writable.listenerCount('drain'), 0);
});
