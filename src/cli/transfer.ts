import type { Command } from 'commander';
import type { Progress as Report, TransferOptions } from '../../index.js';
import { count, sizeWithin } from './arguments.js';
import type { Progress } from './progress.js';
import type { Session } from './session.js';

/** Options that all commands have that move whole files. */
export interface TransferFlags {
  blockSize?: number;
  inFlight?: number;
  quiet?: true;
}

/** What the library takes: see TransferOptions. */
const [LEAST_BLOCK, MOST_BLOCK, MOST_IN_FLIGHT] = [4 * 2 ** 10, 64 * 2 ** 20, 1024];

/** The options of all commands that move whole files. */
export function addTransferOptions(command: Command, quiet: string): Command {
  return command
    .option('--block-size <size>', 'bytes of one operation (1 MiB)', sizeWithin(LEAST_BLOCK, MOST_BLOCK))
    .option('--in-flight <n>', 'operations under way (16)', count(1, MOST_IN_FLIGHT))
    .option('-q, --quiet', quiet);
}

/** For the help of a command that takes sizes. */
export const SIZES = 'Sizes are in bytes, or with k, M, G, T (KiB and so on: powers of 1024; kB and so on: of 1000).';

const PHASES: Record<Report['phase'], string> = { copy: 'copying', verify: 'comparing', hash: 'hashing' };

/** The same for the library, with the session's progress and its end. */
export function transferOf(flags: TransferFlags, session: Session, progress: Progress): TransferOptions {
  const { blockSize, inFlight } = flags;
  return {
    ...(blockSize !== undefined && { blockSize }),
    ...(inFlight !== undefined && { inFlight }),
    signal: session.interruption.signal,
    progress: ({ phase, bytes, total }) => {
      progress.bytes(PHASES[phase], bytes, total);
    },
  };
}
