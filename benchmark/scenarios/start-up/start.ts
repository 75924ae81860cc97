/** One start of a program: milliseconds from before the import to after the first read, and of CPU time meanwhile. */
export interface Start {
  import: number;
  open: number;
  read: number;
  sum: number;
  cpu: number;
  /** What was read, in Base64. */
  bytes: string;
}

export const OURS = 'linux-aio';
export const NODE_FS = 'node:fs';
export const CONTESTANTS = [OURS, NODE_FS] as const;
export type Contestant = (typeof CONTESTANTS)[number];

/** Some starts in a row, with what the machine did meanwhile. */
export interface StartRound {
  starts: (Omit<Start, 'bytes'> & {
    /** Milliseconds from the process's birth to its end. */
    life: number;
  })[];
  stealPercent: number;
  /** Load average over a minute, before. */
  load: number;
}

/** Every round of every contestant. */
export interface StartUp {
  rounds: Record<Contestant, StartRound[]>;
  /** Of each round, the most CPU time that was stolen from a contestant of it, in percent. Older runs do not tell. */
  stealPercent?: number[];
}
