import type { BigIntStats } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import etag from 'etag';
import fresh from 'fresh';

/** A file may be written twice within what its times tell apart. */
const SETTLED_MS = 2000;

/** What a client can tell by that a file is still the one that it knows. */
export class Validators {
  /** Weak while the file has just been written. */
  readonly etag: string;
  /** As an HTTP date. */
  readonly lastModified: string;

  constructor({ dev, ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs }: BigIntStats, now = Date.now()) {
    const weak = now - Number(ctimeMs) < SETTLED_MS;
    this.etag = etag([dev, ino, size, mtimeNs, ctimeNs].join(' '), { weak });
    // RFC 9110, 8.8.2.1: never in the future.
    this.lastModified = new Date(Math.min(Number(mtimeMs), now)).toUTCString();
  }

  /** RFC 9110, 13.2.2: the status that a condition of the request leads to, if one does. */
  refusal(headers: IncomingHttpHeaders): 304 | 412 | undefined {
    if (!this.#stillMatches(headers)) return 412;
    const ours = { etag: this.etag, 'last-modified': this.lastModified };
    return fresh(headers, ours) ? 304 : undefined;
  }

  /** If-Range: whether the ranges are of the file that the client has the rest of. */
  continues(validator: string | undefined): boolean {
    if (validator === undefined) return true;
    if (isWeak(this.etag)) return false;
    return validator === this.etag || validator === this.lastModified;
  }

  /** If-Match, and where there is none If-Unmodified-Since. */
  #stillMatches(headers: IncomingHttpHeaders): boolean {
    const match = headers['if-match'];
    if (match !== undefined) {
      if (match.trim() === '*') return true;
      // No tag of ours has a comma in it.
      return !isWeak(this.etag) && match.split(',').some((tag) => tag.trim() === this.etag);
    }
    const since = Date.parse(headers['if-unmodified-since'] ?? '');
    return Number.isNaN(since) || Date.parse(this.lastModified) <= since;
  }
}

function isWeak(tag: string): boolean {
  return tag.startsWith('W/');
}
