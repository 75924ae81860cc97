/** Reads a file in blocks and gives none back, or some; ends when nothing is left to do. Arguments: the file, and whether it does. */
import { open } from '../../index.js';

const [, , path = '', how] = process.argv;

async function read(): Promise<void> {
  const file = await open(path);
  for await (const block of file.blocks({ size: 4096, ahead: 1 })) if (how === 'releases') block.release();
  console.log('all of it');
}

void read();
