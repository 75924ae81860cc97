/**
 * Packs the package and the platform package of this machine, installs both in an empty project where
 * there is neither a compiler nor a registry, and uses them from there. Reports in TAP.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from './package/checks.js';
import { mainFiles, platformFiles } from './package/contents.js';
import { Project } from './package/project.js';
import { packAll } from './package/stage.js';

const PRINTED = '65536 65536 true';

// Outside of the checkout: its node_modules would be found from within.
const directory = await mkdtemp(join(tmpdir(), 'linux-aio-package-'));
try {
  const { main, platform } = await packAll(directory);
  const project = await Project.create(directory);
  await check('the package holds what it should and no more', () => {
    deepEqual([...main.files].sort(), mainFiles());
  });
  await check('the platform package holds what it should and no more', () => {
    deepEqual([...platform.files].sort(), platformFiles());
  });
  await check('installs without a compiler', () => project.install([main.path, platform.path]));
  await check('runs from an ECMAScript module', async () => {
    equal(await project.node('read.mjs'), PRINTED);
  });
  await check('runs from CommonJS', async () => {
    equal(await project.node('read.cjs'), PRINTED);
  });
  await check('its command runs', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    equal(await project.command('--version'), version);
    match(await project.command('probe', '.'), /What follows/);
    await project.command('copy', '--verify', 'package.json', 'copy.json');
    match(await project.command('verify', 'package.json', 'copy.json'), /are the same/);
    match(await project.command('hash', 'copy.json'), /^[0-9a-f]{64} {2}copy\.json$/);
    const quick = ['--size', '1M', '--runtime', '2s', '--against', 'node:fs', '--rounds', '1'];
    match(await project.command('bench', '.', ...quick, '--report', 'bench.html'), /linux-aio did/);
    match(await project.read('bench.html'), /<svg/);
  });
  await check('its types compile in a strict project', () => project.compile());
} finally {
  await rm(directory, { recursive: true, force: true });
}
