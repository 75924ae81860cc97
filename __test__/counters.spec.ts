import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type DirectFile, type QueueStats } from '../index.js';
import { translate, translateFile } from '../scripts/javascript.js';
import {
  CALLBACKS_PER_WAKEUP,
  CHUNK,
  COMPLETIONS_PER_WAKEUP,
  HEAP_BYTES_PER_OPERATION,
  HEAP_BYTES_PER_CALLBACK,
  HEAP_BYTES_PER_NATIVE_CALL,
  INLINE_CHUNK,
  NATIVE_CALLS_PER_TURN,
} from './support/bounds.js';
import { run } from './support/run.js';
import { eachDirectory, scratchFile, type DirectoryTarget, type DeviceTarget } from './support/targets.js';
import { Turns } from './support/turns.js';

const BLOCK = 4096;
const BLOCKS = 128;
const TURNS = 40;
const DEPTHS = [32, 128] as const;
/** Room for all that the fixture allocates; and functions are optimized at once, not by another thread at some time. */
const NO_COLLECTION = ['--min-semi-space-size=512', '--max-semi-space-size=512', '--no-concurrent-recompilation'];

const turns = new Turns();

type Callable = (
  block: Buffer,
  offset: number,
  length: number,
  position: number,
  done: (error: Error | null, bytes: number) => void,
) => void;

async function subject(
  t: ExecutionContext,
  target: DirectoryTarget | DeviceTarget,
  depth: number,
): Promise<DirectFile> {
  const queue = await SubmissionQueue.create({ depth, chunk: CHUNK, helpers: false });
  const file = await open(await scratchFile(t, target, Buffer.alloc(BLOCK * BLOCKS)), { flags: 'r+', queue });
  t.teardown(async () => {
    await file.close();
    await queue.close();
  });
  return file;
}

/** Whether the completions of a turn came up in few calls. A slow machine may have them come singly, but not in every turn. */
function cameTogether(before: QueueStats, after: QueueStats): boolean {
  const looks = after.wakeups + after.spinHits - before.wakeups - before.spinHits;
  return after.callbacks - before.callbacks <= CALLBACKS_PER_WAKEUP * looks;
}

/** The same for wake-ups, of which a disk may have one for each. */
function wokeTogether(before: QueueStats, after: QueueStats): boolean {
  return (after.wakeups - before.wakeups) * COMPLETIONS_PER_WAKEUP <= after.completed - before.completed;
}

/** `looks`: before the first turn and after each. */
function check(t: ExecutionContext, target: string, looks: readonly QueueStats[], depth: number): void {
  const stats = looks.at(-1)!;
  const { operations, completed, batches, submits, retries, bounced } = stats;
  const figures = JSON.stringify(stats);
  const turnsWhere = (holds: typeof cameTogether) =>
    looks.filter((after, turn) => turn > 0 && holds(looks[turn - 1]!, after)).length;
  const woke = target === 'tmpfs' ? turnsWhere(wokeTogether) : TURNS;
  t.is(operations, TURNS * depth);
  t.is(completed, operations);
  t.is(batches, TURNS * NATIVE_CALLS_PER_TURN, figures);
  t.is(submits, operations / CHUNK, figures);
  t.is(retries + bounced, 0, figures);
  t.true(turnsWhere(cameTogether) > TURNS / 2, `calls; ${figures}`);
  t.true(woke > TURNS / 2, `wake-ups; ${figures}`);
}

/** One turn's operations, at every block of the file once. */
type Turn = () => Promise<unknown>;

const onEach = (depth: number, operate: (block: Buffer, position: number) => Promise<unknown>): Turn => {
  const blocks = Array.from({ length: depth }, () => allocate(BLOCK));
  return () => Promise.all(blocks.map((block, index) => operate(block, index * BLOCK)));
};

const positionsOf = (depth: number) => Float64Array.from({ length: depth }, (_, index) => index * BLOCK);

/** Every way to have operations in one turn. */
const FORMS: Record<string, (file: DirectFile, depth: number) => Turn> = {
  reads: (file, depth) => onEach(depth, (block, position) => file.read(block, { position })),
  writes: (file, depth) => onEach(depth, (block, position) => file.write(block, { position })),
  'reads with a callback': (file, depth) =>
    onEach(depth, (block, position) => promisify(file.read.bind(file) as Callable)(block, 0, BLOCK, position)),
  'a batch of reads': (file, depth) => {
    const [memory, positions] = [allocate(BLOCK * depth), positionsOf(depth)];
    return () => file.readBatch(memory, positions);
  },
  'a batch of writes': (file, depth) => {
    const [memory, positions] = [allocate(BLOCK * depth), positionsOf(depth)];
    return () => file.writeBatch(memory, positions);
  },
  'a prepared batch of reads': (file, depth) => {
    const prepared = file.prepareReads(allocate(BLOCK * depth), depth);
    prepared.positions.set(positionsOf(depth));
    return () => prepared.submit();
  },
  'a prepared batch of writes': (file, depth) => {
    const prepared = file.prepareWrites(allocate(BLOCK * depth), depth);
    prepared.positions.set(positionsOf(depth));
    return () => prepared.submit();
  },
};

for (const depth of DEPTHS) {
  for (const [form, turnOf] of Object.entries(FORMS)) {
    eachDirectory(
      `${form}, ${depth} in a turn: one native call and ${depth / CHUNK} io_submit calls`,
      async (t, target) => {
        const file = await subject(t, target, depth);
        const turn = turnOf(file, depth);
        const looks = [file.queue.stats()];
        for (let count = 0; count < TURNS; count++) {
          await turn();
          looks.push(file.queue.stats());
        }
        check(t, target.name, looks, depth);
      },
    );
  }
}

eachDirectory(
  `where reads complete inside io_submit, ${INLINE_CHUNK} go into each`,
  async (t, target) => {
    const queue = await SubmissionQueue.create({ depth: 128, helpers: false });
    const file = await open(await scratchFile(t, target, Buffer.alloc(BLOCK * BLOCKS)), { flags: 'r', queue });
    const memory = allocate(BLOCK * BLOCKS);
    const positions = Float64Array.from({ length: BLOCKS }, (_, index) => index * BLOCK);
    for (let turn = 0; turn < TURNS; turn++) await file.readBatch(memory, positions);
    const { submits, chunk } = queue.stats();
    t.deepEqual({ submits, chunk }, { submits: (TURNS * BLOCKS) / INLINE_CHUNK, chunk: INLINE_CHUNK });
    await file.close();
    await queue.close();
  },
  ['tmpfs'],
);

/** The library as the package ships it: what runs the specs wraps closures, and their memory would be counted. */
async function translated(): Promise<{ library: string; fixture: string; directory: string }> {
  mkdirSync('.test-scratch', { recursive: true });
  const directory = mkdtempSync(resolve('.test-scratch/counters-'));
  const fixture = join(directory, 'heap.fixture.js');
  await translate(directory, []);
  await translateFile('__test__/support/heap.fixture.ts', fixture);
  return { library: join(directory, 'index.js'), fixture, directory };
}

const programs = translated();
test.after.always(async () => {
  rmSync((await programs).directory, { recursive: true });
});

for (const form of ['promises', 'writes', 'callbacks', 'batches', 'prepared'] as const) {
  for (const depth of DEPTHS) {
    const bound = HEAP_BYTES_PER_OPERATION[form][depth];
    const title = `an operation takes at most ${bound} bytes of heap: ${form}, depth ${depth}`;
    eachDirectory(title, (t, target) => turns.take(() => heap(t, target, form, depth, bound)), ['root', 'tmpfs']);
  }
}

/** Whether each operation has an end of its own. */
const isOneByOne = (form: string): boolean => form !== 'batches' && form !== 'prepared';

async function heap(
  t: ExecutionContext,
  target: DirectoryTarget,
  form: string,
  depth: number,
  bound: number,
): Promise<void> {
  const { library, fixture } = await programs;
  const path = await scratchFile(t, target, Buffer.alloc(BLOCK * BLOCKS));
  const program = [...NO_COLLECTION, fixture, library, path, form, String(depth)];
  const { code, stdout, stderr } = await run(process.execPath, program);
  t.is(code, 0, stderr);
  const { samples, callbacks, calls } = JSON.parse(stdout) as { samples: number[]; callbacks: number; calls: number };
  // Whatever else goes on in the process adds to it.
  const bytes = Math.min(...samples);
  const all = samples.map((sample) => sample.toFixed(1)).join(', ');
  const more = isOneByOne(form) ? HEAP_BYTES_PER_NATIVE_CALL * (calls - 1 / depth) : 0;
  const allowed = bound + HEAP_BYTES_PER_CALLBACK * callbacks + more;
  const counts = `${callbacks.toFixed(3)} callbacks and ${calls.toFixed(3)} native calls`;
  const figures = `${bytes.toFixed(1)} bytes, ${counts} an operation, the least of ${all}`;
  t.log(figures);
  t.true(bytes > 0 && bytes <= allowed, `${figures}: more than ${allowed.toFixed(1)}`);
}
