import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import * as hdr from 'hdr-histogram-js';
import { bytesFromDevice, evict } from './page-cache.js';
import { randomPositions } from './positions.js';
import { openReaders, READ, type Reader } from './reader.js';

/** Rounds of each reader at each depth. */
export const ROUNDS = 5;
const WARM_UP_MILLIS = 50;
const ROUND_MILLIS = 500;
/** Of the timer that event-loop delay is measured with. */
const RESOLUTION_MILLIS = 1;

/** One reader in one round. */
export interface Round {
  iops: number;
  /** CPU time of the process, all threads, in microseconds. */
  cpuPerOperation: number;
  /** 99th percentile of how late a timer was, in milliseconds. */
  loopDelay: number;
  /** Share of the bytes that came from the device and not from memory, where the kernel tells. */
  fromDevice?: number;
}

/** One reader at one depth over all rounds. */
export interface Series {
  name: string;
  rounds: Round[];
  /** Of all rounds, in nanoseconds. */
  latency: hdr.Histogram;
}

/** All readers at one depth, linux-aio first. */
export interface Comparison {
  depth: number;
  series: Series[];
  /** Whether the file was taken out of the page cache before each round. */
  cold: boolean;
}

function newHistogram(): hdr.Histogram {
  return hdr.build({ highestTrackableValue: 60e9, numberOfSignificantValueDigits: 3 });
}

function snapshot(operations: number) {
  return { operations, time: performance.now(), cpu: process.cpuUsage(), fetched: bytesFromDevice() };
}

/** Reads at random positions, `depth` reads at a time, until the time is over or every block was read. */
async function runRound(reader: Reader, depth: number, size: number, latency: hdr.Histogram): Promise<Round> {
  const nextPosition = randomPositions(size, READ);
  let running = true;
  let operations = 0;
  const lane = async (read: (position: number) => Promise<unknown>): Promise<void> => {
    for (let position = nextPosition(); running && position >= 0; position = nextPosition()) {
      const begin = performance.now();
      await read(position);
      latency.recordValue(Math.round((performance.now() - begin) * 1e6));
      operations++;
    }
  };
  const lanes = Promise.all(Array.from({ length: depth }, () => lane(reader.lane())));
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
  try {
    // Lanes that fail, or have no more to read, end the wait at once.
    await Promise.race([delay(WARM_UP_MILLIS), lanes]);
    latency.reset();
    loop.enable();
    const before = snapshot(operations);
    await Promise.race([delay(ROUND_MILLIS), lanes]);
    const after = snapshot(operations);
    const count = Math.max(1, after.operations - before.operations);
    const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
    const round: Round = {
      iops: count / ((after.time - before.time) / 1000),
      cpuPerOperation: cpu / count,
      loopDelay: Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION_MILLIS),
    };
    if (before.fetched !== undefined && after.fetched !== undefined) {
      round.fromDevice = Math.min(1, (after.fetched - before.fetched) / (count * Math.min(READ, size)));
    }
    return round;
  } finally {
    running = false;
    loop.disable();
    await lanes;
  }
}

function shuffle<Item>(items: Item[]): Item[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/**
 * Measures random reads of the file at `path`, `depth` at a time, in every way.
 *
 * @param told called after each round, with how many there were and will be.
 */
export async function measure(
  path: string,
  size: number,
  depth: number,
  signal: AbortSignal,
  told: (done: number, of: number) => void,
): Promise<Comparison> {
  const readers = await openReaders(path, depth);
  const entries = readers.map((reader) => ({
    reader,
    series: { name: reader.name, rounds: [] as Round[], latency: newHistogram() },
  }));
  let cold = true;
  let done = 0;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      // Side by side in time, in changing order: what disturbs one disturbs the others.
      for (const { reader, series } of shuffle(entries)) {
        signal.throwIfAborted();
        cold = (await evict(path)) && cold;
        const latency = newHistogram();
        series.rounds.push(await runRound(reader, depth, size, latency));
        series.latency.add(latency);
        told(++done, ROUNDS * entries.length);
      }
    }
  } finally {
    for (const reader of readers) await reader.close();
  }
  return { depth, series: entries.map(({ series }) => series), cold };
}
