import { readdir, readFile, rm } from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';

/** Followed by the process id. On the checkout's filesystem, a disk's: /tmp may be a tmpfs. */
export const DISK = resolve('.test-scratch/run-');
/** Followed by the process id, a hyphen and something unique. */
export const MOUNTS = join(realpathSync(tmpdir()), 'linux-aio-test-');

/** Removes what runs that were killed left behind: mounts, loop devices, directories. */
export async function sweep(): Promise<void> {
  const abandoned = [...(await directories(DISK)), ...(await directories(MOUNTS))].filter(
    (directory) => !isRunning(directory),
  );
  if (abandoned.length === 0) return;
  const within = (path: string): boolean => abandoned.some((parent) => path.startsWith(`${parent}/`));
  const points = (await mountPoints()).filter(within);
  const devices = (await loopDevices()).filter((device) => within(device.file));
  for (const point of points.reverse()) await execa('umount', [point], { reject: false });
  for (const { name } of devices) await execa('losetup', ['--detach', name], { reject: false });
  // A filesystem that lies on a loop device over another one is let go only now.
  for (const point of points) await execa('umount', ['--lazy', point], { reject: false });
  for (const directory of abandoned) await rm(directory, { recursive: true, force: true });
}

async function directories(prefix: string): Promise<string[]> {
  const parent = dirname(prefix);
  const names = await readdir(parent).catch(() => []);
  return names.map((name) => join(parent, name)).filter((path) => path.startsWith(prefix));
}

function isRunning(directory: string): boolean {
  const pid = Number(/-(\d+)(?:-\w+)?$/.exec(basename(directory))?.[1]);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function mountPoints(): Promise<string[]> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  return mounts.split('\n').flatMap((line) => line.split(' ')[1] ?? []);
}

async function loopDevices(): Promise<{ name: string; file: string }[]> {
  const args = ['--list', '--json', '--output', 'NAME,BACK-FILE'];
  const { stdout, failed } = await execa('losetup', args, { reject: false });
  if (failed || stdout === '') return [];
  const list = JSON.parse(stdout) as { loopdevices: { name: string; 'back-file': string }[] };
  return list.loopdevices.map((device) => ({ name: device.name, file: device['back-file'] }));
}
