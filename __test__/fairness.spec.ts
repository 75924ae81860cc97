/** Others in the event loop have their turn while operations complete one after the other, also inside of io_submit(2). */
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';

import { allocate, open } from '../index.js';
import { eachDirectory, scratchFile, type DirectoryTarget } from './support/targets.js';

const BLOCK = 4096;
/** Reads after which somebody would have been forgotten. */
const MOST = 10_000_000;

async function turns(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await turn();
}

async function timers(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await delay(1);
}

async function roundTrips(count: number): Promise<void> {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  for (let index = 0; index < count; index++) {
    socket.write('x');
    await once(socket, 'data');
  }
  socket.destroy();
  server.close();
}

/** More of them, for a wake-up of libuv's that is lost is seen only when it is the one that mattered. */
async function poolWork(count: number): Promise<void> {
  for (let index = 0; index < 10 * count; index++) await stat('.');
}

for (const [name, others] of Object.entries({ timers, turns, roundTrips, poolWork })) {
  eachDirectory(`reads that follow each other leave their turn to others: ${name}`, async (t, target) => {
    await besideReads(t, target, others);
  });
}

async function besideReads(
  t: ExecutionContext,
  target: DirectoryTarget,
  others: (count: number) => Promise<void>,
): Promise<void> {
  const file = await open(await scratchFile(t, target, Buffer.alloc(64 * BLOCK)));
  let reads = 0;
  let isOver = false;
  const lane = async (index: number): Promise<void> => {
    const buffer = allocate(BLOCK);
    while (!isOver && reads++ < MOST) await file.read(buffer, 0, BLOCK, index * BLOCK);
  };
  const all = Promise.all(Array.from({ length: 64 }, async (_, index) => lane(index)));
  await others(20);
  isOver = true;
  await all;
  t.true(reads < MOST, `${reads} reads`);
  await file.close();
}
