import { rmSync, type Stats } from 'node:fs';
import { lstat, open as openDirectory, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type DirectFile, open } from '../../index.js';
import { Complaint, renamed } from './complaint.js';
import { bytes } from './units.js';

async function existing(path: string): Promise<Stats | undefined> {
  try {
    await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return stat(path);
}

/**
 * Where the copy goes. Until it is complete it has a name of its own beside the final one, and goes
 * with the process.
 */
export class Destination {
  /** The file while it is written. */
  readonly file: DirectFile;
  /** Where the bytes are: the temporary name, then the final one. */
  path: string;
  /** The name that it gets, as {@link path} is nothing to the user until then. */
  readonly finalPath: string;
  readonly #removal: () => void;

  private constructor(file: DirectFile, path: string, final: string) {
    this.file = file;
    this.path = path;
    this.finalPath = final;
    // On every way out, also an uncaught error or process.exit.
    this.#removal = () => {
      rmSync(path, { force: true });
    };
    process.once('exit', this.#removal);
  }

  /** Creates the file, with room for `size` bytes. */
  static async create(name: string, source: Stats, size: number): Promise<Destination> {
    const there = await existing(name);
    if (there?.isDirectory()) throw new Complaint(`${name}: is a directory; name a file in it`);
    if (there && !there.isFile()) throw new Complaint(`${name}: is not a regular file`);
    if (there?.ino === source.ino && there.dev === source.dev) throw new Complaint(`${name}: is the file to be copied`);
    // A link stays a link, and what it points to is replaced.
    const final = there ? await realpath(name) : name;
    const path = join(dirname(final), `.${basename(final).slice(0, 200)}.${process.pid}.part`);
    let destination: Destination | undefined;
    try {
      const file = await open(path, { flags: 'wx', mode: source.mode & 0o777, direct: 'require' });
      destination = new Destination(file, path, final);
      await destination.#reserve(size);
      return destination;
    } catch (error) {
      await destination?.discard();
      // The kernel creates a file before it looks whether O_DIRECT can be had.
      await rm(path, { force: true });
      throw renamed(error, path, name);
    }
  }

  /** Writes inside the file's size do not wait for the filesystem's journal, and a full disk shows at once. */
  async #reserve(size: number): Promise<void> {
    if (size === 0) return;
    const { bavail, bsize } = await statfs(dirname(this.path));
    try {
      await this.file.preallocate({ length: size });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOPNOTSUPP' || code === 'ENOTSUP') return this.file.truncate(size);
      if (code !== 'ENOSPC') throw error;
      throw new Complaint(
        `${this.finalPath}: the disk is full: ${bytes(size)} are needed, ${bytes(bavail * bsize)} are free`,
      );
    }
  }

  /** Makes what is written durable and closes the file. */
  async finish(): Promise<void> {
    await this.file.sync();
    await this.file.close();
  }

  /** Gives the file its final name. */
  async publish(): Promise<void> {
    await rename(this.path, this.finalPath);
    process.off('exit', this.#removal);
    this.path = this.finalPath;
    const directory = await openDirectory(dirname(this.finalPath));
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  /** Closes and removes the file, unless it has its final name. */
  async discard(): Promise<void> {
    await this.file.close();
    if (this.path === this.finalPath) return;
    this.#removal();
    process.off('exit', this.#removal);
  }
}
