import { Writable } from 'node:stream';

/** How a writable treats what is written to it. */
export interface Custom {
  /** What is written may still be in use when its write has called back. */
  readonly handsOn: boolean;
  /** Every write calls back. */
  readonly callsBack: boolean;
}

/** The session of http2 that a response belongs to. */
export function sessionOf(writable: object): unknown {
  const { stream } = writable as { stream?: { session?: unknown } };
  return stream?.session;
}

/**
 * What can be read as well hands chunks on as they are, or as much later as it likes; not so a socket. A response of http2 is a
 * stream of its session's socket, which outlives it. What has a `write` of its own kind does with chunks what it likes, as
 * a response does whose `write` was replaced by a middleware that compresses.
 */
export async function customOf(writable: NodeJS.WritableStream): Promise<Custom> {
  const { write } = writable as { write: unknown };
  if (writable instanceof Writable) {
    if (write !== Reflect.get(Writable.prototype, 'write')) return { handsOn: true, callsBack: false };
    if (!('read' in writable)) return { handsOn: false, callsBack: true };
    // Not before it is needed: it would be a good part of the library's start.
    const { Socket } = await import('node:net');
    return { handsOn: !(writable instanceof Socket), callsBack: true };
  }
  if (sessionOf(writable) !== undefined) {
    const { Http2ServerResponse } = await import('node:http2');
    return { handsOn: true, callsBack: write === Reflect.get(Http2ServerResponse.prototype, 'write') };
  }
  const { OutgoingMessage } = await import('node:http');
  const isResponse = writable instanceof OutgoingMessage && write === Reflect.get(OutgoingMessage.prototype, 'write');
  return { handsOn: !isResponse, callsBack: isResponse };
}
