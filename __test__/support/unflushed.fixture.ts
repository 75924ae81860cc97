/** Reads in a queue that is flushed by hand, and flushes it or not; ends when nothing is left to do. Arguments: the file, and whether it does. */
import { allocate, open, SubmissionQueue } from '../../index.js';

const [, , path = '', how] = process.argv;

async function read(): Promise<void> {
  const queue = await SubmissionQueue.create({ batch: 'manual' });
  const file = await open(path, { queue });
  const reading = file.read(allocate(4096), { position: 0 });
  if (how === 'flushes') queue.flush();
  const { bytesRead } = await reading;
  console.log(bytesRead);
}

void read();
