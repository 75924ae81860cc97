import test from 'ava';
import fc from 'fast-check';

import { Random } from '../support/random.js';
import { ReadAhead } from '../../src/streams/read-ahead.js';

/** A device and a consumer, in milliseconds. */
interface Scene {
  /** Blocks that the device moves at once. */
  channels: number;
  /** Time that a block takes of a channel, half as much or half as much again. */
  service: number;
  /** What passes besides until it is there. */
  latency: number;
  /** Time that the consumer has of a block. */
  consumes: number;
  limit: number;
}

/** A window that stays as it is. */
interface Window {
  readonly blocks: number;
  took(waited: number): void;
}

/** Reads blocks in time that is only counted; the milliseconds of a block. */
function read(scene: Scene, blocks: number, clock: { now: number }, window: Window): number {
  const random = new Random(blocks);
  const free = new Array<number>(scene.channels).fill(clock.now);
  const underWay: number[] = [];
  const launch = (room: number): void => {
    while (underWay.length < room) {
      const channel = free.indexOf(Math.min(...free));
      const begins = Math.max(clock.now, free[channel] ?? 0);
      const service = (scene.service * random.integer(500, 1500)) / 1000;
      free[channel] = begins + service;
      underWay.push(begins + service + scene.latency);
    }
  };
  const began = clock.now;
  for (let block = 0; block < blocks; block++) {
    launch(window.blocks + 1);
    const waited = Math.max(0, (underWay.shift() ?? 0) - clock.now);
    clock.now += waited;
    window.took(waited);
    launch(window.blocks);
    clock.now += scene.consumes;
  }
  return (clock.now - began) / blocks;
}

/** The shortest time of a block that any window has, and the smallest that has it, nearly. */
function best(scene: Scene): { time: number; blocks: number } {
  const took = (): void => undefined;
  const times = Array.from({ length: scene.limit }, (_, index) =>
    read(scene, 1000, { now: 0 }, { blocks: index + 1, took }),
  );
  const time = Math.min(...times);
  return { time, blocks: 1 + times.findIndex((each) => each <= time * 1.03) };
}

const scene = fc.record({
  channels: fc.integer({ min: 1, max: 12 }),
  service: fc.double({ min: 0.02, max: 2, noNaN: true }),
  latency: fc.double({ min: 0, max: 5, noNaN: true }),
  consumes: fc.double({ min: 0, max: 3, noNaN: true }),
  limit: fc.integer({ min: 1, max: 64 }),
});

test('whatever the device and the consumer, reading ahead comes to be as fast as it can be, with few blocks', (t) => {
  const property = fc.property(scene, (given) => {
    const clock = { now: 0 };
    const window = new ReadAhead(given.limit, () => clock.now);
    read(given, 30_000, clock, window);
    let fewest = Infinity;
    const took = (waited: number): void => {
      window.took(waited);
      fewest = Math.min(fewest, window.blocks);
    };
    const watched = {
      get blocks(): number {
        return window.blocks;
      },
      took,
    };
    const time = read(given, 10_000, clock, watched);
    const ideal = best(given);
    if (time > 1.15 * ideal.time)
      throw new Error(`${time} ms a block rather than ${ideal.time}, with ${window.blocks}`);
    if (fewest > Math.max(4, 4 * ideal.blocks)) throw new Error(`${fewest} rather than ${ideal.blocks}`);
  });
  fc.assert(property, { numRuns: 300, includeErrorInReport: true });
  t.pass();
});

test('a short file is read ahead as well: the window opens fast', (t) => {
  const slow = { channels: 16, service: 0.2, latency: 2, consumes: 0, limit: 16 };
  const clock = { now: 0 };
  const window = new ReadAhead(slow.limit, () => clock.now);
  read(slow, 16, clock, window);
  t.is(window.blocks, 16);
});

test('a consumer that becomes fast again has the blocks that it takes', (t) => {
  const clock = { now: 0 };
  const window = new ReadAhead(16, () => clock.now);
  const given = { channels: 16, service: 0.1, latency: 2, limit: 16 };
  read({ ...given, consumes: 10 }, 5000, clock, window);
  t.true(window.blocks <= 2, `${window.blocks}`);
  read({ ...given, consumes: 0 }, 500, clock, window);
  t.is(window.blocks, 16);
});

test('no bound is passed, nor is there less than one block where one may be', (t) => {
  for (const limit of [0, 1, 2, 3, 5]) {
    let now = 0;
    const window = new ReadAhead(limit, () => now);
    for (let index = 0; index < 3000; index++) {
      window.took(index % 3);
      now += 1 + (index % 5);
      t.true(window.blocks <= limit && window.blocks >= Math.min(1, limit));
    }
  }
});
