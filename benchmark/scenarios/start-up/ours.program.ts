// Runs in its own process, in a project of its own: imports the installed package and reads one block.
import { timeStart } from './timing.js';

const file = await timeStart(
  () => import('linux-aio'),
  ({ open }) => open(process.argv[2]!),
  async (opened) => {
    const block = opened.allocate(4096);
    await opened.read(block, { position: 0 });
    return block;
  },
);
if (file.engine !== 'aio') throw new Error(`not by kernel AIO: ${file.reason}`);
await file.close();
