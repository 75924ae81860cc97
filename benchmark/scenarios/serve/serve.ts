import { join } from 'node:path';
import { execa } from 'execa';
import { evict, settle } from '../../harness/cache.js';
import { processCpuSeconds } from '../../harness/process-cpu.js';
import { at } from '../../harness/statistics.js';
import type { Work } from '../transfer/cell.js';
import type { Contestant, Transfer, Watch } from '../transfer/contestant.js';
import { BEGINS } from '../transfer/passage.js';
import { ENVIRONMENT, type Starting } from '../transfer/run-program.js';
import { SOURCE } from './files.js';
import { type NginxSettings, nginxDirectives } from './nginx-configuration.js';
import { nginxCommand } from './nginx.js';
import { CLIENTS, rangeOf } from './requests.js';
import { freePort, startServer } from './server.js';

/** What is served to whom. */
export interface Serving {
  /** Holds the files. */
  directory: string;
  size: number;
  /** For what the servers need themselves. */
  scratch: string;
  /** The translated programs. */
  programs: { server: string; clients: string };
  /** How nginx reads, where it takes part. */
  nginx?: NginxSettings['aio'];
}

type Server = (port: number) => Promise<string[]> | string[];

interface Outcome {
  bytes: number;
  seconds: number;
  firstByteMillis: number;
  clientSeconds: number;
}

/** Runs the clients against a server that has just been started. */
async function serveOnce(server: Server, serving: Serving, starting: Starting, watch: Watch, task: string[] = []) {
  const { size, programs } = serving;
  const port = await freePort();
  const running = await startServer(await server(port), port, starting);
  try {
    const line = [process.execPath, programs.clients, port, size, CLIENTS, rangeOf(size), ...task].map(String);
    const child = execa(at(line, 0), line.slice(1), { env: ENVIRONMENT, cancelSignal: starting.signal });
    let before = 0;
    let work: Work | undefined;
    for await (const text of child) {
      if (text === BEGINS) {
        before = processCpuSeconds(running.pid);
        watch.begins();
        child.stdin.write('\n');
      } else {
        watch.ends();
        work = { ...(JSON.parse(text) as Outcome), cpuSeconds: processCpuSeconds(running.pid) - before };
      }
    }
    await child;
    if (work === undefined) throw new Error('the clients have measured nothing');
    return work;
  } finally {
    await running.stop();
  }
}

/** Every client fetches its own part of a file that is not in the page cache; together they fetch all of it, once. */
export function serveTransfer(serving: Serving, starting: Starting): Transfer {
  const { directory, size, scratch, programs, nginx } = serving;
  const unwatched = { begins: () => undefined, ends: () => undefined };
  const contestant = (name: string, side: Contestant['side'], summary: string, command: string, server: Server) => ({
    name,
    side,
    summary,
    command,
    move: (watch: Watch) => serveOnce(server, serving, starting, watch),
    check: async () => {
      await serveOnce(server, serving, starting, unwatched, ['check']);
    },
  });
  const media = (name: string, side: Contestant['side'], engine: string, summary: string): Contestant => {
    const line = [process.execPath, programs.server, directory, '--engine', engine, '--port'];
    return contestant(name, side, summary, `${line.join(' ')} PORT`, (port) => [...line, String(port)]);
  };
  const byNginx = (aio: NginxSettings['aio'], buffers: string, more: string): Contestant => {
    const summary = `a worker for each CPU, ${buffers}`;
    const command = `nginx, with ${nginxDirectives({ aio, more })}`;
    return contestant(`nginx, aio ${aio}, ${buffers}`, 'other', summary, command, (port) =>
      nginxCommand({ root: directory, scratch: join(scratch, 'nginx'), port, aio, more }),
    );
  };
  return {
    bytes: size,
    contestants: [
      media('media server, linux-aio', 'ours', 'linux-aio', 'the example, past the page cache'),
      media('media server, node:fs', 'node:fs', 'node', 'the same server, with streams of node:fs'),
      ...(nginx === undefined
        ? []
        : [byNginx(nginx, 'buffers of 32 KiB', ''), byNginx(nginx, 'buffers of 512 KiB', 'output_buffers 2 512k;')]),
    ],
    async prepare() {
      await settle(directory);
      await evict(join(directory, SOURCE));
    },
  };
}
