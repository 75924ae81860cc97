/**
 * All clients, in a process of their own: each has a connection and fetches its own part of the file, range by range, as
 * fast as it comes. Arguments: port, size of the file, clients, bytes of a range, and `check` to compare every byte with
 * the pattern. Begins when it is told to by a line.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { connect } from 'node:net';
import { checkPattern } from '../../harness/pattern.js';
import { quantile } from '../../harness/statistics.js';
import { BEGINS } from '../transfer/passage.js';
import { Answers } from './answers.js';
import { SMALL, SOURCE } from './files.js';

const [port = 0, size = 0, clients = 0, range = 0] = process.argv.slice(2).map(Number);
const checks = process.argv[6] === 'check';

/** Of one connection, for what the kernel has of it. */
const RECEIVED = 256 * 1024;

/** Requests of each client before: what a server compiles meanwhile is not the first clients' to pay for. */
const WARM_UP = 64;

/** Milliseconds from a request to the first byte of its body. */
const firstBytes: number[] = [];
let received = 0;

class Client {
  readonly #socket;
  readonly #range = Buffer.alloc(checks ? range : 0);
  #asked = 0;
  #bytes = 0;
  #settle: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor() {
    const answers = new Answers({
      body: (bytes) => {
        if (this.#bytes === 0) firstBytes.push(performance.now() - this.#asked);
        if (checks) bytes.copy(this.#range, this.#bytes);
        this.#bytes += bytes.length;
      },
      end: () => {
        this.#settle();
      },
    });
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(RECEIVED),
        callback: (length, buffer) => {
          try {
            answers.push(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          } catch (error) {
            this.#socket.destroy(error as Error);
          }
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => {
      this.#fail(error);
    });
    this.#socket.on('close', () => {
      this.#fail(new Error('the server has closed the connection'));
    });
  }

  connected(): Promise<unknown> {
    return once(this.#socket, 'connect');
  }

  /** Fetches one range, all of it. */
  async fetch(name: string, start: number, length: number): Promise<void> {
    this.#bytes = 0;
    this.#asked = performance.now();
    const end = start + length - 1;
    this.#socket.write(`GET /${name} HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=${start}-${end}\r\n\r\n`);
    await new Promise<void>((settle, fail) => {
      this.#settle = settle;
      this.#fail = fail;
    });
    if (this.#bytes !== length) throw new Error(`${this.#bytes} of ${length} bytes came`);
    if (checks) checkPattern(this.#range.subarray(0, length), start);
    received += length;
  }

  close(): void {
    this.#fail = () => undefined;
    this.#socket.destroy();
  }
}

const all = Array.from({ length: clients }, () => new Client());
await Promise.all(all.map((client) => client.connected()));
for (let request = 0; request < WARM_UP; request++) {
  await Promise.all(all.map((client) => client.fetch(SMALL, 0, range)));
}
firstBytes.length = 0;
received = 0;

writeSync(1, `${BEGINS}\n`);
await once(process.stdin, 'data');
process.stdin.destroy();
const before = process.cpuUsage();
const begin = performance.now();
const share = size / clients;
await Promise.all(
  all.map(async (client, index) => {
    for (let position = 0; position < share; position += range) {
      await client.fetch(SOURCE, index * share + position, Math.min(range, share - position));
    }
  }),
);
const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage(before);
firstBytes.sort((a, b) => a - b);
const outcome = {
  bytes: received,
  seconds,
  firstByteMillis: quantile(firstBytes, 0.99),
  clientSeconds: (user + system) / 1e6,
};
writeSync(1, `${JSON.stringify(outcome)}\n`);
for (const client of all) client.close();
