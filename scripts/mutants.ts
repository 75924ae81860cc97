/**
 * `npm run mutants`: edits the core in one place at a time, in a copy, and sees whether its tests notice.
 * `npm run mutants -- NAME` tries those alone whose names contain it. Fails where one is not noticed or no longer applies.
 */
import { constants } from 'node:os';
import { MUTANTS } from './mutants/list.js';
import { tryMutants } from './mutants/run.js';

const [, , wanted = ''] = process.argv;
const mutants = MUTANTS.filter(({ name }) => name.includes(wanted));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    interrupted.abort();
  });
}
try {
  const { noticed, problems } = await tryMutants(mutants, interrupted.signal);
  console.log(`${noticed} of ${mutants.length} mutants noticed, ${problems.length} not`);
  if (problems.length > 0 || noticed === 0) process.exitCode = 1;
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  console.error('Interrupted');
}
