import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { checkPattern, fillPattern } from '../../harness/pattern.js';
import { fillPeriodic } from './periodic.js';

const CHUNK = 2 ** 20;
/** Of the file that a program warms up with. */
export const SMALL_BYTES = 8 * 2 ** 20;

/** Writes a file of what a stream writes, `size` bytes: whole chunks of it. */
export async function writePeriodic(path: string, size: number): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    const chunk = Buffer.allocUnsafeSlow(CHUNK);
    for (let position = 0; position < size; position += CHUNK) {
      fillPeriodic(chunk, position);
      await file.write(chunk, 0, CHUNK, position);
    }
  } finally {
    await file.close();
  }
}

/** The SHA-256 of a file of `size` bytes that is full of the pattern, a multiple of 4. */
export function patternHash(size: number): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafeSlow(CHUNK);
  for (let position = 0; position < size; position += CHUNK) {
    fillPattern(chunk, position);
    hash.update(chunk.subarray(0, size - position));
  }
  return hash.digest('hex');
}

/** Reads all of a file, and throws where it is not what has to be there. */
export async function checkFile(path: string, size: number, period = Infinity): Promise<void> {
  const file = await open(path);
  try {
    const { size: itsSize } = await file.stat();
    if (itsSize !== size) throw new Error(`${path} has ${itsSize} bytes, not ${size}`);
    const chunk = Buffer.allocUnsafeSlow(CHUNK);
    for (let position = 0; position < size; position += CHUNK) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK, position);
      checkPattern(chunk.subarray(0, bytesRead), position % period);
    }
  } finally {
    await file.close();
  }
}

/** Takes away what the last move has left, in whole. */
export async function clear(...paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}
