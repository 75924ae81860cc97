import { open, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, ExecaError } from 'execa';
import type { Target } from '../../__test__/support/targets.js';
import type { Scratch } from './scratch.js';

type Place = { directory: string } | { device: string };

const MIB = 1024 * 1024;
/** Sparse. xfs refuses less than 300 MiB. */
const FILESYSTEM_BYTES = 512 * MIB;
/** Times as much for btrfs: what a transaction has changed of its metadata is in use twice until it ends. */
const BTRFS = 4;
const DEVICE_BYTES = 128 * MIB;
const TMPFS_MAGIC = 0x01021994;

/**
 * Makes what the specs run on, or of it what is `wanted`. What cannot be made here is listed too, with the reason.
 *
 * @param bytes of each filesystem.
 */
export async function makeTargets(
  scratch: Scratch,
  wanted?: readonly Target['name'][],
  bytes = FILESYSTEM_BYTES,
): Promise<Target[]> {
  const makers: Record<Target['name'], () => Promise<Place>> = {
    root: async () => ({ directory: await scratch.subdirectory('root') }),
    ext4: () => makeFilesystem(scratch, bytes, 'ext4', ['-q', '-F']),
    xfs: () => makeFilesystem(scratch, bytes, 'xfs', ['-q', '-f']),
    btrfs: () => makeFilesystem(scratch, BTRFS * bytes, 'btrfs', ['-q', '-f']),
    tmpfs: () => makeTmpfs(scratch),
    'loop-512': () => makeDevice(scratch, 512),
    'loop-4096': () => makeDevice(scratch, 4096),
  };
  const targets: Target[] = [];
  for (const [name, make] of Object.entries(makers)) {
    if (wanted?.includes(name as Target['name']) === false) continue;
    targets.push({ name, ...(await attempt(make)) } as Target);
  }
  return targets;
}

async function attempt(make: () => Promise<Place>): Promise<Place | { missing: string }> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof Unavailable) return { missing: error.message };
    // A tool that is not there, or a kernel or a container without the filesystem or loop devices.
    if (error instanceof ExecaError) return { missing: reason(error) };
    throw error;
  }
}

class Unavailable extends Error {}

function reason({ stderr, shortMessage }: { stderr: unknown; shortMessage: string }): string {
  const text = typeof stderr === 'string' && stderr !== '' ? stderr : shortMessage;
  return text.split('\n')[0] ?? '';
}

function requireRoot(): void {
  if (process.geteuid?.() !== 0) throw new Unavailable('needs root');
}

async function makeFilesystem(scratch: Scratch, bytes: number, type: string, args: string[]): Promise<Place> {
  requireRoot();
  const image = join(scratch.directory, `${type}.img`);
  await makeSparse(image, bytes);
  await execa(`mkfs.${type}`, [...args, image]);
  const device = await scratch.attach(image);
  return { directory: await scratch.mount(type, ['-t', type, device]) };
}

async function makeTmpfs(scratch: Scratch): Promise<Place> {
  if (process.geteuid?.() === 0) return { directory: await mountTmpfs(scratch, 'tmpfs') };
  const { type } = await statfs('/dev/shm').catch(() => ({ type: 0 }));
  if (type !== TMPFS_MAGIC) throw new Unavailable('needs root, or /dev/shm');
  return { directory: await scratch.temporary('/dev/shm/linux-aio-test-') };
}

/** A block device over a file in memory: with the sector size asked for, and steady. */
async function makeDevice(scratch: Scratch, sectorBytes: number): Promise<Place> {
  requireRoot();
  const name = `loop-${sectorBytes}`;
  const file = join(await mountTmpfs(scratch, `${name}-backing`), 'file');
  await makeSparse(file, DEVICE_BYTES);
  return { device: await scratch.attach(file, ['--sector-size', String(sectorBytes)]) };
}

function mountTmpfs(scratch: Scratch, name: string): Promise<string> {
  const size = `size=${FILESYSTEM_BYTES}`;
  return scratch.mount(name, ['-t', 'tmpfs', '-o', size, 'tmpfs']);
}

async function makeSparse(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'wx');
  await file.truncate(bytes);
  await file.close();
}
