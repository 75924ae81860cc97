// Runs in its own process: the same by `node:fs`, through the page cache.
import { timeStart } from './timing.js';

const file = await timeStart(
  () => import('node:fs/promises'),
  ({ open }) => open(process.argv[2]!),
  async (opened) => {
    const block = Buffer.allocUnsafeSlow(4096);
    await opened.read(block, 0, block.length, 0);
    return block;
  },
);
await file.close();
