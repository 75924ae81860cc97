import { execa } from 'execa';

/** Bytes of the file that are in the page cache, by fincore(1). */
export async function residentBytes(path: string): Promise<number> {
  const { stdout } = await execa('fincore', ['--bytes', '--noheadings', '--output', 'RES', path]);
  return Number(stdout);
}
