import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

import { translate } from '../../scripts/javascript.js';
import type { Cleanup } from '../harness/cleanup.js';
import { type Checkout, checkOut, revisionOf, sameLockfile } from './checkout.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Of commits, whose builds do not change. */
const KEPT = 8;
/** Its dependencies are built once for all commits. */
const PACKAGES = ['linux-aio', 'linux-aio-node'];

/** One of the two that are compared, ready to be loaded. */
export interface Build {
  /** As the user said it. */
  name: string;
  /** Of the checkout; a directory may hold changes on top. */
  commit: string | undefined;
  /** The path of the module. */
  library: string;
}

export interface BuildPlace {
  /** Where builds of commits are kept, and their dependencies. */
  cache: string;
  /** Removed in the end. */
  scratch: string;
  cleanup: Cleanup;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Its own `npm ci`, unless it wants exactly what is installed here. */
async function installPackages({ directory }: Checkout): Promise<void> {
  if (await exists(join(directory, 'node_modules'))) return;
  if (await sameLockfile(ROOT, directory)) await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  else await execa('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory, stdin: 'ignore' });
}

/** The library of a checkout as the package ships it, in `destination`. */
async function compile(checkout: Checkout, destination: string, { cache, scratch, cleanup }: BuildPlace) {
  const { directory, temporary } = checkout;
  const options = { cwd: directory, stdin: 'ignore', cancelSignal: cleanup.signal } as const;
  await installPackages(checkout);
  const env = temporary ? { CARGO_TARGET_DIR: join(cache, 'target') } : {};
  // cargo tells what has changed by time and by place in the workspace: of two checkouts, it would take one's for the other's.
  const clean = ['clean', '--release', ...PACKAGES.flatMap((name) => ['--package', name])];
  if (temporary) await execa('cargo', clean, { ...options, env });
  await execa('npm', ['run', '--silent', 'build:native'], { ...options, env });
  const linked = await mkdtemp(join(scratch, 'build-'));
  await translate(linked, [], directory);
  // What is linked goes with the checkout.
  await cp(linked, destination, { recursive: true, dereference: true });
}

/** Removes the oldest. */
async function prune(directory: string): Promise<void> {
  const paths = (await readdir(directory)).map((name) => join(directory, name));
  const aged = await Promise.all(paths.map(async (path) => ({ path, time: (await stat(path)).mtimeMs })));
  for (const { path } of aged.sort((a, b) => b.time - a.time).slice(KEPT)) await rm(path, { recursive: true });
}

/** Builds a revision, unless that was done before, or a directory with a checkout, as it is. */
export async function build(name: string, place: BuildPlace): Promise<Build> {
  const { cache, scratch, cleanup } = place;
  if (await exists(join(name, 'package.json'))) {
    const directory = resolve(name);
    const destination = await mkdtemp(join(scratch, 'library-'));
    await compile({ directory, temporary: false }, destination, place);
    return { name, commit: await revisionOf(directory, 'HEAD'), library: join(destination, 'index.js') };
  }
  const commit = await revisionOf(ROOT, name);
  if (commit === undefined) throw new Error(`${name} is neither a revision nor a directory with a checkout`);
  const builds = join(cache, 'builds');
  const kept = join(builds, `${commit}-${process.arch}`);
  if (!(await exists(kept))) {
    await mkdir(builds, { recursive: true });
    const destination = await mkdtemp(join(scratch, 'library-'));
    await compile(await checkOut(ROOT, commit, scratch, cleanup), destination, place);
    await prune(builds);
    await rename(destination, kept);
  }
  return { name, commit, library: join(kept, 'index.js') };
}
