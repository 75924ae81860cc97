import { join } from 'node:path';
import { execa } from 'execa';
import type { Cleanup } from '../../harness/cleanup.js';
import { createScratch } from '../../harness/scratch.js';
import { copyTransfer } from '../copy/copy.js';
import { SMALL, SOURCE } from '../serve/files.js';
import { findNginx } from '../serve/nginx.js';
import { serveTransfer } from '../serve/serve.js';
import { readTransfer } from '../stream/read.js';
import { writeTransfer } from '../stream/write.js';
import type { TransferName } from './cell.js';
import type { Transfer } from './contestant.js';
import { writePeriodic } from './files.js';
import type { Place } from './place.js';
import { program, type Setting, starting } from './setting.js';

/** Whether a copy on this filesystem may be none. */
async function sharesBlocks(path: string): Promise<boolean> {
  const { failed } = await execa('cp', ['--reflink=always', path, `${path}.shared`], { reject: false });
  await execa('rm', ['-f', `${path}.shared`]);
  return !failed;
}

/** Each scenario's transfer in a place that holds the files. */
export async function transferOf(
  name: TransferName,
  place: Place,
  setting: Setting,
  cleanup: Cleanup,
): Promise<Transfer> {
  const { options, scratch } = setting;
  const { size } = options;
  const { directory } = place;
  const source = join(directory, SOURCE);
  const small = join(directory, SMALL);
  const destination = join(directory, 'destination.bin');
  const by = starting(setting);
  switch (name) {
    case 'stream-read':
      return readTransfer({ path: source, size, small, directory }, program(setting, 'stream/read'), by);
    case 'stream-write': {
      const memory = await createScratch('/dev/shm/linux-aio-benchmark-input', cleanup);
      const input = join(memory, 'input.bin');
      await writePeriodic(input, size);
      return writeTransfer({ path: destination, size, directory, input }, program(setting, 'stream/write'), by);
    }
    case 'copy': {
      const shares = await sharesBlocks(small);
      const copies = { source, size, small, destination, directory, shares };
      return copyTransfer(copies, program(setting, 'copy/copy'), by);
    }
    case 'serve': {
      const { aio, skipped } = await findNginx();
      skipped.forEach(setting.skipped);
      const server = join(setting.programs, 'examples', 'media-server', 'main.js');
      const programs = { server, clients: program(setting, 'serve/clients') };
      return serveTransfer({ directory, size, scratch, programs, ...(aio && { nginx: aio }) }, by);
    }
  }
}
