import type { Command } from 'commander';
import { probe } from '../../index.js';
import { probeText } from './probe-text.js';
import type { Session } from './session.js';
import { say } from './tell.js';

const HELP = `
Reads at most 64 KiB, and of a directory makes and drops a nameless file in it.

Examples:
  linux-aio probe .
  linux-aio probe --json /dev/nvme0n1 | jq .alignment`;

export function addProbe(program: Command, session: Session): void {
  program
    .command('probe')
    .summary('what a path, its filesystem and its device can do')
    .description(
      'Says what a file, a directory or a block device, its filesystem and this kernel can do, and what it means.',
    )
    .argument('<path>', 'a file, a directory, or a block device')
    .option('--json', 'the same as JSON: see ProbeReport in the types of the package')
    .addHelpText('after', HELP)
    .action(async (path: string, { json }: { json?: true }) => {
      const report = await probe(path);
      session.interruption.signal.throwIfAborted();
      say(json ? JSON.stringify(report, null, 2) : probeText(report));
    });
}
