import { eachLine, type CommandOptions } from './command.js';
import type { Tally } from './tally.js';

const RESULT = /^(not )?ok \d+(?: - (.*?))?(?: # (SKIP|TODO)\b.*)?$/;
const PROTOCOL = /^(TAP version \d+|\d+\.\.\d+|# (tests|pass|skip|todo|fail) \d+|\s*)$/;
const DETAIL = /^( {2}|# {3})/;
/** The reason at the end of a skipped test's title, as __test__/support/targets.ts writes it. */
const REASON = /\[([^\]]*)\]$/;
const HEARTBEAT_MS = 10_000;

/**
 * Runs a command that reports in TAP and adds its counts. Failures are shown in full as they come; of
 * what passes, only a count from time to time.
 */
export async function runTap(
  tally: Tally,
  name: string,
  command: readonly [string, ...string[]],
  options: CommandOptions,
): Promise<void> {
  console.log(`# ${name}`);
  const reader = new TapReader();
  const heartbeat = setInterval(() => {
    console.log(`  ${name}: ${reader.passed} passed so far`);
  }, HEARTBEAT_MS);
  try {
    const [file, ...args] = command;
    const onLine = (line: string): void => {
      if (reader.read(line)) console.log(line);
    };
    const { problem } = await eachLine(file, args, onLine, options);
    tally.add({ name, passed: reader.passed, failed: reader.failed, skips: reader.skips }, problem);
  } finally {
    clearInterval(heartbeat);
  }
}

class TapReader {
  passed = 0;
  failed = 0;
  readonly skips: string[] = [];
  /** Whether what belongs to the last result is shown; at first there is none, and everything is. */
  #detailed = true;

  /** Counts a line; true when it is one to show. */
  read(line: string): boolean {
    const result = RESULT.exec(line);
    if (!result) {
      if (PROTOCOL.test(line)) return false;
      return !DETAIL.test(line) || this.#detailed;
    }
    const [, not, title = '', directive] = result;
    const failed = directive === undefined && not !== undefined;
    this.#detailed = failed;
    if (directive !== undefined) this.skips.push(REASON.exec(title)?.[1] ?? title);
    else if (failed) this.failed += 1;
    else this.passed += 1;
    return failed;
  }
}
