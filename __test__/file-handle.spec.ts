import { readFileSync } from 'node:fs';
import { open as openWithNode } from 'node:fs/promises';
import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';

import { allocate, open, type DirectFile } from '../index.js';
import { eachDirectory, scratchFile } from './support/targets.js';

/** Programs a target; each runs on two files. */
const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 60);
const CONTENT = Buffer.from(Uint8Array.from({ length: 9000 }, (_, at) => (at * 7) % 251));

/** One call on either handle, its arguments as a user could have got them wrong. */
interface Call {
  readonly name: string;
  readonly run: (file: DirectFile) => Promise<unknown>;
}

type Value = number | bigint | null | undefined;

const size = fc.constantFrom(1, 100, 512, 4096, 5000);
const place: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 10_000 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 512, 4096, 8192) },
  { weight: 2, arbitrary: fc.constantFrom(null, undefined, -1) },
);
const part: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5000 }) },
  { weight: 2, arbitrary: fc.constantFrom(null, undefined, 0, 512, 4096) },
);

/** Memory for reads and writes: ordinary or page-aligned, under several views. */
const memory: fc.Arbitrary<() => NodeJS.ArrayBufferView> = fc
  .tuple(size, fc.constantFrom('heap', 'aligned', 'odd', 'words', 'view'), fc.integer({ min: 1, max: 255 }))
  .map(([bytes, kind, value]) => () => {
    if (kind === 'heap') return Buffer.alloc(bytes, value);
    if (kind === 'words') return new Uint16Array(Math.ceil(bytes / 2)).fill(value);
    if (kind === 'view') return new DataView(new ArrayBuffer(bytes + 8), 8);
    const aligned = allocate(bytes + 1).fill(value);
    return kind === 'odd' ? aligned.subarray(1) : aligned.subarray(0, bytes);
  });

const string = fc.constantFrom('', 'text', 'Grüße ✓', 'dGV4dA==', '6162', 'x'.repeat(700));
const encoding = fc.constantFrom(undefined, null, 'utf8', 'latin1', 'utf16le', 'ascii');

function call(name: string, run: Call['run']): Call {
  // In fast-check's report of a failure.
  return { name, run, [fc.toStringMethod]: () => name } as Call;
}

const anyPosition = place as fc.Arbitrary<number>;
const anyPart = part as fc.Arbitrary<number>;
const bytesOf = (view: NodeJS.ArrayBufferView): Buffer => Buffer.from(view.buffer, view.byteOffset, view.byteLength);

/** Beyond what was read, memory may hold anything. */
async function readOutcome(
  reading: Promise<{ bytesRead: number; buffer: NodeJS.ArrayBufferView }>,
  from: number,
): Promise<unknown> {
  const { bytesRead, buffer } = await reading;
  return {
    bytesRead,
    content: bytesOf(buffer)
      .subarray(from, from + bytesRead)
      .toString('latin1'),
  };
}

const calls: fc.Arbitrary<Call> = fc.oneof(
  fc
    .tuple(memory, anyPart, anyPart, anyPosition)
    .map(([make, offset, length, position]) =>
      call(`read(buffer, ${offset}, ${length}, ${position})`, (file) =>
        readOutcome(file.read(make(), offset, length, position), Number.isInteger(offset) ? offset : 0),
      ),
    ),
  fc
    .tuple(memory, anyPart, anyPart, anyPosition)
    .map(([make, offset, length, position]) =>
      call(`read(buffer, { ${offset}, ${length}, ${position} })`, (file) =>
        readOutcome(file.read(make(), { offset, length, position }), Number.isInteger(offset) ? offset : 0),
      ),
    ),
  fc
    .tuple(memory, anyPosition)
    .map(([make, position]) =>
      call(`read({ buffer, ${position} })`, (file) => readOutcome(file.read({ buffer: make(), position }), 0)),
    ),
  fc.tuple(memory, anyPart, anyPart, anyPosition).map(([make, given, length, position]) =>
    call(`write(buffer, ${given}, ${length}, ${position})`, async (file) => {
      // For Node, null is an options object here, and what follows it is not looked at.
      const offset = (given as number | null) ?? undefined;
      const { bytesWritten } = await file.write(make(), offset, length, position);
      return bytesWritten;
    }),
  ),
  fc.tuple(memory, anyPart, anyPart, anyPosition).map(([make, offset, length, position]) =>
    call(`write(buffer, { ${offset}, ${length}, ${position} })`, async (file) => {
      const { bytesWritten } = await file.write(make(), { offset, length, position });
      return bytesWritten;
    }),
  ),
  fc.tuple(string, anyPosition, encoding as fc.Arbitrary<BufferEncoding>).map(([text, position, name]) =>
    call(`write('${text}', ${position}, ${name})`, async (file) => ({
      ...(await file.write(text, position, name)),
    })),
  ),
  fc.tuple(fc.array(memory, { minLength: 1, maxLength: 4 }), anyPosition).map(([makes, position]) =>
    call(`readv(${makes.length}, ${position})`, async (file) => {
      const { bytesRead, buffers } = await file.readv(
        makes.map((make) => make()),
        position,
      );
      return { bytesRead, content: Buffer.concat(buffers.map(bytesOf)).subarray(0, bytesRead).toString('latin1') };
    }),
  ),
  fc.tuple(fc.array(memory, { minLength: 1, maxLength: 4 }), anyPosition).map(([makes, position]) =>
    call(`writev(${makes.length}, ${position})`, async (file) => {
      const { bytesWritten } = await file.writev(
        makes.map((make) => make()),
        position,
      );
      return bytesWritten;
    }),
  ),
  anyPart.map((length) => call(`truncate(${length})`, (file) => file.truncate(length))),
  encoding.map((name) =>
    call(`readFile(${String(name)})`, async (file) => {
      const content = (await file.readFile({ encoding: name as BufferEncoding })) as Buffer | string;
      return typeof content === 'string' ? content : content.toString('latin1');
    }),
  ),
  fc
    .tuple(string, encoding)
    .map(([text, name]) =>
      call(`writeFile('${text}', ${String(name)})`, (file) =>
        file.writeFile(text, { encoding: name as BufferEncoding }),
      ),
    ),
  fc
    .array(memory, { maxLength: 3 })
    .map((makes) => call(`writeFile([${makes.length}])`, (file) => file.writeFile(makes.map((make) => make())))),
  fc.constant(call('stat()', async (file) => (await file.stat()).size)),
  fc.constant(call('sync()', (file) => file.sync())),
);

/** What came out of a call, or the class and code of its refusal. */
async function outcome({ run }: Call, file: DirectFile): Promise<unknown> {
  try {
    return await run(file);
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    return { name, code };
  }
}

/** Where nothing would move, Node does not look at the rest of the arguments. */
function isStricter(mine: unknown, other: unknown): boolean {
  const moved = (other as { bytesRead?: number }).bytesRead ?? other;
  return moved === 0 && (mine as { code?: string }).code === 'ERR_OUT_OF_RANGE';
}

for (const flags of ['r+', 'w+', 'a+', 'r'] as const) {
  eachDirectory(`as FileHandle: random calls, right and wrong, on a file opened '${flags}'`, async (t, target) => {
    t.timeout(3_600_000);
    await fc.assert(
      fc.asyncProperty(fc.array(calls, { minLength: 1, maxLength: 12 }), async (program) => {
        const [ours, theirs] = [await scratchFile(t, target, CONTENT), await scratchFile(t, target, CONTENT)];
        await using file = await open(ours, flags);
        await using handle = await openWithNode(theirs, flags);
        for (const one of program) {
          const [mine, other] = [await outcome(one, file), await outcome(one, handle as unknown as DirectFile)];
          if (!isDeepStrictEqual(mine, other) && !isStricter(mine, other))
            throw new Error(`${one.name}: ${inspect(mine)}, not ${inspect(other)}`);
        }
        if (!readFileSync(ours).equals(readFileSync(theirs))) throw new Error('the files differ');
      }),
      { numRuns: RUNS, includeErrorInReport: true },
    );
    t.pass();
  });
}
