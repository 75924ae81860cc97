import type { Job } from './job.js';

/** How to start a process that does a job. */
export interface Command {
  file: string;
  arguments: string[];
  environment?: Record<string, string>;
}

/** One of those that are compared. */
export interface Contestant {
  /** Short, unique in its scenario. */
  name: string;
  /** One line on what it does and how, for the report. */
  summary: string;
  /** Its command for a job. The process takes the job's options, and speaks as `harness/window.ts` does. */
  command(job: Job): Command;
}

/** One question, and who is asked. */
export interface Scenario {
  name: string;
  summary: string;
  depths: readonly number[];
  /** Bytes of one operation. */
  block: number;
  contestants: readonly Contestant[];
  /** The name of the contestant that the ratios refer to. */
  reference: string;
}
