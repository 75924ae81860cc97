import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Bytes of the file that are in the page cache, by fincore(1). */
export async function residentBytes(path: string): Promise<number> {
  const { stdout } = await promisify(execFile)('fincore', ['--bytes', '--noheadings', '--output', 'RES', path]);
  return Number(stdout);
}
