import { unlinkSync } from 'node:fs';

const names = new Set<Buffer>();

/** The process ends in the middle of a copy, by `process.exit` or an uncaught error. */
function remove(): void {
  for (const name of names) {
    try {
      unlinkSync(name);
    } catch {
      // Gone already; and nobody is left to tell.
    }
  }
}

/** Has a file removed that is going to be made, should the process end before {@link settle}. */
export function expect(name: Buffer): void {
  if (names.size === 0) process.on('exit', remove);
  names.add(name);
}

export function settle(name: Buffer): void {
  names.delete(name);
  if (names.size === 0) process.off('exit', remove);
}
