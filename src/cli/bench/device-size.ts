import { readFile } from 'node:fs/promises';

/** Bytes of a sector in /sys, whatever the device's own are. */
const SECTOR = 512;

/** Bytes of the block device with this number (`stat.rdev`). */
export async function deviceSize(rdev: number): Promise<number> {
  // The layout of glibc's dev_t.
  const major = (Math.floor(rdev / 2 ** 8) & 0xfff) + Math.floor(rdev / 2 ** 44) * 2 ** 12;
  const minor = (rdev & 0xff) + (Math.floor(rdev / 2 ** 12) & 0xffffff00);
  return Number(await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * SECTOR;
}
