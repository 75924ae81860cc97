import type { Interruption } from './interruption.js';

/** What a command has of the process that it runs in. */
export interface Session {
  readonly interruption: Interruption;
  /** Of the process, once the command is done. */
  exitCode: number;
}
