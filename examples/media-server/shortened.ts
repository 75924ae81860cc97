/** A file ends before what was announced of it. */
export class Shortened extends Error {
  override name = 'Shortened';

  constructor(path: string) {
    super(`${path}: became shorter while it was sent`);
  }
}
