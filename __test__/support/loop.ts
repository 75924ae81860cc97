import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { unmount } from './unmount.js';

const MEBIBYTE = 1 << 20;
/** xfs refuses less than 300 MiB; sparse. */
const IMAGE_BYTES = 320 * MEBIBYTE;

/** Sparse files in memory, and what lies on them: all of one test, and gone after it. */
export class Place {
  readonly path: string;
  /** What has to be undone, in this order. */
  readonly #undo: (() => void)[] = [];

  constructor(t: ExecutionContext) {
    // A name that the test harness sweeps, should this process be killed.
    this.path = mkdtempSync(join(realpathSync(tmpdir()), `linux-aio-test-${process.pid}-`));
    this.#undo.push(() => {
      rmSync(this.path, { recursive: true });
    });
    t.teardown(() => {
      for (const undo of this.#undo.splice(0).reverse()) undo();
    });
    this.mount('memory', '-t', 'tmpfs', '-o', 'size=640m', 'tmpfs');
  }

  /** Calls mount(8) and returns the mount point. */
  mount(name: string, ...parameters: readonly string[]): string {
    const point = join(this.path, name);
    mkdirSync(point);
    execFileSync('mount', [...parameters, point]);
    this.#undo.push(() => spawnSync('umount', ['--lazy', point]));
    return point;
  }

  /** A filesystem on a loop device that goes with it. */
  mountNew(type: 'ext4' | 'xfs', options = 'rw'): { image: string; directory: string } {
    const image = file(join(this.path, 'memory', type), IMAGE_BYTES);
    execFileSync(`mkfs.${type}`, ['-q', type === 'ext4' ? '-F' : '-f', image], { stdio: 'ignore' });
    return { image, directory: this.mount(`${type}-mounted`, '-t', type, '-o', `loop,${options}`, image) };
  }

  /** Mounts such a filesystem anew: it finds what its device holds. Nobody may have a file open. */
  mountAgain(type: 'ext4' | 'xfs', { image, directory }: { image: string; directory: string }): string {
    unmount(directory);
    return this.mount(`${type}-again`, '-t', type, '-o', 'loop', image);
  }

  /** A loop device over a new file, in memory where no directory is given. */
  attach(bytes: number, directory = join(this.path, 'memory')): Loop {
    const backing = file(join(directory, 'device'), bytes);
    const device = execFileSync('losetup', ['--find', '--show', backing], { encoding: 'utf8' }).trim();
    const loop = new Loop(device, backing);
    this.#undo.push(() => {
      loop.detach();
    });
    return loop;
  }
}

/** A block device over a file. */
export class Loop {
  readonly device: string;
  readonly backing: string;

  constructor(device: string, backing: string) {
    this.device = device;
    this.backing = backing;
  }

  /** Whether it still is the device of its file. */
  get attached(): boolean {
    const { stdout } = spawnSync('losetup', ['--noheadings', '--output', 'BACK-FILE', this.device], {
      encoding: 'utf8',
    });
    return stdout.trim().startsWith(this.backing);
  }

  /** Takes the end of its file away, without telling it. */
  cut(bytes: number): void {
    truncateSync(this.backing, bytes);
  }

  /** Has it look how long its file is. */
  measure(): void {
    execFileSync('losetup', ['--set-capacity', this.device]);
  }

  /** At once, or where somebody has it open, after them. */
  detach(): void {
    if (this.attached) execFileSync('losetup', ['--detach', this.device]);
  }
}

/** Takes a filesystem off its device at once, as when that was pulled out: FS_IOC_SHUTDOWN, by xfs_io. */
export function shutDown(directory: string): void {
  execFileSync('xfs_io', ['-x', '-c', 'shutdown', directory]);
}

function file(path: string, bytes: number): string {
  const fd = openSync(path, 'wx');
  ftruncateSync(fd, bytes);
  closeSync(fd);
  return path;
}

/** Registers a test that attaches devices and mounts filesystems; without root or a program that it needs, as skipped. */
export function withDevices(
  title: string,
  implementation: (t: ExecutionContext, place: Place) => Promise<void>,
  ...programs: readonly string[]
): void {
  const missing = process.geteuid?.() === 0 ? programs.find((program) => !isThere(program)) : 'root';
  if (missing === undefined) test(title, async (t) => implementation(t, new Place(t)));
  else test.skip(`${title} [loop devices: needs ${missing}]`, () => undefined);
}

function isThere(program: string): boolean {
  return spawnSync(program, ['-V'], { stdio: 'ignore' }).error === undefined;
}
