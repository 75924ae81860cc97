import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { open } from '../../../index.js';
import { evict } from '../../demo/page-cache.js';
import { DEFAULTS, type EngineName } from '../settings.js';
import { Cgroup } from './cgroup.js';
import { Client, type Served, Tally } from './client.js';
import { Host } from './host.js';
import { residentBytes } from './residency.js';

export interface CacheOptions {
  /** Where the files are made. */
  directory: string;
  /** Bytes that are served, by each engine. */
  loadBytes: number;
  clients: number;
  /** Memory of the server, of who reads the hot file, and of all that they bring into the page cache. */
  limitBytes: number;
  hotBytes: number;
  /** Bytes of each of the files that are served. */
  fileBytes: number;
  files: number;
}

/** What became of the page cache under the load of one engine. */
export interface CacheReport {
  engine: EngineName;
  /** Resident bytes of the hot file. */
  hotBefore: number;
  hotAfter: number;
  /** Of the files that were served. */
  servedAfter: number;
  tally: Tally;
}

/** Serves files of several times the memory there is, with each engine, beside a file that was read through the page cache. */
export async function compareCaches(options: CacheOptions): Promise<CacheReport[]> {
  const directory = mkdtempSync(join(options.directory, 'cache-'));
  try {
    const hot = join(directory, '.hot');
    await write(hot, randomFillSync(Buffer.allocUnsafe(options.hotBytes)));
    const content = randomFillSync(Buffer.allocUnsafe(options.fileBytes));
    const files = Array.from({ length: options.files }, (_, index): Served => ({ name: `${index}.mp4`, content }));
    for (const { name } of files) await write(join(directory, name), content);
    const reports: CacheReport[] = [];
    for (const engine of ['linux-aio', 'node'] as const) {
      reports.push(await loaded(engine, directory, hot, files, options));
    }
    return reports;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Without a page of it in the page cache. */
async function write(path: string, content: Buffer): Promise<void> {
  await using file = await open(path, 'w');
  await file.writeFile(content);
  await file.sync();
}

async function loaded(
  engine: EngineName,
  directory: string,
  hot: string,
  files: readonly Served[],
  { loadBytes, clients, limitBytes }: CacheOptions,
): Promise<CacheReport> {
  const paths = files.map(({ name }) => join(directory, name));
  for (const path of [hot, ...paths]) await evict(path);
  await using cgroup = Cgroup.create(limitBytes);
  await using host = await Host.start({ ...DEFAULTS, engine, directory }, (pid) => {
    cgroup.add(pid);
  });
  // By a process of the same cgroup, whose memory its pages are.
  await promisify(execFile)('sh', ['-c', 'echo $$ >"$1" && exec cat "$2" >/dev/null', 'sh', cgroup.members, hot]);
  const hotBefore = await residentBytes(hot);
  const tally = new Tally();
  const isOver = () => tally.bytes >= loadBytes || tally.wrong.length > 0;
  await Promise.all(Array.from({ length: clients }, () => new Client('quick', host.port, files, tally).run(isOver)));
  const served = await Promise.all(paths.map(residentBytes));
  return {
    engine,
    hotBefore,
    hotAfter: await residentBytes(hot),
    servedAfter: served.reduce((sum, bytes) => sum + bytes, 0),
    tally,
  };
}
