import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Skipped } from '../../harness/target.js';
import { type NginxSettings, nginxConfiguration, nginxReads } from './nginx-configuration.js';

/** How the nginx that is installed reads past the page cache, and why not in the way that is asked for. */
export async function findNginx(): Promise<{ aio?: NginxSettings['aio']; skipped: Skipped[] }> {
  const { failed, stderr } = await execa('nginx', ['-V'], { reject: false });
  const skipped = (reason: string) => [{ name: 'nginx, aio on', reason }];
  if (failed) return { skipped: skipped('nginx is not installed (Debian: apt-get install nginx-light)') };
  const aio = nginxReads(stderr);
  if (aio === 'on') return { aio, skipped: [] };
  const instead = aio === undefined ? '' : `, "aio ${aio}" takes part instead`;
  return { ...(aio && { aio }), skipped: skipped(`this nginx was built without --with-file-aio${instead}`) };
}

/** Writes the configuration to a directory of its own: nginx's command. */
export async function nginxCommand(settings: NginxSettings): Promise<string[]> {
  const { scratch } = settings;
  await mkdir(scratch, { recursive: true });
  const path = join(scratch, 'nginx.conf');
  await writeFile(path, nginxConfiguration(settings));
  return ['nginx', '-p', scratch, '-c', path];
}
