// Runs in its own process: one build of the library, whose path is the argument, under loads that are the same for
// every build. The parent says what and when, so that builds take turns.
import { pathToFileURL } from 'node:url';

import { RandomPositions } from '../harness/positions.js';
import { Brake } from './brake.js';
import { type File, type Lane, lanesOf } from './load.js';
import {
  BLOCK,
  type Library,
  type Order,
  type Play,
  type Prepare,
  type Ready,
  type Slice,
  SLOWED,
} from './protocol.js';

const library = (await import(pathToFileURL(process.argv[2] ?? '').href)) as Library;
const brake = new Brake(Number(process.env[SLOWED] ?? 0));
/** Operations whose bytes are compared, for each place in flight. */
const CHECKED = 4;
/** Operations between two looks at the clock while it warms up, for each place in flight. */
const STRIDE = 16;

interface Stage {
  readonly lanes: readonly Lane[];
  /** Bytes that positions are taken from. */
  readonly size: number;
  readonly file: File;
}

/** The last one is played on. Those before stay open: io_destroy(2) takes its time, and the process is soon killed. */
const stages: Stage[] = [];

async function run({ lanes, size }: Stage, { operations, seed }: Omit<Play, 'order'>, checks = false): Promise<void> {
  const course = { left: operations, positions: new RandomPositions(seed, size, BLOCK), checks, brake };
  await Promise.all(lanes.map((lane) => lane(course)));
}

/** Goes on for so long; what that came to. */
async function runFor(stage: Stage, seconds: number, stride: number): Promise<{ operations: number } & Slice> {
  const passed = stopwatch();
  for (let operations = stride; ; operations += stride) {
    await run(stage, { operations: stride, seed: operations });
    const slice = passed();
    if (slice.seconds >= seconds) return { operations, ...slice };
  }
}

function stopwatch(): () => Slice {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  return () => {
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { seconds, cpuMicros: user + system };
  };
}

async function prepare({ load, path, size, depth, warmup }: Prepare): Promise<Ready> {
  const { filesystem } = await library.probe(path);
  // What the software costs shows on one thread: a second one would do a part of it beside.
  const queue = await library.SubmissionQueue.create({ depth, engine: 'aio', helpers: filesystem !== 'tmpfs' });
  const flags = load === 'writes' ? 'r+' : 'r';
  const file = await library.open(path, { flags, queue, exact: true, direct: 'require' });
  const half = size / 2;
  const stage = { lanes: lanesOf(load, file, depth, half), size: half, file };
  stages.push(stage);
  brake.forget();
  await run(stage, { operations: depth * CHECKED, seed: depth }, true);
  await runFor(stage, warmup / 2, depth * STRIDE);
  const { operations, seconds, cpuMicros } = await runFor(stage, warmup / 2, depth * STRIDE);
  // Not of the time that passed: on a busy machine, that would slow it by more than was asked for.
  brake.learn(cpuMicros / 1000 / operations);
  return { operationsPerSecond: operations / seconds };
}

async function play(order: Play): Promise<Slice> {
  const stage = stages.at(-1);
  if (stage === undefined) throw new Error('nothing is prepared');
  const passed = stopwatch();
  const before = brake.burnt;
  await run(stage, order);
  const slice = passed();
  // Anew each time: it goes on becoming faster for a while.
  brake.learn((slice.cpuMicros / 1000 - (brake.burnt - before)) / order.operations);
  return slice;
}

// A promise that is rejected ends the process, and its parent says so.
process.on('message', (order: Order) => {
  void (order.order === 'prepare' ? prepare(order) : play(order)).then((answer) => process.send?.(answer));
});
