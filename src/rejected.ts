/** Misuse is told by the promise, as all of FileHandle's methods do. */
export function rejected(error: Error): Promise<never> {
  return new Promise((_, reject) => {
    reject(error);
  });
}
