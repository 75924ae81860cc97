import type { BigIntStats } from 'node:fs';
import { LRUCache } from 'lru-cache';
import type { Engine, ServedFile } from './engine.js';
import type { Found, Root } from './root.js';

/** Open without being sent. */
const MOST = 128;

/** A file that an answer may send until it gives it back. */
export interface Lease extends Disposable {
  readonly file: ServedFile;
}

/** One open file, closed when nobody has it and the cache has let it go. */
class Shared {
  readonly inode: string;
  readonly opened: Promise<ServedFile>;
  #leases = 0;
  #retired = false;

  constructor(inode: string, opened: Promise<ServedFile>) {
    this.inode = inode;
    this.opened = opened;
  }

  async lease(): Promise<Lease> {
    this.#leases++;
    let over = false;
    const release = () => {
      if (over) return;
      over = true;
      this.#leases--;
      this.#closeIfDone();
    };
    try {
      return { file: await this.opened, [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw error;
    }
  }

  retire(): void {
    this.#retired = true;
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (!this.#retired || this.#leases > 0) return;
    // What it is about is over: close(2) has nobody to tell.
    this.opened.then((file) => file.close()).catch(() => undefined);
  }
}

/** Files that are open, shared by all answers about them: a bounded number beside those that are being sent, closed when idle. */
export class OpenFiles {
  readonly #engine: Engine;
  readonly #root: Root;
  readonly #byPath: LRUCache<string, Shared>;

  constructor(engine: Engine, root: Root, idleMs: number) {
    this.#engine = engine;
    this.#root = root;
    this.#byPath = new LRUCache({
      max: MOST,
      ttl: idleMs,
      ttlAutopurge: true,
      updateAgeOnGet: true,
      dispose: (shared) => {
        shared.retire();
      },
    });
  }

  get size(): number {
    return this.#byPath.size;
  }

  /** The file as it was found just now: where another has taken its name, that one. */
  async lease({ path, stats }: Found): Promise<Lease> {
    const inode = inodeOf(stats);
    let shared = this.#byPath.get(path);
    if (shared?.inode !== inode) {
      const opening = new Shared(inode, this.#open(path, inode));
      this.#byPath.set(path, opening);
      opening.opened.catch(() => {
        if (this.#byPath.peek(path) === opening) this.#byPath.delete(path);
      });
      shared = opening;
    }
    return shared.lease();
  }

  close(): void {
    this.#byPath.clear();
  }

  async #open(path: string, inode: string): Promise<ServedFile> {
    const file = await this.#engine.open(path);
    try {
      await this.#root.admit(file.fd);
      if (inodeOf(await file.stat()) !== inode) throw new Replaced(path);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

/** A file's name went to another one between two looks at it. */
export class Replaced extends Error {
  override name = 'Replaced';

  constructor(path: string) {
    super(`${path}: was replaced while it was opened`);
  }
}

function inodeOf({ dev, ino }: BigIntStats): string {
  return `${dev} ${ino}`;
}
