import type { SubmissionQueue } from '../../index.js';
import type { Counters } from './window.js';

/** The counters of a queue, for a contestant's outcome. */
export function queueCounters(queue: SubmissionQueue): Counters {
  return {
    growing() {
      const { batches, callbacks, submits, inlineCompletions, wakeups, retries, bounced } = queue.stats();
      return { batches, callbacks, submits, inlineCompletions, wakeups, retries, bounced };
    },
    achievedDepth: () => queue.stats().depthAchieved,
  };
}
