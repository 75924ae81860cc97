/** Counts since the queue was made. */
export interface QueueStats {
  /** Operations submitted to the native queue. */
  operations: number;
  /** Operations settled. */
  completed: number;
  /** Of these, with an error. */
  failed: number;
  /** Native calls, one for each batch. */
  batches: number;
  /** JavaScript callbacks, one for each batch of completions. */
  callbacks: number;
  /** io_submit(2) calls. */
  submits: number;
  /** io_submit(2) calls that were refused for now or took fewer operations than offered. */
  retries: number;
  /** Completions that were there when io_submit(2) returned. */
  inlineCompletions: number;
  /** Times that the event loop was woken for completions. */
  wakeups: number;
  /** Times that the event loop waited for a completion awake rather than asleep. */
  spins: number;
  /** Of these, how many a completion has ended. */
  spinHits: number;
  /** Operations that a second thread has submitted beside the queue's own: reads and overwrites of files and devices in memory. */
  paired: number;
  /** Operations that were carried out by helper threads, since io_submit(2) would have blocked. */
  helped: number;
  /** Of these, writes that went with one that they adjoin in the file, by the same system call. */
  joined: number;
  /** Of those helped, those that the kernel refused to take without blocking (RWF_NOWAIT). */
  nowaitRefusals: number;
  /** Operations that were copied through aligned memory. */
  bounced: number;
  /** Operations whose position or length was not aligned. */
  unaligned: number;
  /** Operations that wait for a place in flight now. */
  queued: number;
  /** Operations in flight now. */
  inFlight: number;
  /** Mean number of operations in flight after an io_submit(2): a batch that goes down in chunks counts each time. */
  depthAchieved: number;
  /** Most operations in flight at once. */
  depthMax: number;
  /** The longest that one io_submit(2) has taken, in milliseconds: as long, the event loop stood still. */
  submitLongest: number;
  /** Operations handed to one io_submit(2) at the most at present: what was asked for, or has turned out best so far. */
  chunk: number;
  /** Whether completions are read from the kernel's ring. */
  ring: boolean;
}

/** What the core counts. */
export type CoreStats = Omit<QueueStats, 'bounced' | 'unaligned' | 'depthAchieved'> & { depthSum: number };

/** Of a queue that has no core. */
export const NO_STATS: CoreStats = {
  operations: 0,
  completed: 0,
  failed: 0,
  batches: 0,
  submits: 0,
  retries: 0,
  inlineCompletions: 0,
  paired: 0,
  helped: 0,
  joined: 0,
  nowaitRefusals: 0,
  depthSum: 0,
  depthMax: 0,
  submitLongest: 0,
  chunk: 0,
  queued: 0,
  inFlight: 0,
  wakeups: 0,
  spins: 0,
  spinHits: 0,
  callbacks: 0,
  ring: false,
};
