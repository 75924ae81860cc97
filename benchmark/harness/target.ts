import { closeSync, constants, openSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { execa } from 'execa';
import type { Cleanup } from './cleanup.js';
import { evict } from './cache.js';
import { deviceCountersPath } from './device.js';
import { fillPattern } from './pattern.js';
import { createScratch } from './scratch.js';

export type TargetName = 'tmpfs' | 'loop' | 'disk';

/** What is read from and written to. */
export interface Target {
  name: TargetName;
  /** One line on what it is and how it was made, for the report. */
  summary: string;
  path: string;
  /** Bytes, all of them written with the pattern. */
  size: number;
  /** Where the kernel counts its requests. */
  countersPath: string;
}

/** Why a target cannot be had here. Said to the user and kept in the record. */
export interface Skipped {
  name: string;
  reason: string;
}

const TMPFS_MAGIC = 0x01021994;
const CHUNK = 8 * 2 ** 20;

export async function isTmpfs(directory: string): Promise<boolean> {
  return (await statfs(directory)).type === TMPFS_MAGIC;
}

/** Writes a file of `size` bytes, full of the pattern. */
export async function writePattern(path: string, size: number, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK, size));
    for (let position = 0; position < size; position += chunk.length) {
      signal.throwIfAborted();
      fillPattern(chunk, position);
      await file.write(chunk, 0, Math.min(chunk.length, size - position), position);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A file in `scratch`, on the disk of the project. */
export async function diskTarget(scratch: string, size: number, cleanup: Cleanup): Promise<Target | Skipped> {
  if (await isTmpfs(scratch)) return { name: 'disk', reason: `${scratch} is on tmpfs: run it on a disk` };
  const path = resolve(scratch, 'disk.bin');
  await writePattern(path, size, cleanup.signal);
  await evict(path);
  const { stdout } = await execa('findmnt', ['--noheadings', '--output', 'SOURCE,FSTYPE', '--target', path], {
    reject: false,
  });
  const mount = stdout.trim().replace(/\s+/, ', ') || 'unknown filesystem';
  return {
    name: 'disk',
    summary: `a file of ${size / 2 ** 20} MiB, ${relative('.', path)}, on ${mount}`,
    path,
    size,
    countersPath: deviceCountersPath(path),
  };
}

/** Where tmpfs is expected. */
const SHARED_MEMORY = '/dev/shm';

/** Why no file of `size` bytes can be had on tmpfs; nothing where it can. */
async function whyNoTmpfs(size: number): Promise<string | undefined> {
  if (!(await isTmpfs(SHARED_MEMORY).catch(() => false))) return `${SHARED_MEMORY} is not tmpfs`;
  const { bavail, bsize } = await statfs(SHARED_MEMORY);
  return bavail * bsize < size * 1.1 ? `${SHARED_MEMORY} has no room for ${size} bytes` : undefined;
}

/** A file on tmpfs, where every operation is a copy inside io_submit(2): what software costs, and nothing else. */
export async function tmpfsTarget(size: number, cleanup: Cleanup): Promise<Target | Skipped> {
  const name = 'tmpfs';
  const reason = await whyNoTmpfs(size);
  if (reason !== undefined) return { name, reason };
  const path = join(await createScratch(join(SHARED_MEMORY, 'linux-aio-benchmark'), cleanup), 'tmpfs.bin');
  await writePattern(path, size, cleanup.signal);
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_DIRECT));
  } catch (error) {
    return { name, reason: `O_DIRECT on tmpfs needs Linux 6.6: ${(error as Error).message}` };
  }
  const summary = `a file of ${size / 2 ** 20} MiB on tmpfs`;
  return { name, summary, path, size, countersPath: deviceCountersPath(path) };
}

/** A loop device over a file on tmpfs: no disk's noise, and still asynchronous. Needs root. */
export async function loopTarget(size: number, cleanup: Cleanup): Promise<Target | Skipped> {
  const name = 'loop';
  if (process.getuid?.() !== 0) return { name, reason: 'losetup needs root' };
  const reason = await whyNoTmpfs(size);
  if (reason !== undefined) return { name, reason };

  const file = join(SHARED_MEMORY, `linux-aio-benchmark-${process.pid}`);
  cleanup.add(() => rm(file, { force: true }));
  await writePattern(file, size, cleanup.signal);
  const losetup = ['--direct-io=on', '--show', '--find', file];
  const attached = await execa('losetup', losetup, { reject: false });
  if (attached.failed) return { name, reason: `losetup ${losetup.join(' ')}: ${attached.stderr}` };
  const path = attached.stdout.trim();
  // Detached while we hold it open, it goes when the last holder does: with this process, at the
  // latest, even if that is killed. The same holds for the file without a name.
  const holder = openSync(path, 'r');
  cleanup.add(() => {
    closeSync(holder);
  });
  await execa('losetup', ['--detach', path]);
  await rm(file);
  return {
    name,
    summary: `${path}, a loop device (losetup --direct-io=on) over a file of ${size / 2 ** 20} MiB on tmpfs`,
    path,
    size,
    countersPath: deviceCountersPath(path),
  };
}
