import { Cleanup } from './cleanup.js';

/** This process's arguments behind what npm runs, as a shell takes them. */
export function typedCommand(script: string): string {
  const quoted = (word: string) => (/^[\w.,:=/@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  return ['npm', 'run', script, '--', ...process.argv.slice(2).map(quoted)].join(' ');
}

/** One line that is overwritten on a terminal, and left out elsewhere. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
}

/** What a program is called, how it reads its options (undefined: help is wanted), and its exit code where it fails. */
interface Program<Options> {
  name: string;
  help: string;
  parse: () => Options | undefined;
  failed: number;
}

/** Runs a program: its exit code. What it has put up is taken down however it ends. */
export async function runProgram<Options>(
  { name, help, parse, failed }: Program<Options>,
  work: (options: Options, cleanup: Cleanup) => Promise<number>,
): Promise<number> {
  let options: Options | undefined;
  try {
    options = parse();
  } catch (error) {
    console.error(`${name}: ${(error as Error).message}\n\n${help}`);
    return 2;
  }
  if (options === undefined) {
    console.log(help);
    return 0;
  }
  const cleanup = Cleanup.listen();
  try {
    return await work(options, cleanup);
  } catch (error) {
    progress('');
    if (cleanup.exitCode === undefined) console.error(`${name}: ${(error as Error).message}`);
    return cleanup.exitCode ?? failed;
  } finally {
    await cleanup.run();
  }
}
