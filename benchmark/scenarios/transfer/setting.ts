import type { Options } from '../../harness/options.js';
import { programPath } from '../../harness/program.js';
import type { Progress } from '../../harness/run.js';
import type { Skipped } from '../../harness/target.js';
import type { TransferCell, TransferName } from './cell.js';
import type { Starting } from './run-program.js';

/** All that a run of transfers needs. */
export interface Setting {
  names: readonly TransferName[];
  options: Options;
  /** Of the translated programs. */
  programs: string;
  /** On the project's disk. */
  scratch: string;
  signal: AbortSignal;
  progress: Progress;
  /** Told of each cell when it is complete, and of what was not to be had. */
  told: (cell: TransferCell) => void;
  skipped: (one: Skipped) => void;
}

/** Where a scenario's program is. */
export function program({ programs }: Setting, name: string): string {
  return programPath(programs, `scenarios/${name}.child`);
}

/** Of 8 MiB: 2 GiB. V8 compiles what moves them until it has done so some hundred times. */
const WARM_UPS = 256;

/** How its programs are started. */
export function starting({ options, signal }: Setting): Starting {
  return { cpus: options.cpus, warmUps: options.breadth === 'smoke' ? 1 : WARM_UPS, signal };
}
