import { statfs } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Scratch } from '../../../scripts/test/scratch.js';
import type { Cleanup } from '../../harness/cleanup.js';
import { isTmpfs, type Skipped } from '../../harness/target.js';
import type { TransferCell } from './cell.js';

/** Where files are moved. */
export interface Place {
  name: TransferCell['place'];
  summary: string;
  directory: string;
}

/** Of a filesystem, beside the files: its own tables, and a journal. */
const OVERHEAD = 192 * 2 ** 20;

/** The disk that holds the project, if there is room. */
export async function diskPlace(directory: string, bytes: number): Promise<Place | Skipped> {
  const name = 'disk';
  if (await isTmpfs(directory)) return { name, reason: `${directory} is on tmpfs: run it on a disk` };
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < bytes * 1.1) return { name, reason: `${directory} has no room for ${bytes} bytes` };
  const { stdout } = await execa('findmnt', ['--noheadings', '--output', 'FSTYPE', '--target', directory], {
    reject: false,
  });
  return { name, directory, summary: `files on the disk of the project, ${stdout.trim() || 'unknown filesystem'}` };
}

/**
 * ext4 on a loop device over a file on tmpfs: no disk's noise, and still asynchronous. Needs root.
 *
 * @param bytes that its files have at the same time.
 */
export async function loopPlace(bytes: number, cleanup: Cleanup): Promise<Place | Skipped> {
  const name = 'loop';
  if (process.getuid?.() !== 0) return { name, reason: 'losetup needs root' };
  const whole = Math.ceil(bytes * 1.1) + OVERHEAD;
  if (os.freemem() < whole) return { name, reason: `no memory for a filesystem of ${whole} bytes` };
  const scratch = await Scratch.create();
  cleanup.add(() => scratch.remove());
  const backing = await scratch.mount('backing', ['-t', 'tmpfs', '-o', `size=${whole + 2 ** 20}`, 'tmpfs']);
  const image = join(backing, 'image');
  // All of its memory is taken now, and kept: a block that is used first is to cost the same as one that was in use before.
  await execa('fallocate', ['--length', String(whole), image]);
  try {
    const device = await scratch.attach(image);
    await execa('mkfs.ext4', ['-q', '-F', '-E', 'nodiscard,lazy_itable_init=0,lazy_journal_init=0', device]);
    const directory = await scratch.mount('loop', ['-t', 'ext4', device]);
    return { name, directory, summary: `files on ext4, on a loop device (losetup --direct-io=on) over tmpfs` };
  } catch (error) {
    return { name, reason: (error as Error).message };
  }
}
