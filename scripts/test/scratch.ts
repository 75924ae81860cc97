import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { DISK, MOUNTS, sweep } from './sweep.js';

const RETRIES = 20;
const RETRY_MS = 100;

/** Where one run of the tests keeps its files, and the list of what has to be undone after it. */
export class Scratch {
  /** On the disk that holds the checkout. */
  readonly directory: string;
  /** For mount points, apart from `directory`: removing that one must not reach into a filesystem. */
  readonly mounts: string;
  readonly #undo: (() => Promise<void>)[] = [];

  private constructor(directory: string, mounts: string) {
    this.directory = directory;
    this.mounts = mounts;
  }

  static async create(): Promise<Scratch> {
    await sweep();
    const directory = `${DISK}${process.pid}`;
    await mkdir(directory, { recursive: true });
    return new Scratch(directory, await mkdtemp(`${MOUNTS}${process.pid}-`));
  }

  /** A new directory on the disk that holds the checkout. */
  async subdirectory(name: string): Promise<string> {
    const path = join(this.directory, name);
    await mkdir(path);
    return path;
  }

  /** A new directory somewhere else: `prefix` and something unique. */
  async temporary(prefix: string): Promise<string> {
    const path = await mkdtemp(prefix);
    this.#undo.push(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  /** Calls mount(8) with `args` and returns the mount point. */
  async mount(name: string, args: readonly string[]): Promise<string> {
    const point = join(this.mounts, name);
    await mkdir(point);
    // Said aloud: mount(8) otherwise falls back to read-only in silence.
    await execa('mount', [...args, '-o', 'rw', point]);
    this.#undo.push(() => unmount(point));
    return point;
  }

  /** Attaches a file to a loop device and returns the device. Direct to the file where that is possible. */
  async attach(file: string, args: readonly string[] = []): Promise<string> {
    const command = ['--find', '--show', ...args, file];
    const { stdout } = await execa('losetup', ['--direct-io=on', ...command]).catch(() => execa('losetup', command));
    this.#undo.push(async () => {
      await execa('losetup', ['--detach', stdout], { reject: false });
    });
    // A device keeps the mark of an earlier user who set it read-only.
    await execa('blockdev', ['--setrw', stdout]);
    return stdout;
  }

  /** Undoes everything, last things first. Does not throw: what is left over, the next run sweeps. */
  async remove(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
    await rm(this.mounts, { recursive: true, force: true });
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function unmount(point: string): Promise<void> {
  for (let retry = 0; retry < RETRIES; retry += 1) {
    const { failed } = await execa('umount', [point], { reject: false });
    if (!failed) return;
    await new Promise((done) => setTimeout(done, RETRY_MS));
  }
  await execa('umount', ['--lazy', point], { reject: false });
}
