import { eachLine, type CommandOptions } from './command.js';
import type { Tally } from './tally.js';

/** Builds what the suites need; false, and a failure, when they cannot run. */
export async function runBuild(tally: Tally, options: CommandOptions): Promise<boolean> {
  for (const step of ['build:native', 'build:js']) {
    const onLine = (line: string): void => {
      console.log(line);
    };
    const { problem } = await eachLine('npm', ['run', '--silent', step], onLine, options);
    if (problem !== undefined) {
      tally.fail(step, problem);
      return false;
    }
  }
  return true;
}
