import { SingleBar } from 'cli-progress';
import { painter } from './colours.js';
import { secondsText, sizeText, speedText } from './sizes.js';

/** Between two lines where there is no terminal, in milliseconds. */
const LINE_MILLIS = 5000;
const BAR = { barCompleteChar: '█', barIncompleteChar: '░' } as const;
/** Characters of a bar, and of what a line has beside it and the words. */
const LONGEST_BAR = 28;
const SHORTEST_BAR = 5;
const BESIDE = '  100 %  '.length;
/** Of the words, which become longer: `1023 MiB of 1023 MiB, 99999 MiB/s, 59 min 59 s left`. */
const WORDS = 52;
/** Where a terminal does not say how wide it is. */
const COLUMNS = 80;

/** How far something is, on standard error: a bar on a terminal, otherwise a plain line now and then. */
export class Progress {
  readonly #isQuiet: boolean;
  readonly #takesBars = process.stderr.isTTY && process.env.TERM !== 'dumb';
  #bar: SingleBar | undefined;
  /** Characters for words behind the bar. */
  #room = 0;
  #phase: string | undefined;
  #began = 0;
  /** When it was told of anything last: what comes next has begun then. */
  #told = performance.now();
  #lineAt = 0;

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
  }

  /** So much of `total` bytes is done; a new `phase` begins a new bar. */
  bytes(phase: string, done: number, total: number): void {
    const seconds = this.#elapsed(phase);
    const left = done === 0 ? '' : `, ${secondsText((seconds / done) * (total - done))} left`;
    this.#show(phase, done, total, `${sizeText(done)} of ${sizeText(total)}, ${speedText(done, seconds)}${left}`);
  }

  /** So many of `total` seconds have passed, with some words about it. */
  seconds(phase: string, done: number, total: number, words: string): void {
    this.#elapsed(phase);
    this.#show(phase, Math.min(done, total), total, words);
  }

  /** Takes the bar away; it must not outlive an error, since it hides the cursor. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
    this.#phase = undefined;
    process.off('exit', this.#onExit);
  }

  readonly #onExit = (): void => {
    this.stop();
  };

  /** Seconds since the phase has begun. */
  #elapsed(phase: string): number {
    const now = performance.now();
    if (phase !== this.#phase) {
      this.stop();
      this.#phase = phase;
      this.#began = this.#told;
      this.#lineAt = now + LINE_MILLIS;
    }
    this.#told = now;
    return (now - this.#began) / 1000;
  }

  #show(phase: string, done: number, total: number, words: string): void {
    if (this.#isQuiet || total <= 0) return;
    if (this.#takesBars) this.#draw(phase, done, total, words);
    else if (performance.now() >= this.#lineAt) {
      this.#lineAt += LINE_MILLIS;
      process.stderr.write(`${phase}: ${words}\n`);
    }
  }

  #draw(phase: string, done: number, total: number, words: string): void {
    if (this.#bar === undefined) {
      const paint = painter(process.stderr);
      const format = `${phase} ${paint('cyan', '{bar}')} {percentage} %  {words}`;
      const columns = process.stderr.columns || COLUMNS;
      const room = columns - phase.length - BESIDE - WORDS;
      const barsize = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, room));
      this.#room = columns - phase.length - BESIDE - barsize - 1;
      const stream = process.stderr;
      this.#bar = new SingleBar({ ...BAR, barsize, format, hideCursor: true, clearOnComplete: true, stream });
      // Whatever ends the process: the cursor comes back.
      process.on('exit', this.#onExit);
      this.#bar.start(total, done, { words: '' });
    }
    this.#bar.update(done, { words: words.slice(0, Math.max(0, this.#room)) });
  }
}
