import type { Progress as Report, TransferOptions } from './stand-in.js';
import type { Progress } from './progress.js';
import type { Session } from './session.js';

/** Options that all commands have that move whole files. */
export interface TransferFlags {
  blockSize?: number;
  inFlight?: number;
  quiet?: true;
}

/** More is no faster on any device, and its memory is taken. */
export const MOST_IN_FLIGHT = 1024;

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
