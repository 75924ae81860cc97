import test from 'ava';

import { isSettled, runCrowd } from '../../../examples/media-server/trial/crowd.js';
import { rootTarget } from '../../support/targets.js';

/** A minute of 500 clients is `npm run media-server:crowd`. */
for (const engine of ['linux-aio', 'node'] as const) {
  test(`a crowd, a third slow and a third leaving, gets its bytes and leaves nothing, ${engine}`, async (t) => {
    const blockBytes = 64 * 1024;
    const { tally, before, after, mostBlocks } = await runCrowd({
      clients: 90,
      seconds: 3,
      engine,
      directory: rootTarget().directory,
      fileBytes: 8 << 20,
      // Fewer blocks than clients.
      settings: { blockBytes, memoryBytes: 64 * blockBytes, idleMs: 200 },
    });
    t.deepEqual(tally.wrong, []);
    t.true(tally.complete > 0 && tally.left > 0);
    t.true(mostBlocks <= 64);
    t.true(isSettled(after, before), JSON.stringify({ before, after }));
  });
}
