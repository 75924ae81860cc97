import { isAborted, refuseAborted, untilAborted } from './abort.js';
import { batchError } from './batch-error.js';
import { BatchOperation } from './batch-operation.js';
import { oneByOne } from './batch-one-by-one.js';
import { partsOf, placesInOneStep, positionsOf, spanOf, type Plan } from './batch-plan.js';
import { inSteps } from './call.js';
import { abortError, invalidValue } from './errors.js';
import type { BatchResult } from './file-types.js';
import type { OpenFile } from './open-file.js';
import { PREAD, PWRITE } from './opcodes.js';
import { mannerOf, optionsObject, type Manner } from './options.js';
import type { Places } from './places.js';
import { givePositions } from './spare-positions.js';
import { permit } from './transfers.js';
import type { Views } from './views.js';
import type { WriteRange } from './write-ranges.js';

type ReadBatchResult<B> = BatchResult<B> & { bytesRead: number };
type WriteBatchResult<B> = BatchResult<B> & { bytesWritten: number };

/** What is told of a batch that went well. */
type Tell<T> = (bytes: number, results: Int32Array) => T;

/** One that is told of in whichever form was asked for. */
class ToldBatch<T> extends BatchOperation<T> {
  readonly #tell: Tell<T>;

  constructor(file: OpenFile, opcode: number, places: Places, positions: Float64Array, tell: Tell<T>) {
    super(file, opcode, places, positions);
    this.#tell = tell;
  }

  protected outcome(bytes: number): T {
    // Its end: nobody else has them.
    givePositions(this.positions);
    return this.#tell(bytes, this.results);
  }
}

/** Starts a batch, at once where nothing is to be waited for. Until it ends, an abort is told by the promise. */
export function startBatch<T>(
  file: OpenFile,
  operation: BatchOperation<T>,
  places: Places,
  views: Views,
  manner: Readonly<Manner>,
): Promise<T> {
  refuseAborted(manner.signal);
  if (!operation.writes) return started(operation, manner);
  const [from, to] = spanOf(operation.positions, places);
  const range = file.facts.inode.ranges.tryEnter(from, to);
  if (range !== undefined) return started(operation, manner, range);
  operation.waits = true;
  return startInTurn(file, operation, [from, to], places.length, views, manner);
}

function started<T>(operation: BatchOperation<T>, manner: Readonly<Manner>, range?: WriteRange): Promise<T> {
  const { signal } = manner;
  if (signal === undefined) return operation.start(manner, range);
  // At once: in what comes before a promise code of the program can run, which has hooks for it, and may submit too.
  const end = operation.start(manner, range);
  return untilAborted(async () => end, signal);
}

/** A write batch that waits for others. */
async function startInTurn<T>(
  file: OpenFile,
  operation: BatchOperation<T>,
  [from, to]: readonly [from: number, to: number],
  count: number,
  views: Views,
  manner: Readonly<Manner>,
): Promise<T> {
  const { signal } = manner;
  const { inode, queue } = file.facts;
  let isKept = false as boolean;
  const inTurn = async (): Promise<T> => {
    isKept = true;
    const entered = await inode.ranges.enter(from, to, false);
    // Others may have taken the room meanwhile.
    const begin = (): Promise<T> => {
      operation.waits = false;
      if (signal === undefined || !isAborted(signal)) return operation.start(manner, entered);
      inode.ranges.leave(entered);
      throw abortError(signal);
    };
    return queue.room.when(begin, count);
  };
  try {
    return await inSteps(file, inTurn, { signal, views, writes: true });
  } finally {
    // Aborted before it was.
    if (!isKept) operation.waits = false;
  }
}

/** Each operation by itself. */
async function apart<T>(
  file: OpenFile,
  opcode: number,
  plan: Plan,
  manner: Readonly<Manner>,
  tell: Tell<T>,
): Promise<T> {
  const results = await oneByOne(file, opcode, plan, manner);
  if (results.some((result) => result < 0)) throw batchError(file, opcode, plan.positions, results);
  return tell(
    results.reduce((total, bytes) => total + bytes, 0),
    results,
  );
}

function moveMany<T>(
  file: OpenFile,
  opcode: number,
  buffers: unknown,
  given: unknown,
  options: unknown,
  tell: Tell<T>,
): Promise<T> {
  permit(file, opcode === PREAD ? 'read' : 'write');
  const manner = mannerOf(optionsObject('options', options), file.facts.exact);
  if (manner.append) throw invalidValue('options.append', 'is for single writes', true);
  const positions = positionsOf(given);
  const { part, views, count } = partsOf(buffers, positions.length);
  // Once more: the getters of options and positions may close the file.
  file.admit();
  // Not by a spread, to which V8 adds slowly.
  const plan: Plan = { part, views, count, positions };
  if (count === 0) return Promise.resolve(tell(0, new Int32Array(0)));
  const places = placesInOneStep(file, opcode, plan, manner);
  if (places === undefined) return apart(file, opcode, plan, manner, tell);
  const operation = new ToldBatch(file, opcode, places, positions, tell);
  return startBatch(file, operation, places, views, manner);
}

/** Reads many blocks under one promise: the bytes of each operation, or the error of the first that failed. */
export function readMany<B>(
  file: OpenFile,
  buffers: B,
  positions: unknown,
  options: unknown,
): Promise<ReadBatchResult<B>> {
  const tell = (bytesRead: number, results: Int32Array): ReadBatchResult<B> => ({ bytesRead, results, buffers });
  return moveMany(file, PREAD, buffers, positions, options, tell);
}

/** Writes many, in the same way. */
export function writeMany<B>(
  file: OpenFile,
  buffers: B,
  positions: unknown,
  options: unknown,
): Promise<WriteBatchResult<B>> {
  const tell = (bytesWritten: number, results: Int32Array): WriteBatchResult<B> => ({ bytesWritten, results, buffers });
  return moveMany(file, PWRITE, buffers, positions, options, tell);
}
