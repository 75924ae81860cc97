import type { BigIntStats } from 'node:fs';
import { readlink, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Complaint } from '../demo/complaint.js';
import { HttpError } from './http-error.js';

/** Something of the directory that is served. */
export interface Found {
  /** Without a symbolic link in it. */
  readonly path: string;
  /** What it is called in the request; of the root nothing. */
  readonly name: string;
  /** Whether it is asked for as a directory. */
  readonly slash: boolean;
  readonly stats: BigIntStats;
}

/** The directory that is served: nothing outside of it is, and nothing in it that is hidden. */
export class Root {
  /** Without a symbolic link in it. */
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async of(directory: string): Promise<Root> {
    const path = await realpath(directory);
    if (!(await stat(path)).isDirectory()) throw new Complaint(`${directory}: is not a directory`);
    return new Root(path);
  }

  /**
   * What a request's target names: a regular file, or a directory. Throws HttpError: 400 for what names nothing, 404 for
   * what is not there, hidden or elsewhere.
   */
  async find(target: string): Promise<Found> {
    const segments = segmentsOf(target);
    const slash = segments.at(-1) === '';
    if (slash) segments.pop();
    if (!segments.every(isVisible)) throw new HttpError(404);
    const path = await this.inside(join(this.path, ...segments));
    const stats = await stat(path, { bigint: true });
    if (!stats.isDirectory() && (slash || !stats.isFile())) throw new HttpError(404);
    return { path, name: segments.at(-1) ?? '', slash, stats };
  }

  /** The path without symbolic links. Throws HttpError 404 where they lead to what is not served. */
  async inside(path: string): Promise<string> {
    const real = await realpath(path);
    if (!this.#serves(real)) throw new HttpError(404);
    return real;
  }

  /** Whether a name in a folder is not hidden. */
  shows(name: string): boolean {
    return isVisible(name);
  }

  /** Where the descriptor leads: a directory on the way may have been replaced by a link since the path was looked at. */
  async admit(fd: number): Promise<void> {
    const path = await readlink(`/proc/self/fd/${fd}`);
    // A file that was replaced meanwhile is "… (deleted)", in the same place.
    if (!this.#serves(path)) throw new HttpError(404);
  }

  #serves(path: string): boolean {
    if (path === this.path) return true;
    const inside = relative(this.path, path).split(sep);
    return inside[0] !== '' && inside.every(isVisible);
  }
}

/** Neither hidden, nor a way up, nor nothing. */
function isVisible(segment: string): boolean {
  return segment !== '' && !segment.startsWith('.');
}

/** The names between the slashes, decoded one by one: an encoded slash does not separate, and is in no name. */
function segmentsOf(target: string): string[] {
  const path = /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)/i.exec(target)?.[1];
  if (path === undefined) throw new HttpError(400);
  return path.slice(1).split('/').map(decode);
}

function decode(segment: string): string {
  let name;
  try {
    name = decodeURIComponent(segment);
  } catch {
    throw new HttpError(400);
  }
  if (/[/\0]/.test(name)) throw new HttpError(400);
  return name;
}
