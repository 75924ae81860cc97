import { allocate, type DirectFile, type KernelError } from '../../index.js';

const PAGE = 4096;
/** Bytes of the file that each worker has for itself. */
const REGION = 16 * PAGE;
export const WORKERS = 32;
/** Calls of each before the event: all have synced then, and are in the midst of it. */
const WARM = 9;
/** Of each: more than come before any end. */
const CALLS_MAX = 20_000;

/** Bytes of the file that the load wants. */
export const LOAD_BYTES = WORKERS * REGION;

/** What has become of a load. */
export interface Load {
  /** Errors that workers ended with; one that met none went on until the end. */
  readonly failures: readonly KernelError[];
  /** Calls that have succeeded since the event. */
  readonly calls: number;
  /** Of each worker, the version of its first page that its last datasync covers. */
  readonly durable: readonly number[];
}

/**
 * Writes, reads back and syncs in many places at once, and meanwhile lets something happen to the file. Every worker
 * goes on until a call fails, or all are told to stop because `enough` of their calls have succeeded since.
 */
export async function underLoad(file: DirectFile, event: () => void, enough = Infinity): Promise<Load> {
  const durable = Array<number>(WORKERS).fill(0);
  const failures: KernelError[] = [];
  let calls = 0;
  let happened = false;
  let warm!: () => void;
  const warmed = new Promise<void>((resolve) => (warm = resolve));
  let cold = WORKERS;
  const work = async (worker: number): Promise<void> => {
    const steps = stepsOf(file, worker * REGION, (version) => (durable[worker] = version));
    for (let turn = 1; turn <= CALLS_MAX && calls < enough; turn++) {
      // Not all in step.
      await steps[(turn + worker) % steps.length]?.(turn);
      if (happened) calls++;
      if (turn === WARM && --cold === 0) warm();
    }
  };
  const told = (error: unknown): void => {
    failures.push(error as KernelError);
    warm();
  };
  const working = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker).catch(told)));
  await warmed;
  event();
  happened = true;
  await working;
  return { failures, calls, durable };
}

function stepsOf(
  file: DirectFile,
  position: number,
  synced: (version: number) => void,
): readonly ((turn: number) => Promise<unknown>)[] {
  let version = 0;
  return [
    async (turn) => {
      await file.write(versionBlock(turn), { position });
      version = turn;
    },
    async () => {
      const { buffer } = await file.read(allocate(PAGE), { position });
      if (version > 0 && !buffer.equals(versionBlock(version))) {
        throw new Error(`other bytes than written at ${position}`);
      }
    },
    (turn) => file.write(Buffer.alloc(1000, turn), { position: position + PAGE + 5 }),
    async () => {
      await file.datasync();
      synced(version);
    },
  ];
}

/** A page that says its version in each word. */
export function versionBlock(version: number): Buffer {
  const block = allocate(PAGE);
  for (let at = 0; at < PAGE; at += 4) block.writeUInt32LE(version, at);
  return block;
}

/** The versions of each worker's first page; NaN where it is of several. */
export function versionsIn(content: Buffer): number[] {
  return Array.from({ length: WORKERS }, (_, worker) => {
    const page = content.subarray(worker * REGION, worker * REGION + PAGE);
    const version = page.readUInt32LE();
    return page.equals(versionBlock(version)) ? version : NaN;
  });
}
