/** The one importer of the generated binding: everything native enters the house here. */
export {
  attachContext,
  closeFile,
  closePool,
  createPool,
  cutFileBack,
  detachSlab,
  growPool,
  mapSlab,
  openFile,
  poolMapped,
  preallocateFile,
  probePath,
  queueStats,
  setupContext,
  statFile,
  systemPageSize,
  teardownContext,
  truncateFile,
  withdrawOperation,
} from './binding.cjs';
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
  return 'errno' in outcome;
}
