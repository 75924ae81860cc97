import { afterThis, throwUncaught } from './clock.js';

/** Tells, where a program would end without a word, why it does. */
export class LastWords {
  readonly #code: string;
  readonly #words: () => string | undefined;
  #watches = false;

  /** `words`: of a warning with that code; undefined where there is nothing to say. */
  constructor(code: string, words: () => string | undefined) {
    this.#code = code;
    this.#words = words;
  }

  /** There may be something to say if the program ends now. */
  watch(): void {
    if (this.#watches) return;
    this.#watches = true;
    // Not within the call that it is for: the program may listen for new listeners.
    void afterThis(this.#listen);
  }

  readonly #listen = (): void => {
    try {
      process.once('beforeExit', this.#speak);
    } catch (error) {
      throwUncaught(error);
    }
  };

  readonly #speak = (): void => {
    this.#watches = false;
    const words = this.#words();
    if (words !== undefined) process.emitWarning(words, { code: this.#code });
  };
}
