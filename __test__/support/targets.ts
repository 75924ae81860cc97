import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';

/** `root` is the filesystem that holds the checkout, a disk's as a rule. */
export type DirectoryName = 'root' | 'ext4' | 'xfs' | 'btrfs' | 'tmpfs';
export type DeviceName = 'loop-512' | 'loop-4096';

/** A filesystem to make files in. */
export interface DirectoryTarget {
  readonly name: DirectoryName;
  readonly directory: string;
}

/** A block device, named after its sector size: its length is fixed, its content the last test's. */
export interface DeviceTarget {
  readonly name: DeviceName;
  readonly device: string;
}

/** What could not be made on this machine, and why. */
export interface MissingTarget {
  readonly name: DirectoryName | DeviceName;
  readonly missing: string;
}

export type Target = DirectoryTarget | DeviceTarget | MissingTarget;
type Implementation<On> = (t: ExecutionContext, target: On) => Promise<void> | void;

const LOCK_POLL_MS = 10;

/** What the specs run on, as `npm test` made it; where ava runs by itself, the checkout's filesystem. */
export function targets(): readonly Target[] {
  const made = process.env.LINUX_AIO_TEST_TARGETS;
  if (made !== undefined) return JSON.parse(made) as Target[];
  const directory = resolve('.test-scratch/ava');
  mkdirSync(directory, { recursive: true });
  const names = ['ext4', 'xfs', 'btrfs', 'tmpfs', 'loop-512', 'loop-4096'] as const;
  return [{ name: 'root', directory }, ...names.map((name) => ({ name, missing: 'made by npm test alone' }))];
}

/** The checkout's filesystem, where a test is about none in particular. */
export function rootTarget(): DirectoryTarget {
  const root = targets().find(({ name }) => name === 'root');
  if (root === undefined || !('directory' in root)) throw new Error('no target root');
  return root;
}

/** Registers the test once a target; where one is missing, as skipped, with the reason in the title. */
export function eachTarget(title: string, implementation: Implementation<DirectoryTarget | DeviceTarget>): void {
  eachDirectory(title, implementation);
  eachDevice(title, implementation);
}

/** As eachTarget, for what only a filesystem has: files that are made, grow, shrink and go; of these, all or some. */
export function eachDirectory(
  title: string,
  implementation: Implementation<DirectoryTarget>,
  wanted?: readonly DirectoryName[],
): void {
  for (const target of targets()) {
    if (wanted?.some((name) => name === target.name) === false) continue;
    if ('directory' in target) register(title, target, implementation);
    else if ('missing' in target && !isDevice(target)) skip(title, target);
  }
}

/** As eachTarget, for block devices alone. */
export function eachDevice(title: string, implementation: Implementation<DeviceTarget>): void {
  for (const target of targets()) {
    if ('device' in target) register(title, target, implementation);
    else if ('missing' in target && isDevice(target)) skip(title, target);
  }
}

/**
 * A path to read and write, the test's own until it ends: a new file with `content`, removed afterwards,
 * or the target's block device with `content` at its beginning, which other tests wait for meanwhile.
 */
export async function scratchFile(
  t: ExecutionContext,
  target: DirectoryTarget | DeviceTarget,
  content: Uint8Array = new Uint8Array(),
): Promise<string> {
  const path = 'device' in target ? target.device : join(target.directory, randomUUID());
  if ('device' in target) await lock(t, target);
  else t.teardown(() => rm(path, { force: true }));
  const file = await open(path, 'device' in target ? 'r+' : 'wx');
  await file.writeFile(content);
  await file.sync();
  await file.close();
  return path;
}

function register<On extends Target>(title: string, target: On, implementation: Implementation<On>): void {
  test(`${title}, ${target.name}`, (t) => implementation(t, target));
}

function skip(title: string, target: MissingTarget): void {
  test.skip(`${title} [${target.name}: ${target.missing}]`, () => undefined);
}

function isDevice(target: Target): boolean {
  return target.name.startsWith('loop-');
}

/** Held by an abstract socket: among threads and processes alike, and let go when its holder dies. */
async function lock(t: ExecutionContext, target: DeviceTarget): Promise<void> {
  const name = `\0linux-aio-test${target.device}`;
  let server = await listen(name);
  for (; server === undefined; server = await listen(name)) await sleep(LOCK_POLL_MS);
  const held = server;
  t.teardown(() => held.close());
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      resolve(server);
    });
  });
}
