import { execa } from 'execa';
import type { Skipped } from '../harness/target.js';
import { FIO_LIBAIO, FIO_PSYNC } from './fio-names.js';

const NAMES = [FIO_LIBAIO, FIO_PSYNC];

/** fio's version, or nothing where it is not installed. */
async function version(): Promise<string | undefined> {
  const { failed, stdout } = await execa('fio', ['--version'], { reject: false });
  return failed ? undefined : stdout.trim();
}

/** Whether fio is there, after Debian's way to get it was tried, as root; otherwise why not. */
export async function installFio(): Promise<Skipped[]> {
  const skipped = (reason: string) => NAMES.map((name) => ({ name, reason }));
  if (await version()) return [];
  if (process.getuid?.() !== 0) return skipped('fio is not installed, and installing it needs root');
  const { failed, shortMessage } = await execa('apt-get', ['install', '--yes', 'fio'], { reject: false });
  return failed || !(await version()) ? skipped(`fio is not installed, and cannot be: ${shortMessage}`) : [];
}
