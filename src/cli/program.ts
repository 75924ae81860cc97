import { Command } from 'commander';
import { addBench } from './bench.js';
import { hasColours, painter } from './colours.js';
import { addCopy } from './copy.js';
import { addHash } from './hash.js';
import { addProbe } from './probe.js';
import type { Session } from './session.js';
import { addVerify } from './verify.js';
import { version } from './version.js';

const EXAMPLES = `
Examples:
  linux-aio probe .                               what this directory's filesystem and disk can do
  linux-aio copy --verify disk.img /mnt/disk.img  copies, and reads back from the device
  linux-aio verify disk.img /dev/sdx              the same bytes?
  linux-aio hash *.iso > SHA256SUMS               for sha256sum -c
  linux-aio bench . --rw randread --bs 4k         how many reads a second?

Exit codes:
  0    done; or both are the same
  1    failed; or they differ
  2    the command line is wrong
  130  ended by Ctrl-C; 128 and the number of any other signal`;

/** One line: what is wrong, and where help is. */
function usageLine(text: string, program: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  return `linux-aio: ${line}; see ${program} --help\n`;
}

/** The commands with their options, which commander reads. */
export function makeProgram(session: Session): Command {
  const program = new Command('linux-aio');
  program
    .description('Moves, checks and measures files and block devices past the page cache, by kernel AIO and O_DIRECT.')
    .version(version)
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  const paint = painter(process.stdout);
  program.configureHelp({
    styleTitle: (text) => paint('bold', text),
    styleCommandText: (text) => paint('cyan', text),
    styleSubcommandText: (text) => paint('cyan', text),
    styleOptionText: (text) => paint('green', text),
    styleArgumentText: (text) => paint('green', text),
  });
  program.configureOutput({
    getOutHasColors: () => hasColours(process.stdout),
    getErrHasColors: () => hasColours(process.stderr),
    outputError: (text, write) => {
      write(usageLine(text, ['linux-aio', ...commandOf(program)].join(' ')));
    },
  });
  // What is set above is for these, too.
  for (const add of [addProbe, addCopy, addVerify, addHash, addBench]) add(program, session);
  return program;
}

/** The command whose options are read, if it has one. */
function commandOf(program: Command): string[] {
  const name = process.argv[2];
  return program.commands.some((command) => command.name() === name) ? [name!] : [];
}
