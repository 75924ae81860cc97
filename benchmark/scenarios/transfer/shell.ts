import type { Work } from './cell.js';
import type { Watch } from './contestant.js';
import { start, type Starting } from './run-program.js';
import { parseTimes } from './times.js';

/** Milliseconds are bash's finest, and enough for commands that take a tenth of a second. */
const SCRIPT = (commands: string) => `TIMEFORMAT='timed %3R %3U %3S'; time { ${commands}; }`;

/**
 * Runs commands by bash and times them: of all of them, with their processes, or of a single dd as it says itself.
 *
 * @param commands whose paths are "$1", "$2" ..., with `&&` between them.
 * @param bytes what they move, where they do not say.
 */
export async function timeShell(
  commands: string,
  paths: readonly string[],
  bytes: number,
  watch: Watch,
  starting: Starting,
): Promise<Work> {
  watch.begins();
  const { stderr } = await start(['bash', '-c', SCRIPT(commands), 'bash', ...paths], starting);
  watch.ends();
  const { seconds, cpuSeconds, copied = bytes } = parseTimes(stderr);
  return { bytes: copied, seconds, cpuSeconds };
}
