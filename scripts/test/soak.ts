import { eachLine, type CommandOptions } from './command.js';
import type { Tally } from './tally.js';

const SECONDS = 45;

/** The soak's short form: each of its checks is a test. */
export async function runSoak(tally: Tally, options: CommandOptions): Promise<void> {
  console.log('# soak');
  let [passed, failed] = [0, 0];
  const onLine = (line: string): void => {
    console.log(line);
    if (line.startsWith('ok ')) passed++;
    if (line.startsWith('not ok ')) failed++;
  };
  const args = ['--import=tsx', '--expose-gc', 'scripts/soak/main.ts', '--seconds', `${SECONDS}`];
  const { problem } = await eachLine(process.execPath, args, onLine, options);
  tally.add({ name: `soak, ${SECONDS} seconds`, passed, failed, skips: [] }, failed > 0 ? undefined : problem);
}
