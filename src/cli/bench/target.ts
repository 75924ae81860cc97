import { constants, rmSync, type Stats } from 'node:fs';
import { open as openByNode, stat } from 'node:fs/promises';
import { open } from '../../../index.js';
import { Complaint, UsageComplaint } from '../complaint.js';
import type { Progress } from '../progress.js';
import { sizeText } from '../sizes.js';
import { deviceSize } from './device-size.js';
import { layOut } from './layout.js';

/** Bytes of a file that is made for a measurement, unless the user says otherwise. */
export const USUAL_SIZE = 256 * 2 ** 20;

export interface TargetOptions {
  /** Whether it will be written to. */
  writes: boolean;
  /** Told a second time, and of a block device a third. */
  overwrite: boolean;
  force: boolean;
  /** A file that was made stays. */
  keep: boolean;
  /** Bytes to use of it. */
  size: number | undefined;
  /** Bytes of an operation: the size is rounded down to these. */
  blockSize: number;
}

/** What is read or written. */
export interface Target {
  path: string;
  kind: 'file' | 'block-device';
  /** Bytes of it that are used. */
  size: number;
  /** Whether it is a file that was made for this. */
  created: boolean;
  /** What is to be known about figures from it. */
  notes: string[];
  /** Lets go of it; a file that was made is removed, unless it is to be kept. */
  release(): Promise<void>;
}

async function existing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a file of its own for the measurement, which goes with the process. */
async function create(path: string, options: TargetOptions, signal: AbortSignal, progress: Progress): Promise<Target> {
  const size = usable(path, options.size ?? USUAL_SIZE, options.blockSize);
  const remove = (): void => {
    rmSync(path, { force: true });
  };
  const made = (): void => {
    // On every way out: a failure, a signal, an uncaught error.
    process.once('exit', remove);
  };
  await layOut(path, size, made, signal, progress);
  await checkAccess(path, options);
  const release = (): Promise<void> => {
    process.off('exit', remove);
    if (!options.keep) remove();
    return Promise.resolve();
  };
  return { path, kind: 'file', size, created: true, notes: [], release };
}

/** Whole operations in so many bytes. */
function usable(path: string, size: number, blockSize: number): number {
  const whole = Math.floor(size / blockSize) * blockSize;
  if (whole === 0)
    throw new Complaint(`${path}: ${sizeText(size)} are less than one operation of ${sizeText(blockSize)}`);
  return whole;
}

function sizeWithin(path: string, all: number, { size, blockSize }: TargetOptions): number {
  if (size !== undefined && size > all) {
    throw new UsageComplaint(`${path}: has ${sizeText(all)}, less than --size ${sizeText(size)}`);
  }
  return usable(path, size ?? all, blockSize);
}

function refuseUntold(path: string, kind: Target['kind'], { writes, overwrite, force }: TargetOptions): void {
  if (!writes) return;
  const wanted = kind === 'file' ? '--overwrite' : '--overwrite --force';
  const isTold = kind === 'file' ? overwrite : overwrite && force;
  if (!isTold) throw new UsageComplaint(`${path}: exists, and its content would be lost: if it may be, say ${wanted}`);
}

/** Whether it can be opened for it, and takes operations of this size. */
async function checkAccess(path: string, { writes, blockSize }: TargetOptions): Promise<void> {
  await using file = await open(path, writes ? 'r+' : 'r');
  const { offset, read } = file.alignment;
  const step = writes ? Math.max(offset, read) : read;
  if (file.direct && blockSize % step !== 0) {
    throw new UsageComplaint(`--bs ${blockSize}: ${path} takes direct I/O in multiples of ${step} bytes`);
  }
}

async function useFile(path: string, found: Stats, options: TargetOptions): Promise<Target> {
  refuseUntold(path, 'file', options);
  // Sparse files are read without a disk.
  const isSparse = found.blocks * 512 < found.size;
  await checkAccess(path, options);
  return {
    ...{ path, kind: 'file', size: sizeWithin(path, found.size, options), created: false },
    notes: isSparse ? ['the file has holes, which no disk is read for'] : [],
    release: () => Promise.resolve(),
  };
}

async function useDevice(path: string, found: Stats, options: TargetOptions): Promise<Target> {
  refuseUntold(path, 'block-device', options);
  // Of a block device O_EXCL says that nobody else may claim it meanwhile, and fails where it is mounted.
  const claim = options.writes ? await openByNode(path, constants.O_RDONLY | constants.O_EXCL) : undefined;
  try {
    await checkAccess(path, options);
    const size = sizeWithin(path, await deviceSize(found.rdev), options);
    return {
      ...{ path, kind: 'block-device', size, created: false, notes: [] },
      release: async () => claim?.close(),
    };
  } catch (error) {
    await claim?.close();
    throw error;
  }
}

/** Finds what is to be read or written, or makes it. */
export async function prepareTarget(
  path: string,
  options: TargetOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<Target> {
  const found = await existing(path);
  if (found === undefined) return create(path, options, signal, progress);
  if (found.isDirectory()) return create(`${path}/linux-aio-bench-${process.pid}`, options, signal, progress);
  if (found.isBlockDevice()) return useDevice(path, found, options);
  if (found.isFile()) return useFile(path, found, options);
  throw new Complaint(`${path}: is neither a file, a directory nor a block device`);
}
