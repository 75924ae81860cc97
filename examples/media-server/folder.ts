import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { mediaType } from './media-type.js';
import type { Found, Root } from './root.js';

/** A file on a folder's page. */
export interface Item {
  name: string;
  size: number;
  /** What plays it, if something does. */
  kind: 'video' | 'audio' | undefined;
}

/** What a folder's page shows. */
export interface Folder {
  name: string;
  isRoot: boolean;
  folders: string[];
  files: Item[];
  /** Names that are left out. */
  more: number;
}

/** Names on one page. */
const MOST = 500;

const { compare } = new Intl.Collator('en', { numeric: true });

/** What of a folder is served. */
export async function readFolder(root: Root, { path, name }: Found): Promise<Folder> {
  const names = (await readdir(path)).filter((name) => root.shows(name)).sort(compare);
  const folder: Folder = {
    name: name === '' ? basename(root.path) : name,
    isRoot: name === '',
    folders: [],
    files: [],
    more: Math.max(0, names.length - MOST),
  };
  const entries = await Promise.all(names.slice(0, MOST).map((name) => look(root, join(path, name))));
  for (const [index, entry] of entries.entries()) {
    const entryName = names[index]!;
    if (entry === 'folder') folder.folders.push(entryName);
    else if (entry !== undefined) folder.files.push({ name: entryName, size: entry.size, kind: kindOf(entryName) });
  }
  return folder;
}

/** Nothing where there is nothing to serve. */
async function look(root: Root, path: string): Promise<'folder' | { size: number } | undefined> {
  try {
    const stats = await stat(await root.inside(path));
    if (stats.isDirectory()) return 'folder';
    return stats.isFile() ? stats : undefined;
  } catch {
    // Gone, not for us, or not for the client.
    return undefined;
  }
}

function kindOf(name: string): Item['kind'] {
  const [type] = mediaType(name).split('/');
  return type === 'video' || type === 'audio' ? type : undefined;
}
