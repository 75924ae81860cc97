import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { copyFile } from '../../index.js';
import { Progress } from './progress.js';
import type { Session } from './session.js';
import { secondsText, sizeText, speedText } from './sizes.js';
import { say } from './tell.js';
import { addTransferOptions, SIZES, transferOf, type TransferFlags } from './transfer.js';

interface Flags extends TransferFlags {
  verify?: true;
  preserve?: true;
  exclusive?: true;
  force?: true;
  flush?: true;
}

const HELP = `
Holes stay holes. The copy is .DESTINATION.….part until it is complete (a killed program leaves that), and then takes the place of what was there before:
whoever opens DESTINATION meanwhile, or after a crash, has the old file or the whole new one. Block devices are written in
place. Where a filesystem has no O_DIRECT, it may be the page cache that --verify reads. ${SIZES}

Examples:
  linux-aio copy big.tar /mnt/backup/                into a directory
  linux-aio copy --verify --flush disk.img /dev/sdx  an image to a disk, read back from it
  linux-aio copy /dev/sdx disk.img                   and from it
  linux-aio copy --exclusive --preserve a b || echo "b is there already, or the copy failed"`;

/** Where the copy goes: into a directory under the source's name, as with cp. */
async function placeOf(source: string, destination: string): Promise<string> {
  const isDirectory = await stat(destination).then(
    (found) => found.isDirectory(),
    () => false,
  );
  // Not by `join`, which takes a directory and `..` for nothing: a link may lead elsewhere.
  return isDirectory ? `${destination.replace(/\/+$/, '')}/${basename(source)}` : destination;
}

export function addCopy(program: Command, session: Session): void {
  const command = program
    .command('copy')
    .summary('copies a file or a block device')
    .description('Copies a file or a whole block device past the page cache, many operations in flight on both sides.')
    .argument('<source>', 'a file or a block device')
    .argument('<destination>', 'a file, a directory to put it in, or a block device')
    .option('--verify', 'read both back from their devices, and compare')
    .option('--preserve', 'keep mode, owner and times')
    .option('--exclusive', 'refuse a destination that exists')
    .option('--force', 'write to a block device even if it is mounted')
    .option('--flush', 'make the name of the copy durable, too');
  addTransferOptions(command, 'say nothing but errors')
    .addHelpText('after', HELP)
    .action(async (source: string, destination: string, flags: Flags) => {
      const place = await placeOf(source, destination);
      const { verify, preserve, exclusive, force, flush } = flags;
      const progress = new Progress(flags.quiet === true);
      const began = performance.now();
      try {
        const result = await copyFile(source, place, {
          ...transferOf(flags, session, progress),
          ...{ verify, preserve, exclusive, force, flush },
        });
        progress.stop();
        if (flags.quiet) return;
        const seconds = (performance.now() - began) / 1000;
        const holes = result.holes > 0 ? ` (and ${sizeText(result.holes)} of holes)` : '';
        const moved = `${sizeText(result.bytes)}${holes}`;
        const speed = `${secondsText(seconds)}, ${speedText(result.bytes, seconds)}`;
        // Of a copy that is read back the time is that of both.
        if (result.verified) say(`${place}: copied ${moved} and read it back, the same, in ${secondsText(seconds)}`);
        else say(`${place}: copied ${moved} in ${speed}`);
      } finally {
        progress.stop();
      }
    });
}
