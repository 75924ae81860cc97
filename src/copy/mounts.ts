import { readFile, stat } from 'node:fs/promises';

/** Where a block device with this `st_rdev` is mounted, by /proc/self/mountinfo: undefined where it is not, or none tells. */
export async function mountPointOf(rdev: bigint): Promise<string | undefined> {
  const text = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  const number = deviceNumber(rdev);
  for (const line of text.split('\n')) {
    const [, , device, , point = ''] = line.split(' ');
    if (device === number || (await isDevice(sourceOf(line), rdev))) return unescaped(point);
  }
  return undefined;
}

/** `major:minor`, as the kernel writes it, of what stat(2) has. */
function deviceNumber(rdev: bigint): string {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn & 0xffffffffn);
  return `${String(major)}:${String(minor)}`;
}

/** What is mounted. A filesystem that spans devices (btrfs) has a number that is none of theirs, and one of their paths. */
function sourceOf(line: string): string {
  const [, rest = ''] = line.split(' - ');
  return unescaped(rest.split(' ')[1] ?? '');
}

async function isDevice(path: string, rdev: bigint): Promise<boolean> {
  if (!path.startsWith('/dev/')) return false;
  const known = await stat(path, { bigint: true }).catch(() => undefined);
  return known?.isBlockDevice() === true && known.rdev === rdev;
}

/** The kernel writes spaces and the like as `\040`. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
