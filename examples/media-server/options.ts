import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Complaint } from '../demo/complaint.js';
import { DEFAULTS, type Settings } from './settings.js';

/** What the user asks for. */
export interface Options extends Settings {
  port: number;
  host: string;
}

const MIB = 1024 * 1024;

export const HELP = `npm run media-server -- DIRECTORY [OPTIONS]

Serves the files of DIRECTORY over HTTP, with ranges, past the page cache.

  DIRECTORY          what is served; dot files, and links that lead out of it, are not
  --port NUMBER      where it listens; 0 is any free port (default: 8080)
  --host ADDRESS     0.0.0.0 for the whole network (default: 127.0.0.1, this machine alone)
  --engine NAME      linux-aio, or node: streams of node:fs, for comparison (default: linux-aio)
  --memory MIB       memory for file contents, shared by all connections (default: ${DEFAULTS.memoryBytes / MIB})
  --block KIB        bytes of one read, a power of two (default: ${DEFAULTS.blockBytes / 1024})
  --transfers COUNT  answers with contents under way at the most; more are told 503 (default: ${DEFAULTS.transfers})
  --patience SECONDS for a client to take one block (default: ${DEFAULTS.patienceMs / 1000})
  --help             shows this text`;

function whole(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new Complaint(`--${name} ${text}: is not a whole number from ${min} to ${max}`);
  }
  return value;
}

function engine(name: string | undefined): Settings['engine'] {
  if (name === undefined || name === 'linux-aio' || name === 'node') return name ?? DEFAULTS.engine;
  throw new Complaint(`--engine ${name}: is neither linux-aio nor node`);
}

/** Blocks of a pool are powers of two. */
function blockBytes(text: string | undefined): number {
  const kib = whole('block', text, DEFAULTS.blockBytes / 1024, 4, 4096);
  if (!Number.isInteger(Math.log2(kib))) throw new Complaint(`--block ${kib}: is not a power of two`);
  return kib * 1024;
}

/** @returns nothing when only the help is wanted. */
export function parseOptions(): Options | undefined {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: text,
      host: text,
      engine: text,
      memory: text,
      block: text,
      transfers: text,
      patience: text,
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const [directory, ...more] = positionals;
  if (directory === undefined) throw new Complaint('name the directory to serve');
  if (more.length > 0) throw new Complaint(`too many arguments: ${more.join(' ')}`);
  const memoryBytes = whole('memory', values.memory, DEFAULTS.memoryBytes / MIB, 1, 1024 * 1024) * MIB;
  const block = blockBytes(values.block);
  if (2 * block > memoryBytes) throw new Complaint(`--block ${block / 1024}: --memory has no room for two of them`);
  return {
    ...DEFAULTS,
    // npm runs scripts in the package's directory, and says where the user is.
    directory: resolve(process.env.INIT_CWD ?? process.cwd(), directory),
    port: whole('port', values.port, 8080, 0, 65535),
    host: values.host ?? '127.0.0.1',
    engine: engine(values.engine),
    memoryBytes,
    blockBytes: block,
    transfers: whole('transfers', values.transfers, DEFAULTS.transfers, 1, 65536),
    patienceMs: whole('patience', values.patience, DEFAULTS.patienceMs / 1000, 1, 86400) * 1000,
  };
}
