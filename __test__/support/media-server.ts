import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  Agent,
  request as begin,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';

import { MediaServer } from '../../examples/media-server/server.js';
import { DEFAULTS, type Settings } from '../../examples/media-server/settings.js';
import { rootTarget } from './targets.js';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One range of a multipart answer. */
export interface Part {
  readonly type: string;
  readonly range: string;
  readonly bytes: Buffer;
}

/** A server of the test's own, over a directory of its own. */
export class Served {
  readonly directory: string;
  readonly server: MediaServer;
  readonly agent: Agent | undefined;

  private constructor(directory: string, server: MediaServer, agent: Agent | undefined) {
    this.directory = directory;
    this.server = server;
    this.agent = agent;
  }

  static async start(
    t: ExecutionContext,
    settings: Partial<Settings> = {},
    keepAlive = false,
    place = rootTarget().directory,
  ): Promise<Served> {
    const directory = await mkdtemp(join(place, 'media-'));
    t.teardown(() => rm(directory, { recursive: true, force: true }));
    const server = await MediaServer.start({ ...DEFAULTS, ...settings, directory }, 0, '127.0.0.1');
    t.teardown(() => server.close());
    const agent = keepAlive ? new Agent({ keepAlive: true }) : undefined;
    t.teardown(() => agent?.destroy());
    return new Served(directory, server, agent);
  }

  get port(): number {
    return this.server.address.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** A new file in the directory. */
  write(name: string, content: Buffer | string): string {
    const path = join(this.directory, name);
    writeFileSync(path, content);
    return path;
  }

  /** The same of that many random bytes. */
  random(name: string, bytes: number): Buffer {
    const content = randomBytes(bytes);
    this.write(name, content);
    return content;
  }

  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<Reply> {
    return this.ask('GET', path, headers);
  }

  async ask(method: string, path: string, headers: OutgoingHttpHeaders = {}): Promise<Reply> {
    const agent = this.agent ?? false;
    const sent = begin({ host: '127.0.0.1', port: this.port, method, path, headers, agent });
    sent.end();
    try {
      const [reply] = (await once(sent, 'response')) as [IncomingMessage];
      return { status: reply.statusCode ?? 0, headers: reply.headers, body: await buffer(reply) };
    } catch (error) {
      // The server may end an idle connection while the next request is on its way.
      if (sent.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET') {
        return this.ask(method, path, headers);
      }
      throw error;
    }
  }

  /** A connection on which nothing is said yet. */
  async connect(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    // That it is cut is what some tests are about.
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** All that the server says to `bytes`, until it ends the connection. */
  async say(bytes: string): Promise<string> {
    const socket = await this.connect();
    socket.write(bytes, 'latin1');
    socket.setEncoding('latin1');
    return text(socket).catch(() => '');
  }

  /** The file's tag, once the file is old enough for a strong one. */
  async strongTag(path: string): Promise<string> {
    for (;;) {
      const { etag } = (await this.ask('HEAD', path)).headers;
      if (etag?.startsWith('"')) return etag;
      await sleep(50);
    }
  }

  /** Waits until the server has `reached` what the test wants, as its stats tell. */
  async until(reached: (stats: ReturnType<MediaServer['stats']>) => boolean): Promise<void> {
    while (!reached(this.server.stats())) await sleep(5);
  }
}

/** The parts of a multipart answer, in their order. */
export function partsOf({ headers, body }: Reply): Part[] {
  const boundary = /^multipart\/byteranges; boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1];
  if (boundary === undefined) throw new Error(`not multipart: ${headers['content-type']}`);
  const parts: Part[] = [];
  let at = 0;
  for (;;) {
    const opening = `${parts.length === 0 ? '' : '\r\n'}--${boundary}`;
    if (body.toString('latin1', at, at + opening.length) !== opening) throw new Error(`no delimiter at ${at}`);
    at += opening.length;
    if (body.toString('latin1', at) === '--\r\n') return parts;
    const blank = body.indexOf('\r\n\r\n', at);
    const head = body.toString('latin1', at, blank);
    const [, type, range, first, last] =
      /^\r\nContent-Type: (.+)\r\nContent-Range: (bytes (\d+)-(\d+)\/\d+)$/.exec(head) ?? [];
    if (type === undefined || range === undefined) throw new Error(`not a part's head: ${head}`);
    const length = Number(last) - Number(first) + 1;
    at = blank + 4;
    parts.push({ type, range, bytes: body.subarray(at, at + length) });
    at += length;
  }
}
