import { copyFile } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { execa } from 'execa';
import { runCargo } from './cargo.js';
import { eachLine, type CommandOptions } from './command.js';
import { MEMORY } from './ladder.js';
import type { Tally } from './tally.js';
import { runTap } from './tap.js';

/** AddressSanitizer on the stable toolchain; what leaks is for the soak to tell. */
const ENV = {
  RUSTC_BOOTSTRAP: '1',
  RUSTFLAGS: '-Zsanitizer=address -Cforce-frame-pointers=yes',
  ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
};
const ADDON = resolve('target/asan/linux-aio.node');

/** Runs the core's tests and those of the addon under AddressSanitizer, which has to see errors that were planted. */
export async function runAsan(tally: Tally, options: CommandOptions): Promise<void> {
  const { stdout } = await execa`rustc --version --verbose`;
  // Named, or the flags would be for build scripts too.
  const host = /^host: (.+)$/m.exec(stdout)?.[1] ?? '';
  const target = [`--target=${host}`, '--target-dir=target/asan'];
  const core = [...target, '--package=linux-aio'];
  const name = 'cargo test, AddressSanitizer';
  await runCargo(tally, options, { name, args: ['test', '--no-fail-fast', '--tests', ...core], env: ENV });
  const planted = ['run', '--quiet', ...core, '--example=use-after-free'];
  await expectSeen(tally, 'core', 'cargo', planted, { ...options, env: { ...options.env, ...ENV } });
  await runAddon(tally, options, target, host);
}

/** The addon is loaded by a Node that knows nothing of the sanitizer, whose library comes first by force. */
async function runAddon(tally: Tally, options: CommandOptions, target: string[], host: string): Promise<void> {
  const name = 'ava, AddressSanitizer';
  const build = ['build', '--quiet', ...target, '--package=linux-aio-node', '--features=planted'];
  const onLine = (line: string): void => {
    console.log(line);
  };
  const { problem } = await eachLine('cargo', build, onLine, { ...options, env: ENV });
  if (problem !== undefined) {
    tally.fail(name, problem);
    return;
  }
  const { stdout: library } = await execa`gcc -print-file-name=libasan.so`;
  if (!isAbsolute(library)) {
    tally.fail(name, 'gcc has no libasan.so');
    return;
  }
  await copyFile(`target/asan/${host}/debug/liblinux_aio_node.so`, ADDON);
  const { ASAN_OPTIONS } = ENV;
  const env = { ...options.env, ASAN_OPTIONS, LD_PRELOAD: library, NAPI_RS_NATIVE_LIBRARY_PATH: ADDON };
  const preloaded: CommandOptions = { ...options, env };
  const script = "require('./src/binding.cjs'); require(process.env.NAPI_RS_NATIVE_LIBRARY_PATH).useAfterFree()";
  await expectSeen(tally, 'addon', process.execPath, ['--eval', script], preloaded);
  await runTap(tally, name, MEMORY.command, preloaded);
}

async function expectSeen(
  tally: Tally,
  where: string,
  file: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<void> {
  const lines: string[] = [];
  const { problem } = await eachLine(file, args, (line) => void lines.push(line), options);
  const passed = Number(problem !== undefined && lines.some((line) => line.includes('heap-use-after-free')));
  tally.add({ name: `a planted use after free is seen, ${where}`, passed, failed: 1 - passed, skips: [] });
}
