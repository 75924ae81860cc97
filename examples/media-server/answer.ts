import type { IncomingMessage } from 'node:http';
import type { Lease } from './open-files.js';
import { mediaType } from './media-type.js';
import { contentRange, Multipart } from './multipart.js';
import type { Outlet } from './outlet.js';
import { HttpError } from './http-error.js';
import { type Range, rangesOf } from './ranges.js';
import type { Found } from './root.js';
import { Validators } from './validators.js';

/** Which parts of a file the answer has; undefined: the whole. */
type Parts = readonly Range[] | undefined;

/**
 * What a request is told about a file: status and headers, as RFC 9110 wants them of a file that is there.
 */
export class Answer {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly #ranges: readonly Range[];
  readonly #multipart: Multipart | undefined;

  /** Throws HttpError where the request's conditions or ranges refuse the file. */
  constructor({ name, stats }: Found, request: IncomingMessage) {
    const size = Number(stats.size);
    const validators = new Validators(stats);
    this.headers = {
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'no-cache',
      ETag: validators.etag,
      'Last-Modified': validators.lastModified,
    };
    const refusal = validators.refusal(request.headers);
    if (refusal === 412) throw new HttpError(412);
    this.status = refusal ?? 200;
    this.#ranges = [];
    if (refusal === 304) return;

    const type = mediaType(name);
    this.headers['Content-Type'] = type;
    this.headers['X-Content-Type-Options'] = 'nosniff';
    const parts = partsOf(request, validators, size);
    if (parts?.length === 0) throw new HttpError(416, { 'Content-Range': `bytes */${size}` });
    if (parts !== undefined) this.status = 206;
    this.#ranges = parts ?? (size > 0 ? [{ start: 0, end: size - 1 }] : []);
    if (parts !== undefined && parts.length > 1) {
      this.#multipart = new Multipart(parts, size, type);
      this.headers['Content-Type'] = this.#multipart.contentType;
      this.headers['Content-Length'] = this.#multipart.contentLength;
      return;
    }
    const [only] = this.#ranges;
    this.headers['Content-Length'] = only === undefined ? 0 : only.end - only.start + 1;
    if (parts !== undefined) this.headers['Content-Range'] = contentRange(only!, size);
  }

  /** Whether a body follows, and the file is needed. */
  get hasBody(): boolean {
    return this.#ranges.length > 0;
  }

  /** Sends the body: its blocks one after the other, as fast as the client takes them. */
  async send({ file }: Lease, outlet: Outlet): Promise<void> {
    for (const [index, { start, end }] of this.#ranges.entries()) {
      if (this.#multipart !== undefined) await outlet.write(this.#multipart.head(index));
      await file.send(outlet, start, end);
    }
    outlet.response.end(this.#multipart?.end);
  }
}

/** Ranges are of GET alone, and only of the file that the client means. */
function partsOf({ method, headers }: IncomingMessage, validators: Validators, size: number): Parts {
  const ifRange = headers['if-range'];
  const validator = typeof ifRange === 'string' ? ifRange : undefined;
  if (method !== 'GET' || headers.range === undefined || !validators.continues(validator)) return undefined;
  return rangesOf(headers.range, size);
}
