import { execa } from 'execa';
import { runCargo } from './cargo.js';
import { eachLine, type CommandOptions } from './command.js';
import type { Tally } from './tally.js';

/** AddressSanitizer on the stable toolchain; what leaks is for the soak to tell. */
const ENV = {
  RUSTC_BOOTSTRAP: '1',
  RUSTFLAGS: '-Zsanitizer=address -Cforce-frame-pointers=yes',
  ASAN_OPTIONS: 'detect_leaks=0',
};

/** Runs the core's tests under AddressSanitizer, which has to see an error that was planted. */
export async function runAsan(tally: Tally, options: CommandOptions): Promise<void> {
  const { stdout } = await execa`rustc --version --verbose`;
  // Named, or the flags would be for build scripts too.
  const host = /^host: (.+)$/m.exec(stdout)?.[1] ?? '';
  const where = [`--target=${host}`, '--target-dir=target/asan', '--package=linux-aio'];
  const name = 'cargo test, AddressSanitizer';
  await runCargo(tally, options, { name, args: ['test', '--no-fail-fast', '--tests', ...where], env: ENV });
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  const run = ['run', '--quiet', ...where, '--example=use-after-free'];
  const { problem } = await eachLine('cargo', run, onLine, { ...options, env: { ...options.env, ...ENV } });
  const passed = Number(problem !== undefined && lines.some((line) => line.includes('heap-use-after-free')));
  tally.add({ name: 'a planted use after free is seen', passed, failed: 1 - passed, skips: [] });
}
