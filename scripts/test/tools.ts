import { execa } from 'execa';
import { which } from '../which.js';

/** The Debian package that brings each tool of the tests. */
const PACKAGES = {
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.xfs': 'xfsprogs',
  'mkfs.btrfs': 'btrfs-progs',
  losetup: 'mount',
  strace: 'strace',
} as const;
const TIMEOUT_MS = 5 * 60_000;

/** mkfs and losetup are there and not on the PATH of every root shell. */
const PLACES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * As root and where there is apt-get, installs the tools that are missing. Where it cannot, the tests
 * that need them are skipped.
 */
export async function installTools(): Promise<void> {
  process.env.PATH = [process.env.PATH ?? '', ...PLACES].join(':');
  const missing: string[] = [];
  for (const [tool, debian] of Object.entries(PACKAGES)) {
    if (!(await isInstalled(tool))) missing.push(debian);
  }
  if (missing.length === 0 || process.geteuid?.() !== 0 || !(await isInstalled('apt-get'))) return;
  console.log(`Installing ${missing.join(', ')}`);
  const install = ['install', '--yes', '--no-install-recommends', ...missing];
  if (!(await aptGet(install)) && (await aptGet(['update']))) await aptGet(install);
}

async function aptGet(args: string[]): Promise<boolean> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, reject: false, stdin: 'ignore', timeout: TIMEOUT_MS } as const;
  const { failed } = await execa('apt-get', ['-qq', ...args], options);
  return !failed;
}

async function isInstalled(tool: string): Promise<boolean> {
  return (await which(tool)) !== undefined;
}
