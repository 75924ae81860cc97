import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { verifyFile } from '../../index.js';
import { ExitCode } from './complaint.js';
import { Progress } from './progress.js';
import type { Session } from './session.js';
import { secondsText, sizeText, speedText } from './sizes.js';
import { say } from './tell.js';
import { addTransferOptions, SIZES, transferOf, type TransferFlags } from './transfer.js';

const HELP = `
Both are read from their devices, not from the page cache, wherever there is O_DIRECT. The exit code is 0 where they are the same, 1 where they differ.
Of a device that is longer than the file it is compared with, only the file's length counts.
${SIZES}

Examples:
  linux-aio verify disk.img /dev/sdx
  linux-aio verify --quiet a b && echo same`;

/** Where: a file that ends there is only shorter. */
async function whereText(a: string, b: string, position: number | undefined): Promise<string> {
  if (position === undefined) return '';
  for (const path of [a, b]) {
    const { size } = await stat(path);
    if (size === position) return `: ${path} ends at byte ${position}, and is the same up to there`;
  }
  return `, first at byte ${position} (counted from 0)`;
}

export function addVerify(program: Command, session: Session): void {
  const command = program
    .command('verify')
    .summary('compares two files or block devices')
    .description('Compares two files or block devices byte for byte, and says where they differ first.')
    .argument('<a>', 'a file or a block device')
    .argument('<b>', 'another');
  addTransferOptions(command, 'say nothing but errors: the exit code tells')
    .addHelpText('after', HELP)
    .action(async (a: string, b: string, flags: TransferFlags) => {
      const progress = new Progress(flags.quiet === true);
      const began = performance.now();
      try {
        const { equal, bytes, position } = await verifyFile(a, b, transferOf(flags, session, progress));
        progress.stop();
        session.exitCode = equal ? ExitCode.Ok : ExitCode.Failed;
        if (flags.quiet) return;
        const seconds = (performance.now() - began) / 1000;
        const speed = `${secondsText(seconds)}, ${speedText(bytes, seconds)}`;
        if (equal) say(`${a} and ${b} are the same: ${sizeText(bytes)} in ${speed}`);
        else say(`${a} and ${b} differ${await whereText(a, b, position)}`);
      } finally {
        progress.stop();
      }
    });
}
