import fc from 'fast-check';

import { Model, sequences } from './support/model.js';
import { eachTarget, scratchFile } from './support/targets.js';

/** Sequences a target; `npm run test:model` takes thousands. */
const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 200);

eachTarget('random concurrent operations leave what a model holds and node:fs reads', async (t, target) => {
  t.timeout(3_600_000);
  const path = await scratchFile(t, target);
  await fc.assert(
    fc.asyncProperty(sequences, async (steps) => {
      const model = await Model.of(path, 'device' in target);
      try {
        for (const step of steps) await model.run(step);
      } finally {
        await model.close();
      }
    }),
    { numRuns: RUNS },
  );
  t.pass();
});
