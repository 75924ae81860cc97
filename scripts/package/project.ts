import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { which } from '../which.js';

const PROGRAMS = 'scripts/package/programs';
/** All that the PATH of the project holds: no compiler, no cargo. */
const TOOLS = ['node', 'npm', 'sh'];

/** An empty project that depends on packed packages. */
export class Project {
  readonly #directory: string;
  readonly #path: string;

  private constructor(directory: string, path: string) {
    this.#directory = directory;
    this.#path = path;
  }

  static async create(parent: string): Promise<Project> {
    const directory = join(parent, 'project');
    const path = join(parent, 'bin');
    await mkdir(path);
    await cp(PROGRAMS, directory, { recursive: true });
    await writeFile(join(directory, 'package.json'), '{ "private": true }');
    for (const tool of TOOLS) {
      const found = await which(tool);
      if (found === undefined) throw new Error(`${tool} is not on the PATH`);
      await symlink(found, join(path, tool));
    }
    return new Project(directory, path);
  }

  /** Installs tarballs, from nowhere else: there is no registry and no cache. */
  async install(tarballs: readonly string[]): Promise<void> {
    const cache = join(this.#directory, 'npm-cache');
    const flags = ['--offline', '--no-audit', '--no-fund', `--cache=${cache}`];
    await this.#run('npm', ['install', ...flags, ...tarballs]);
  }

  /** Runs one of the programs and returns what it prints. */
  async node(program: string): Promise<string> {
    return this.#run('node', [program]);
  }

  /** Runs the package's command in the project's directory, and returns what it prints. */
  async command(...args: string[]): Promise<string> {
    return this.#run(join(this.#directory, 'node_modules/.bin/linux-aio'), args);
  }

  async read(file: string): Promise<string> {
    return readFile(join(this.#directory, file), 'utf8');
  }

  /** Compiles the programs with @types/node, and nothing else, beside the package. */
  async compile(): Promise<void> {
    for (const name of ['@types/node', 'undici-types']) {
      const destination = join(this.#directory, 'node_modules', name);
      await cp(join('node_modules', name), destination, { recursive: true });
    }
    await this.#run('node', [resolve('node_modules/typescript/bin/tsc'), '--project', '.']);
  }

  async #run(tool: string, args: readonly string[]): Promise<string> {
    const { stdout } = await execa(resolve(this.#path, tool), args, {
      cwd: this.#directory,
      env: { PATH: this.#path },
    });
    return stdout;
  }
}
