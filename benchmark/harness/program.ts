import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { translate } from '../../scripts/javascript.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Translates the library, its examples and the contestants to JavaScript in `directory`. What is measured is then what the package
 * ships: tsx would wrap every named closure in a helper, and its time would be ours.
 */
export async function buildPrograms(directory: string): Promise<void> {
  await translate(directory, ['benchmark', 'examples']);
}

/** The path of a program below `benchmark/`, by its name without the suffix, once it is built. */
export function programPath(directory: string, name: string): string {
  return resolve(directory, 'benchmark', `${name}.js`);
}

/** Builds an example of the crate with optimization, and says where its executable is. */
export async function buildExample(name: string): Promise<string> {
  const line = ['build', '--release', '--package', 'linux-aio', '--example', name];
  const { stdout } = await execa('cargo', [...line, '--message-format', 'json-render-diagnostics'], {
    cwd: ROOT,
    stderr: 'inherit',
  });
  interface Message {
    reason: string;
    executable?: string | null;
    target?: { name: string };
  }
  const messages = stdout.split('\n').map((text) => JSON.parse(text) as Message);
  const built = messages.findLast((message) => message.target?.name === name && message.executable);
  if (!built?.executable) throw new Error(`cargo ${line.join(' ')} left no executable`);
  return built.executable;
}
