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
/** As well, for the media server of the examples and for single tests; not every distribution has each by that name. */
const OTHERS = {
  ffmpeg: 'ffmpeg',
  chromium: 'chromium',
  curl: 'curl',
  setfacl: 'acl',
  fincore: 'util-linux-extra',
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
  if (process.geteuid?.() !== 0 || !(await isInstalled('apt-get'))) return;
  await install(await missing(PACKAGES));
  for (const debian of await missing(OTHERS)) await install([debian]);
}

async function missing(packages: Readonly<Record<string, string>>): Promise<string[]> {
  const found: string[] = [];
  for (const [tool, debian] of Object.entries(packages)) {
    if (!(await isInstalled(tool))) found.push(debian);
  }
  return found;
}

/** All of them, or none. */
async function install(packages: readonly string[]): Promise<void> {
  if (packages.length === 0) return;
  console.log(`Installing ${packages.join(', ')}`);
  const command = ['install', '--yes', '--no-install-recommends', ...packages];
  if (!(await aptGet(command)) && (await aptGet(['update']))) await aptGet(command);
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
