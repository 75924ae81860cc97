import type { BigIntStats } from 'node:fs';
import { link, lstat, open as openWithNode, readlink, rename, unlink } from 'node:fs/promises';
import { constants } from 'node:os';
import { posix } from 'node:path';

import { refuseAborted } from '../abort.js';
import { DirectFile } from '../direct-file.js';
import { kernelError } from '../errors.js';
import { dropCached } from '../native.js';
import { open } from '../open.js';
import { giveRights, giveTimes, type Model } from './attributes.js';
import type { Destination, DestinationOptions, Source } from './destination.js';
import { expect, settle } from './leftovers.js';

/** Bytes of the final name that the temporary one begins with; names have 255 at the most. */
const NAME_BYTES = 200;
const ATTEMPTS = 8;
/** Mode of what is to have another's at the end. */
const PRIVATE = 0o600;
const { EEXIST } = constants.errno;

/** A new file beside the destination's name, which it takes when it is complete. */
export class TemporaryFile implements Destination {
  readonly file: DirectFile;
  readonly sparse = true;
  /** Both absolute: the program may change its directory meanwhile. */
  readonly #path: Buffer;
  readonly #final: Buffer;
  /** The latter as it was given, for errors. */
  readonly #name: Buffer;
  readonly #source: Source;
  readonly #replaced: BigIntStats | undefined;
  readonly #options: DestinationOptions;
  #elsewhere: Buffer;

  private constructor(
    file: DirectFile,
    path: Buffer,
    final: Buffer,
    name: Buffer,
    source: Source,
    replaced: BigIntStats | undefined,
    options: DestinationOptions,
  ) {
    this.file = file;
    this.#path = path;
    this.#final = final;
    this.#name = name;
    this.#source = source;
    this.#replaced = replaced;
    this.#options = options;
    this.#elsewhere = path;
  }

  /** For a name, of which `replaced` is what has it now. */
  static async create(
    name: Buffer,
    source: Source,
    replaced: BigIntStats | undefined,
    options: DestinationOptions,
  ): Promise<TemporaryFile> {
    const mode = options.preserve || replaced ? PRIVATE : Number(source.stat.mode) & 0o777;
    const final = absolute(name);
    for (let attempt = 1; ; attempt++) {
      const path = await temporaryName(final);
      // Before it is there: the process may end as soon as it is.
      expect(path);
      try {
        const file = await open(path, 'wx+', mode);
        return new TemporaryFile(file, path, final, name, source, replaced, options);
      } catch (error) {
        settle(path);
        // Somebody else's by chance.
        if ((error as NodeJS.ErrnoException).code === 'EEXIST' && attempt < ATTEMPTS) continue;
        throw renamed(error, path, name);
      }
    }
  }

  async publish(signal: AbortSignal | undefined): Promise<void> {
    const { preserve, exclusive, flush } = this.#options;
    const model = this.#model();
    if (model !== undefined) await giveRights(this.file, model);
    // Last: writing changes them, and so does reading.
    if (preserve) await giveTimes(this.file, this.#source.stat);
    // Always: a name must not come to lead to less than all, should the system stop here.
    await this.file.sync();
    // Nobody else has read it. Of an xfs it is the last page, of which the end was cut; without O_DIRECT it is all.
    await dropCached(DirectFile.inside(this.file).facts.handle);
    await this.#close();
    // Opened before: where it must not be, nothing is replaced.
    const directory = flush ? await openWithNode(directoryOf(this.#final)) : undefined;
    try {
      refuseAborted(signal);
      if (exclusive) await takeFreeName(this.#path, this.#final);
      else await rename(this.#path, this.#final);
      settle(this.#path);
      await directory?.sync();
    } finally {
      await directory?.close();
    }
  }

  /** As cp has it: what is replaced keeps its rights and its owner, as if it had been written into. */
  #model(): Model | undefined {
    const { file, stat } = this.#source;
    if (this.#options.preserve) return { stat, path: Buffer.from(`/proc/self/fd/${String(file.fd)}`) };
    return this.#replaced && { stat: this.#replaced, path: this.#final };
  }

  async discard(): Promise<void> {
    await this.#close().catch(() => undefined);
    await unlink(this.#path).catch(async () => unlink(this.#elsewhere).catch(() => undefined));
    settle(this.#path);
  }

  /** Closes the file, and remembers where it is: its directory may have another name by then. */
  async #close(): Promise<void> {
    const { fd } = this.file;
    if (fd < 0) return;
    this.#elsewhere = await readlink(`/proc/self/fd/${String(fd)}`, 'buffer').catch(() => this.#path);
    await this.file.close();
  }

  explained(error: unknown): unknown {
    return renamed(renamed(error, this.#path, this.#name), this.#final, this.#name);
  }
}

/** rename(2) would replace what has come to have the name; link(2) does not. */
async function takeFreeName(path: Buffer, final: Buffer): Promise<void> {
  try {
    await link(path, final);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw kernelError(-EEXIST, 'link', { path: final.toString() });
    // A filesystem without links, such as FAT: there another may come in between.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    if (await lstat(final).catch(() => undefined)) throw kernelError(-EEXIST, 'rename', { path: final.toString() });
    await rename(path, final);
    return;
  }
  // It has its name, whatever becomes of the other.
  await unlink(path).catch(() => undefined);
}

/** Paths are bytes, of which only the slash means something: as characters of one byte each they survive. */
function directoryOf(path: Buffer): Buffer {
  return Buffer.from(posix.dirname(path.toString('latin1')), 'latin1');
}

/** Not by `resolve`, which takes a directory and `..` for nothing: a link may lead elsewhere. */
function absolute(path: Buffer): Buffer {
  return posix.isAbsolute(path.toString('latin1')) ? path : Buffer.concat([Buffer.from(`${process.cwd()}/`), path]);
}

async function temporaryName(final: Buffer): Promise<Buffer> {
  // Not before it is needed: it would be a good part of the library's start.
  const { randomBytes } = await import('node:crypto');
  const base = posix.basename(final.toString('latin1')).slice(0, NAME_BYTES);
  const name = `/.${base}.${randomBytes(6).toString('hex')}.part`;
  // Not by `join`, which takes a directory and `..` for nothing: a link may lead elsewhere.
  return Buffer.concat([directoryOf(final), Buffer.from(name, 'latin1')]);
}

function renamed(error: unknown, from: Buffer, to: Buffer): unknown {
  if (!(error instanceof Error)) return error;
  const [path, name] = [from.toString(), to.toString()];
  error.message = error.message.replaceAll(path, () => name);
  if ('path' in error && error.path === path) error.path = name;
  return error;
}
