import { kernelError, type KernelError } from './errors.js';
import { PREAD } from './opcodes.js';
import type { OpenFile } from './open-file.js';

/** What a failed batch rejects with: the failure of the first operation, in order, that failed. */
export interface BatchError extends KernelError {
  /** Which operation it was. */
  index: number;
  /** Of each operation: bytes, or a negative errno. */
  results: Int32Array;
}

/** The error of a batch of which some operation has failed. */
export function batchError(
  { facts }: OpenFile,
  opcode: number,
  positions: Float64Array,
  results: Int32Array,
): BatchError {
  const index = results.findIndex((result) => result < 0);
  const context = { path: facts.path, position: positions[index] };
  const error = kernelError(results[index] as number, opcode === PREAD ? 'read' : 'write', context);
  return Object.assign(error, { index, results });
}
