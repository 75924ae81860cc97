/** What is moved: read by a stream, written by one, copied, or served. */
export const TRANSFERS = ['stream-read', 'stream-write', 'copy', 'serve'] as const;
export type TransferName = (typeof TRANSFERS)[number];

/** What one contestant did, timed by itself or by whoever ran it. */
export interface Work {
  bytes: number;
  seconds: number;
  /** User and system time, of all its threads and processes. */
  cpuSeconds: number;
  /** Milliseconds from a request to the first byte of its body, the 99th percentile; where something is served. */
  firstByteMillis?: number;
  /** CPU time of the clients, which is nobody's merit. */
  clientSeconds?: number;
}

/** The same in one round, with what the machine did meanwhile. */
export interface TransferRound extends Work {
  /** Busy time of all CPUs: threads of the kernel included, which write back what was left in the page cache. */
  machineSeconds: number;
  stealPercent: number;
  /** Load average over a minute, before. */
  load: number;
}

/** Whom a contestant stands for. */
export type Side = 'ours' | 'node:fs' | 'other';

export interface TransferSeries {
  contestant: string;
  summary: string;
  side: Side;
  /** The set-up of node:fs that gives its user the same, where there is one. */
  counterpart?: string;
  command: string;
  rounds: TransferRound[];
  /** Rounds that were made again, since too much was stolen from one of that sweep. */
  discarded: TransferRound[];
}

/** One scenario in one place: what is compared with each other. */
export interface TransferCell {
  scenario: TransferName;
  place: 'loop' | 'disk';
  /** What that is. */
  where: string;
  /** That everybody moves in a round. */
  bytes: number;
  series: TransferSeries[];
  /** Of each sweep that counts, the most CPU time that was stolen from one of its rounds, in percent. */
  stealPercent: number[];
}

/** Millions of bytes a second. */
export const rateOf = ({ bytes, seconds }: Work): number => bytes / seconds / 1e6;

/** Seconds of CPU time for a billion bytes. */
export const cpuOf = ({ bytes, cpuSeconds }: Work): number => cpuSeconds / (bytes / 1e9);
