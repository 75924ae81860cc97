import { readdirSync, readlinkSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';

import { Served } from '../../support/media-server.js';

const BLOCK = 64 * 1024;
/** More than both ends' socket buffers hold. */
const LARGE = 64 << 20;

/** Descriptors of this process on `path`. */
function descriptors(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
    } catch {
      return false;
    }
  }).length;
}

/** Asks for the file, and reads nothing of what comes. */
async function stall(served: Served, path: string): Promise<Socket> {
  const socket = await served.connect();
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  return socket;
}

/** A file of zeros, and a server with room for `blocks`. */
async function withLarge(t: ExecutionContext, blocks: number, settings = {}): Promise<Served> {
  const served = await Served.start(t, { memoryBytes: blocks * BLOCK, blockBytes: BLOCK, ...settings });
  served.write('large.bin', '');
  truncateSync(join(served.directory, 'large.bin'), LARGE);
  return served;
}

test('answers about the same file share one descriptor', async (t) => {
  const served = await withLarge(t, 64);
  const path = join(served.directory, 'large.bin');
  const sockets = await Promise.all(Array.from({ length: 8 }, () => stall(served, '/large.bin')));
  await served.until(({ transfers, memory }) => transfers === 8 && memory!.blocks >= 8);
  t.is(descriptors(path), 1);
  t.is(served.server.stats().files, 1);
  for (const socket of sockets) socket.destroy();
});

test('a replaced file is served anew, its old descriptor until its answers are done', async (t) => {
  const served = await withLarge(t, 64);
  const path = join(served.directory, 'large.bin');
  const socket = await stall(served, '/large.bin');
  await served.until(({ memory }) => memory!.blocks > 0);
  renameSync(served.write('new.bin', 'new'), path);
  t.is((await served.get('/large.bin')).body.toString(), 'new');
  t.is(descriptors(`${path} (deleted)`), 1);
  socket.destroy();
  while (descriptors(`${path} (deleted)`) > 0) await new Promise(setImmediate);
  t.is(descriptors(path), 1);
});

test('files that nobody asks for any more are closed', async (t) => {
  const served = await Served.start(t, { idleMs: 100 });
  const path = served.write('file.bin', 'content');
  t.is((await served.get('/file.bin')).body.toString(), 'content');
  await served.until(({ files }) => files === 0);
  while (descriptors(path) > 0) await new Promise(setImmediate);
  t.is((await served.get('/file.bin')).body.toString(), 'content');
});

test('a bounded number of files is open, and none at the end', async (t) => {
  const served = await Served.start(t, { idleMs: 3_600_000 });
  for (let index = 0; index < 200; index++) served.write(`${index}.bin`, `${index}`);
  const replies = [];
  for (let index = 0; index < 200; index++) replies.push(await served.get(`/${index}.bin`));
  t.deepEqual(
    replies.map(({ body }) => body.toString()),
    Array.from({ length: 200 }, (_, index) => `${index}`),
  );
  t.is(served.server.stats().files, 128);
  while (descriptors(served.directory) > 128) await new Promise(setImmediate);
  await served.server.close();
  while (descriptors(served.directory) > 0) await new Promise(setImmediate);
  t.pass();
});

test('a connection that reads nothing holds two blocks at the most', async (t) => {
  const served = await withLarge(t, 64);
  const sockets = await Promise.all(Array.from({ length: 5 }, () => stall(served, '/large.bin')));
  await served.until(({ transfers, memory }) => transfers === 5 && memory!.blocks >= 5);
  // Another's whole file goes through meanwhile: those have all that they ever get.
  const { body } = await served.get('/large.bin');
  t.is(body.byteLength, LARGE);
  await served.until(({ transfers }) => transfers === 5);
  const { blocks } = served.server.stats().memory!;
  t.true(blocks >= 5 && blocks <= 10, `${blocks}`);
  for (const socket of sockets) socket.destroy();
});

test('a client that goes away frees its blocks and its file at once', async (t) => {
  const served = await withLarge(t, 64);
  const sockets = await Promise.all(Array.from({ length: 20 }, () => stall(served, '/large.bin')));
  await served.until(({ transfers, memory }) => transfers === 20 && memory!.blocks >= 20);
  for (const socket of sockets) socket.destroy();
  await served.until(({ transfers, connections, memory }) => transfers + connections + memory!.blocks === 0);
  t.is(served.server.stats().memory!.held, 0);
});

for (const engine of ['linux-aio', 'node'] as const) {
  test(`a client that goes away leaves the file open for others, ${engine}`, async (t) => {
    const served = await withLarge(t, 64, { engine });
    const [gone, stays] = [await stall(served, '/large.bin'), await stall(served, '/large.bin')];
    await served.until(({ transfers }) => transfers === 2);
    gone.destroy();
    await served.until(({ transfers }) => transfers === 1);
    let bytes = 0;
    stays.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
    stays.resume();
    while (bytes < LARGE && !stays.destroyed) await new Promise(setImmediate);
    t.true(bytes >= LARGE);
    stays.destroy();
  });
}

test('clients that went while they waited for memory take none', async (t) => {
  const served = await withLarge(t, 1, { hurryMs: 3_600_000 });
  const first = await stall(served, '/large.bin');
  await served.until(({ memory }) => memory!.blocks > 0);
  const waiting = await Promise.all(Array.from({ length: 10 }, () => stall(served, '/large.bin')));
  await served.until(({ transfers }) => transfers === 11);
  for (const socket of waiting) socket.destroy();
  await served.until(({ transfers }) => transfers === 1);
  t.is(served.server.stats().memory!.blocks, 1);
  first.destroy();
  await served.until(({ memory }) => memory!.blocks === 0);
  t.is((await served.get('/large.bin', { Range: 'bytes=0-99' })).body.byteLength, 100);
});

test('who reads nothing is cut off where others want the memory', async (t) => {
  const served = await withLarge(t, 4, { patienceMs: 3_600_000, hurryMs: 3000 });
  const sockets = await Promise.all(Array.from({ length: 4 }, () => stall(served, '/large.bin')));
  await served.until(({ memory }) => memory!.blocks === 4);
  const { body } = await served.get('/large.bin');
  t.is(body.byteLength, LARGE);
  t.true(served.server.stats().cutOff > 0);
  for (const socket of sockets) socket.destroy();
});

for (const engine of ['linux-aio', 'node'] as const) {
  test(`who reads nothing is cut off in the end, ${engine}`, async (t) => {
    const served = await withLarge(t, 64, { engine, patienceMs: 300, hurryMs: 300 });
    const socket = await stall(served, '/large.bin');
    await served.until(({ transfers }) => transfers === 1);
    await served.until(({ transfers, connections }) => transfers + connections === 0);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
    socket.resume();
    await once(socket, 'close');
    t.true(bytes < LARGE);
  });
}

test('who reads a little at a time gets it all', async (t) => {
  const served = await withLarge(t, 64);
  const socket = await stall(served, '/large.bin');
  let bytes = 0;
  while (bytes < LARGE / 8) {
    bytes += (socket.read() as Buffer | null)?.byteLength ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  t.is(served.server.stats().transfers, 1);
  socket.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
  socket.resume();
  while (bytes < LARGE && !socket.destroyed) await new Promise(setImmediate);
  t.true(bytes >= LARGE);
  t.is(served.server.stats().cutOff, 0);
  socket.destroy();
});

test('more answers than are allowed at once are 503, and not for long', async (t) => {
  const served = await withLarge(t, 64, { transfers: 2 });
  const sockets = await Promise.all([stall(served, '/large.bin'), stall(served, '/large.bin')]);
  await served.until(({ transfers }) => transfers === 2);
  const { status, headers } = await served.get('/large.bin');
  t.is(status, 503);
  t.is(headers['retry-after'], '1');
  t.is((await served.ask('HEAD', '/large.bin')).status, 200);
  for (const socket of sockets) socket.destroy();
  await served.until(({ transfers }) => transfers === 0);
  t.is((await served.get('/large.bin', { Range: 'bytes=0-0' })).status, 206);
});

for (const engine of ['linux-aio', 'node'] as const) {
  test(`a file that becomes shorter while it is sent ends the connection, ${engine}`, async (t) => {
    const served = await withLarge(t, 64, { engine });
    const path = join(served.directory, 'large.bin');
    const socket = await stall(served, '/large.bin');
    // Before its head is sent a file can become shorter without a trace of an answer.
    await once(socket, 'readable');
    truncateSync(path, 0);
    // What is asked for behind it must not be taken for the rest of it.
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.resume();
    await once(socket, 'close');
    const said = Buffer.concat(chunks);
    t.true(said.byteLength < LARGE);
    t.is(said.lastIndexOf('HTTP/1.1 '), 0);
    await served.until(({ transfers, memory }) => transfers === 0 && (memory?.blocks ?? 0) === 0);
    writeFileSync(path, 'short');
    t.is((await served.get('/large.bin')).body.toString(), 'short');
  });
}

test('requests on one connection that do not wait for their answers spend nothing before their turn', async (t) => {
  const served = await withLarge(t, 64);
  const socket = await stall(served, '/large.bin');
  await served.until(({ memory }) => memory!.blocks > 0);
  for (let count = 0; count < 50; count++) socket.write('GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n');
  const { body } = await served.get('/large.bin');
  t.is(body.byteLength, LARGE);
  const { transfers, memory } = served.server.stats();
  t.is(transfers, 1);
  t.true(memory!.blocks <= 2);
  socket.destroy();
  await served.until(({ transfers, memory }) => transfers + memory!.blocks === 0);
});

test('the end of the server ends its answers, and frees their memory', async (t) => {
  const served = await withLarge(t, 64);
  const sockets = await Promise.all(Array.from({ length: 4 }, () => stall(served, '/large.bin')));
  await served.until(({ transfers, memory }) => transfers === 4 && memory!.blocks >= 4);
  await served.server.close();
  await served.until(({ transfers, memory }) => transfers + memory!.blocks === 0);
  for (const socket of sockets) socket.destroy();
  while (descriptors(served.directory) > 0) await new Promise(setImmediate);
  t.pass();
});
