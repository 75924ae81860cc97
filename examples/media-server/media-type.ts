import { extname } from 'node:path';
import { contentType } from 'mime-types';

/** As a Content-Type header has it. */
export function mediaType(path: string): string {
  return contentType(extname(path)) || 'application/octet-stream';
}
