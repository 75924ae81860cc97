import { readFileSync, statSync } from 'node:fs';
import { at } from './statistics.js';

/** A block device's counters since boot: see Documentation/block/stat.rst of the kernel. */
export interface DeviceCounters {
  reads: number;
  writes: number;
  /** Sum over all requests of the time they took, in milliseconds. */
  queueMillis: number;
}

/** Where the kernel counts for the device at `path`, or for the one that the file at `path` is on. */
export function deviceCountersPath(path: string): string {
  const stat = statSync(path);
  const device = stat.isBlockDevice() ? stat.rdev : stat.dev;
  // The layout of glibc's dev_t.
  const major = (Math.floor(device / 2 ** 8) & 0xfff) + Math.floor(device / 2 ** 44) * 2 ** 12;
  const minor = (device & 0xff) + (Math.floor(device / 2 ** 12) & 0xffffff00);
  return `/sys/dev/block/${major}:${minor}/stat`;
}

/** The counters, or nothing for files that are on no single block device (btrfs, overlayfs, NFS). */
export function deviceCounters(path: string): DeviceCounters | undefined {
  try {
    const fields = readFileSync(path, 'utf8').trim().split(/\s+/).map(Number);
    return { reads: at(fields, 0), writes: at(fields, 4), queueMillis: at(fields, 10) };
  } catch {
    return undefined;
  }
}
