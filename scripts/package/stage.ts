import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';

/** A packed package: where it lies and the paths inside. */
export interface Tarball {
  readonly path: string;
  readonly files: readonly string[];
}

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  napi: { targets: string[] };
}

const TARGETS: Partial<Record<string, string>> = {
  x64: 'x86_64-unknown-linux-gnu',
  arm64: 'aarch64-unknown-linux-gnu',
};
const { arch } = process;
export const PLATFORM = `linux-${arch}-gnu`;
export const BINARY = `linux-aio.${PLATFORM}.node`;

/**
 * Packs the package and its platform package by the steps of a release, in a copy: these change
 * package.json, and here there is a binary for this machine alone.
 */
export async function packAll(directory: string): Promise<{ main: Tarball; platform: Tarball }> {
  const stage = join(directory, 'stage');
  for (const { path } of (await pack('.', ['--dry-run'])).files) {
    await mkdir(dirname(join(stage, path)), { recursive: true });
    await cp(path, join(stage, path));
  }
  await limitTargets(join(stage, 'package.json'));
  const platformDirectory = join(stage, 'npm', PLATFORM);
  await napi(stage, ['create-npm-dirs']);
  await cp(join('src', BINARY), join(platformDirectory, BINARY));
  await napi(stage, ['pre-publish', '--tag-style=npm', '--no-gh-release', '--skip-optional-publish']);
  return {
    main: await packTo(directory, stage),
    platform: await packTo(directory, platformDirectory),
  };
}

/** The release steps refuse to run while the binary of a target is missing. */
async function limitTargets(manifestPath: string): Promise<void> {
  const target = TARGETS[arch];
  if (target === undefined) throw new Error(`no platform package for ${arch}`);
  const manifest = JSON.parse(await readFile(manifestPath, 'utf8')) as Manifest;
  manifest.napi.targets = [target];
  await writeFile(manifestPath, JSON.stringify(manifest, null, 2));
}

async function napi(cwd: string, args: readonly string[]): Promise<void> {
  await execa('napi', args, { cwd, preferLocal: true, localDir: process.cwd() });
}

async function packTo(destination: string, source: string): Promise<Tarball> {
  const { filename, files } = await pack(source, [`--pack-destination=${destination}`]);
  return { path: join(destination, filename), files: files.map(({ path }) => path) };
}

async function pack(source: string, args: readonly string[]): Promise<PackReport> {
  const { stdout } = await execa('npm', ['pack', '--json', ...args, source]);
  const [report] = JSON.parse(stdout) as [PackReport];
  return report;
}
