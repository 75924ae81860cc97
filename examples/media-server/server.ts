import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { BufferPoolStats } from '../../index.js';
import { Answer } from './answer.js';
import { createEngine, type Engine } from './engine.js';
import { readFolder } from './folder.js';
import { HttpError, httpErrorOf } from './http-error.js';
import { Lookups } from './lookups.js';
import { type Lease, OpenFiles, Replaced } from './open-files.js';
import { Outlet } from './outlet.js';
import { PAGE_POLICY, pageOf } from './page.js';
import { Patience } from './patience.js';
import { type Found, Root } from './root.js';
import { Shortened } from './shortened.js';
import type { Settings } from './settings.js';
import { Turns } from './turns.js';

const METHODS = ['GET', 'HEAD'];
/** Looks at a file that is replaced again and again. */
const ATTEMPTS = 3;

/** What a server has to do, and with what. */
export interface ServerStats {
  connections: number;
  /** Answers with contents under way. */
  transfers: number;
  /** Open and shared. */
  files: number;
  /** Clients that were cut off, as they did not take what they had asked for. */
  cutOff: number;
  /** Of the pool; undefined where the engine has none. */
  memory: BufferPoolStats | undefined;
}

/** Serves the files of a directory. */
export class MediaServer {
  readonly #settings: Settings;
  readonly #root: Root;
  readonly #lookups: Lookups<Found>;
  readonly #engine: Engine;
  readonly #files: OpenFiles;
  readonly #patience: Patience;
  readonly #turns = new Turns();
  readonly #server: Server;
  #connections = 0;
  #transfers = 0;

  private constructor(settings: Settings, root: Root) {
    this.#settings = settings;
    this.#root = root;
    this.#lookups = new Lookups((target) => root.find(target));
    this.#engine = createEngine(settings);
    this.#files = new OpenFiles(this.#engine, root, settings.idleMs);
    const { patienceMs, hurryMs } = settings;
    const limit = (taken: number) => (this.#engine.isPressed(taken) ? hurryMs : patienceMs);
    this.#patience = new Patience(limit, Math.min(hurryMs, patienceMs, 1000) / 2);
    this.#server = this.#listener();
  }

  /** Listens; rejects where the directory is not there or the address is taken. */
  static async start(settings: Settings, port: number, host: string): Promise<MediaServer> {
    const server = new MediaServer(settings, await Root.of(settings.directory));
    server.#server.listen(port, host);
    await once(server.#server, 'listening');
    // From then on it is accept(2) that fails, where the machine has too little left: the next one may not.
    server.#server.on('error', ({ message }) => {
      console.error(message);
    });
    return server;
  }

  /** Where it listens. */
  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  stats(): ServerStats {
    return {
      connections: this.#connections,
      transfers: this.#transfers,
      files: this.#files.size,
      cutOff: this.#patience.givenUp,
      memory: this.#engine.memory(),
    };
  }

  /** Ends all connections, and closes what is open. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#patience.stop();
    this.#files.close();
    this.#engine.close();
  }

  #listener(): Server {
    const server = createServer({
      maxHeaderSize: 8192,
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 5_000,
    });
    server.maxConnections = 2 * this.#settings.transfers;
    // What patience does not see: the answers without a file, and the streams of node:fs.
    server.timeout = this.#settings.patienceMs;
    server.on('connection', (socket) => {
      this.#connections++;
      socket.once('close', () => {
        this.#connections--;
      });
    });
    server.on('request', (request, response) => {
      const serve = () => {
        void this.#serve(request, response);
      };
      // A request that came before the answer to the one in front of it: nothing is spent on it before its turn.
      if (response.socket === null) response.once('socket', serve);
      else serve();
    });
    return server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#respond(request, response);
    } catch (error) {
      if (response.destroyed) return;
      const problem = httpErrorOf(error);
      if (problem.status === 500) console.error(error instanceof Shortened ? error.message : error);
      if (response.headersSent) response.destroy();
      else refuse(request, response, problem);
    }
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!METHODS.includes(request.method ?? '')) throw new HttpError(405, { Allow: METHODS.join(', ') });
    for (let attempt = 1; ; attempt++) {
      const found = await this.#lookups.find(request.url ?? '');
      if (found.stats.isDirectory()) return this.#respondFolder(found, request, response);
      const answer = new Answer(found, request);
      if (!answer.hasBody || request.method === 'HEAD') {
        response.writeHead(answer.status, answer.headers).end();
        return;
      }
      try {
        using lease = await this.#files.lease(found);
        await this.#send(answer, lease, response);
        return;
      } catch (error) {
        if (!(error instanceof Replaced) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #send(answer: Answer, lease: Lease, response: ServerResponse): Promise<void> {
    if (this.#transfers >= this.#settings.transfers) throw new HttpError(503, { 'Retry-After': '1' });
    // It went while the file was looked for.
    if (response.destroyed) return;
    this.#transfers++;
    try {
      response.writeHead(answer.status, answer.headers);
      await answer.send(lease, new Outlet(response, this.#patience, this.#turns));
    } finally {
      this.#transfers--;
    }
  }

  async #respondFolder(found: Found, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!found.slash) throw new HttpError(301, { Location: `./${encodeURIComponent(found.name)}/` });
    const page = Buffer.from(pageOf(await readFolder(this.#root, found)));
    response.writeHead(200, {
      'Cache-Control': 'no-cache',
      'Content-Length': page.byteLength,
      'Content-Security-Policy': PAGE_POLICY,
      'Content-Type': 'text/html; charset=utf-8',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(request.method === 'HEAD' ? undefined : page);
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, message, headers }: HttpError): void {
  const body = Buffer.from(`${message}\n`);
  response.writeHead(status, {
    ...headers,
    'Content-Length': body.byteLength,
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
