/** Told what a connection has received, whole answers one after the other. */
export interface Receiver {
  /** Bytes of a body, in memory that is used again. */
  body(bytes: Buffer): void;
  /** Of one answer. */
  end(): void;
}

const END_OF_HEAD = '\r\n\r\n';
/** More is no head. */
const HEAD_BYTES = 16 * 1024;

/** The length of the body, of a 206 only: nobody here asks for anything else. */
function lengthOf(head: string): number {
  const length = /^content-length: *(\d+) *$/im.exec(head)?.[1];
  if (!head.startsWith('HTTP/1.1 206 ') || length === undefined) throw new Error(`no part of a file: ${head}`);
  return Number(length);
}

/** Tells heads from bodies in what a connection receives. A client of Node's would take more CPU time than the servers. */
export class Answers {
  readonly #receiver: Receiver;
  #head = '';
  /** Of the body; undefined while a head is expected. */
  #left: number | undefined;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  push(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) rest = this.#left === undefined ? this.#readHead(rest) : this.#readBody(rest, this.#left);
  }

  #readHead(bytes: Buffer): Buffer {
    const before = this.#head.length;
    // What ends the head may have come in two pieces.
    this.#head += bytes.toString('latin1', 0, HEAD_BYTES);
    const end = this.#head.indexOf(END_OF_HEAD);
    if (end < 0) {
      if (this.#head.length >= HEAD_BYTES) throw new Error('a head without an end');
      return bytes.subarray(bytes.length);
    }
    this.#left = lengthOf(this.#head.slice(0, end));
    this.#head = '';
    return this.#readBody(bytes.subarray(end + END_OF_HEAD.length - before), this.#left);
  }

  #readBody(bytes: Buffer, left: number): Buffer {
    const body = bytes.subarray(0, left);
    if (body.length > 0) this.#receiver.body(body);
    this.#left = left - body.length;
    if (this.#left === 0) {
      this.#left = undefined;
      this.#receiver.end();
    }
    return bytes.subarray(body.length);
  }
}
