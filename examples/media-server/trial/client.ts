import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a client behaves: takes all at once, a little at a time, or goes away in the middle. */
export type Manner = 'quick' | 'slow' | 'fickle';

/** What a file has to be. */
export interface Served {
  name: string;
  content: Buffer;
}

/** What clients have seen. */
export class Tally {
  bytes = 0;
  /** Answers that were read to their end. */
  complete = 0;
  /** Answers that were left. */
  left = 0;
  /** What was wrong with others. */
  readonly wrong: string[] = [];
}

const LARGEST: Record<Manner, number> = { quick: 4 << 20, slow: 1 << 20, fickle: 4 << 20 };

/** A client that asks for random ranges one after the other, and compares every byte. */
export class Client {
  readonly #manner: Manner;
  readonly #port: number;
  readonly #files: readonly Served[];
  readonly #tally: Tally;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(manner: Manner, port: number, files: readonly Served[], tally: Tally) {
    this.#manner = manner;
    this.#port = port;
    this.#files = files;
    this.#tally = tally;
  }

  async run(isOver: () => boolean): Promise<void> {
    try {
      while (!isOver()) await this.#ask();
    } catch (error) {
      this.#tally.wrong.push(`${this.#manner}: ${String(error)}`);
    } finally {
      this.#agent.destroy();
    }
  }

  async #ask(): Promise<void> {
    const { name, content } = this.#files[randomInt(this.#files.length)]!;
    const start = randomInt(content.byteLength);
    const end = Math.min(content.byteLength, start + randomInt(1, LARGEST[this.#manner] + 1));
    const answer = await this.#send(name, `bytes=${start}-${end - 1}`);
    if (answer.statusCode !== 206) {
      answer.resume();
      throw new Error(`status ${answer.statusCode}`);
    }
    const leaveAt = this.#manner === 'fickle' ? randomInt(start, end) : Infinity;
    if (await this.#read(answer, content, start, leaveAt)) {
      this.#tally.left++;
      return;
    }
    this.#tally.complete++;
  }

  async #send(name: string, range: string): Promise<IncomingMessage> {
    const headers = { Range: range };
    const sent = request({ host: '127.0.0.1', port: this.#port, path: `/${name}`, headers, agent: this.#agent });
    const answered = once(sent, 'response');
    sent.end();
    try {
      const [answer] = (await answered) as [IncomingMessage];
      return answer;
    } catch (error) {
      // The server may end an idle connection while the next request is on its way.
      if (sent.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET') return this.#send(name, range);
      throw error;
    }
  }

  /** @returns whether it left. */
  async #read(answer: IncomingMessage, content: Buffer, start: number, leaveAt: number): Promise<boolean> {
    let position = start;
    const announced = start + Number(answer.headers['content-length']);
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (!chunk.equals(content.subarray(position, position + chunk.byteLength))) {
        throw new Error(`other bytes between ${position} and ${position + chunk.byteLength}`);
      }
      position += chunk.byteLength;
      this.#tally.bytes += chunk.byteLength;
      if (position > leaveAt) {
        answer.destroy();
        return true;
      }
      if (this.#manner === 'slow') await sleep(randomInt(20, 200));
    }
    if (position !== announced) throw new Error(`ended at ${position}, not at ${announced}`);
    return false;
  }
}
