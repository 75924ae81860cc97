import { isMainThread } from 'node:worker_threads';

import * as loaded from './load.cjs';
import { IMITATES_NODE } from './runtime.js';
import { withoutBinding } from './without-binding.js';

/** Why the native part is not there; undefined where it is. */
export const loadError: Error | undefined = loaded.error;

/** The one importer of the binding: everything native enters the house here, or what stands in for it. */
export const {
  attachContext,
  carryOut,
  checkTransfers,
  closeFile,
  closePool,
  copyAccessListOf,
  copyFromSlab,
  copyToSlab,
  createPool,
  cutFileBack,
  detachSlab,
  dropCached,
  dropUnseen,
  findData,
  growPool,
  holdSlab,
  keepFreed,
  makeUnseen,
  mapSlab,
  openFile,
  poolMapped,
  preallocateFile,
  probePath,
  queueStats,
  refuseExternalMemory,
  releaseSlab,
  setFileTimes,
  setupContext,
  showUnseen,
  showsMemory,
  statFile,
  systemPageSize,
  teardownContext,
  truncateFile,
  withdrawOperation,
} = loaded.binding ?? withoutBinding;

export type {
  NativeFailure,
  NativeFile,
  NativePool,
  NativeProbe,
  NativeQueue,
  NativeSlab,
  NativeStat,
} from './binding.cjs';

import type { NativeFailure } from './binding.cjs';

/** Tells a failure from a result of the same call. */
export function isFailure(outcome: object): outcome is NativeFailure {
  // Its own, not one that all objects have come to inherit.
  return Object.hasOwn(outcome, 'errno');
}

// Deno calls the finalizers of external ArrayBuffers in the middle of a collection, on whatever thread, and of Bun nothing
// better is promised. The environment may ask for it too, to try out what is done where they are refused.
if (IMITATES_NODE || process.env.LINUX_AIO_MEMORY === 'copied') refuseExternalMemory();

// A worker's memory may have been transferred to another thread, which goes on using it.
if (!isMainThread) process.once('exit', checkTransfers);
