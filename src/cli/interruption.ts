import { constants } from 'node:os';
import { complaintOf, ExitCode } from './complaint.js';
import { tell } from './tell.js';

/** The exit code that a shell gives to a program that a signal has ended. */
const SIGNALLED = 128;
/** A terminal and npm may both deliver the same Ctrl-C: what comes within this time is one. */
const SAME_MILLIS = 1000;

/** What the user's Ctrl-C, a signal to end, or a reader that has gone does to the program. */
export class Interruption {
  readonly #controller = new AbortController();
  #exitCode: number | undefined;
  #isQuiet = false;

  /**
   * Listens for SIGHUP, SIGINT and SIGTERM. The first aborts {@link signal}; one that comes a second later or more ends the
   * process at once, since then something hangs.
   */
  static listen(): Interruption {
    const interruption = new Interruption();
    let first: number | undefined;
    for (const name of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (first !== undefined && performance.now() - first > SAME_MILLIS) process.exit(interruption.#exitCode);
        first ??= performance.now();
        interruption.#end(SIGNALLED + constants.signals[name], name === 'SIGHUP');
      });
    }
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      // Nobody reads on, as with `| head`: the same as SIGPIPE, which Node ignores.
      if (error.code === 'EPIPE') interruption.#end(SIGNALLED + constants.signals.SIGPIPE, true);
      else {
        tell(`standard output: ${complaintOf(error)}`);
        interruption.#end(ExitCode.Failed, true);
      }
    });
    process.stderr.on('error', () => undefined);
    return interruption;
  }

  #end(exitCode: number, isQuiet: boolean): void {
    this.#exitCode ??= exitCode;
    this.#isQuiet ||= isQuiet;
    process.exitCode = this.#exitCode;
    this.#controller.abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 128 and the signal's number, once there was one; or 1, once the result could not be written. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Whether nobody is there to be told, or has been told. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }
}
