import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Skipped } from '../../harness/target.js';
import { nginxConfiguration } from './nginx-configuration.js';

/** Why there is no nginx to compare with; nothing where there is. */
export async function whyNoNginx(): Promise<Skipped[]> {
  const { failed, stderr } = await execa('nginx', ['-V'], { reject: false });
  const reason = failed
    ? 'nginx is not installed (Debian: apt-get install nginx-light)'
    : 'this nginx was built without --with-file-aio';
  return failed || !stderr.includes('--with-file-aio') ? [{ name: 'nginx', reason }] : [];
}

/** Writes the configuration to a directory of its own: nginx's command. */
export async function nginxCommand(root: string, scratch: string, port: number, more: string): Promise<string[]> {
  await mkdir(scratch, { recursive: true });
  const path = join(scratch, 'nginx.conf');
  await writeFile(path, nginxConfiguration(root, scratch, port, more));
  return ['nginx', '-p', scratch, '-c', path];
}
