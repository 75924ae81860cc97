import { readdirSync, readlinkSync } from 'node:fs';

function leadsTo(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // That of the list itself.
    return '';
  }
}

/** Number of descriptors, but for those of tsx's cache, which it may be reading while the program begins. */
export function openFiles(): number {
  return readdirSync('/proc/self/fd').filter((fd) => !leadsTo(fd).includes('/tsx-')).length;
}
