import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';

import { BUILT } from './built.js';
import { run, type Ended } from './run.js';
import { rootTarget } from './targets.js';
import { Turns } from './turns.js';

const SOURCES = [`--import=${resolve('__test__/support/sources.mjs')}`, resolve('src/cli/main.ts')];

/** The command line: of the package that was built, which takes a quarter of the time, or else from its sources. */
export const PROGRAM: readonly [string, ...string[]] = [
  process.execPath,
  ...(BUILT === undefined ? SOURCES : [join(BUILT, 'dist/cli.js')]),
];

/** Each is a Node of its own, which has all modules to find. */
const turns = new Turns();

type Watch = Parameters<typeof run>[2];

/** Lines of work that takes long, in a pipe. */
export const PROGRESS = /^(copying|comparing|verifying|hashing): .*\n/gm;

/** Told on engines without kernel AIO or O_DIRECT. */
export const NOTES = /^linux-aio: note: .*\n/gm;

/** Runs the command line in a pipe. Notes of the engine are left out of `stderr`. */
export async function cli(parameters: readonly string[], watch?: Watch, env?: NodeJS.ProcessEnv): Promise<Ended> {
  const [node, ...rest] = PROGRAM;
  const variables = { NO_COLOR: undefined, FORCE_COLOR: undefined, ...env };
  const ended = await turns.take(() => run(node, [...rest, ...parameters], watch, variables));
  return { ...ended, stderr: ended.stderr.replace(NOTES, '') };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The same in a terminal, by script(1): all that is drawn is in `stdout`. `redirect` is for the shell, as `> file`; `watch` sees
 * script, whose standard input are the keys.
 */
export function cliInTerminal(
  parameters: readonly string[],
  env?: NodeJS.ProcessEnv,
  redirect = '',
  watch?: Watch,
): Promise<Pick<Ended, 'code' | 'stdout'>> {
  const command = `exec ${[...PROGRAM, ...parameters].map(quoted).join(' ')} ${redirect}`;
  // Node takes colours from what runs with CI set.
  const plain = { TERM: 'xterm-256color', CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined };
  const variables = { ...process.env, ...plain, ...env };
  return turns.take(async () => {
    const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: variables,
    });
    watch?.(child);
    const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
    return { code, stdout };
  });
}

/** A directory of the test's own on the checkout's disk. */
export async function directory(t: ExecutionContext): Promise<string> {
  const made = await mkdtemp(join(rootTarget().directory, 'cli-'));
  t.teardown(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** A file of random bytes. */
export function fileOf(place: string, name: string, size: number): { path: string; content: Buffer } {
  const path = join(place, name);
  const content = randomBytes(size);
  writeFileSync(path, content);
  return { path, content };
}

/** Whether a failure was told as it should be: its exit code, nothing on stdout, one line about it. */
export function isOneLine(t: ExecutionContext, { code, stdout, stderr }: Ended, wanted: number, about: RegExp): void {
  t.is(code, wanted, stderr);
  t.is(stdout, '');
  t.regex(stderr, /^linux-aio: [^\n]+\n$/);
  t.regex(stderr, about);
}
