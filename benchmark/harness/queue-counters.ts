import type { SubmissionQueue } from '../../index.js';
import type { Counters } from './window.js';

/** The counters of a queue, for a contestant's outcome. */
export function queueCounters(queue: SubmissionQueue): Counters {
  return {
    growing() {
      const { batches, callbacks, submits, inlineCompletions, wakeups, retries, bounced, ...more } = queue.stats();
      const { spins, spinHits, paired, helped } = more;
      const calls = { batches, callbacks, submits, inlineCompletions, wakeups, retries, bounced };
      return { ...calls, spins, spinHits, paired, helped };
    },
    achievedDepth: () => queue.stats().depthAchieved,
  };
}
