#!/usr/bin/env node
import { CommanderError } from 'commander';
import { complaintOf, ExitCode, firstLine, UsageComplaint } from './complaint.js';
import { Interruption } from './interruption.js';
import { makeProgram } from './program.js';
import type { Session } from './session.js';
import { tell } from './tell.js';

/** Commander's own: what it had to show was help, or the version. */
const SHOWN = 0;

function exitCodeOf(error: unknown, { interruption }: Session): number {
  if (interruption.exitCode !== undefined) {
    if (!interruption.isQuiet) tell('stopped');
    return interruption.exitCode;
  }
  if (error instanceof CommanderError) return error.exitCode === SHOWN ? ExitCode.Ok : ExitCode.Usage;
  tell(complaintOf(error));
  return error instanceof UsageComplaint ? ExitCode.Usage : ExitCode.Failed;
}

/** The library's warnings, as that there is no kernel AIO here, in one line. */
function tellWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ message }) => {
    tell(`note: ${firstLine(message)}`);
  });
}

async function main(): Promise<number> {
  tellWarnings();
  const session: Session = { interruption: Interruption.listen(), exitCode: ExitCode.Ok };
  const program = makeProgram(session);
  if (process.argv.length <= 2) {
    program.outputHelp({ error: true });
    return ExitCode.Usage;
  }
  try {
    await program.parseAsync();
    return session.interruption.exitCode ?? session.exitCode;
  } catch (error) {
    return exitCodeOf(error, session);
  }
}

// No await here: what commands load later imports from this module, which then has to be complete.
void main().then((code) => {
  process.exitCode = code;
});
