import { SingleBar } from 'cli-progress';
import { bytes, megabytesPerSecond } from './units.js';

/** Between two lines where there is no terminal, in seconds. */
const LINE_INTERVAL = 2;

/** How far something is: a bar on a terminal, otherwise a line now and then. */
export class Progress {
  readonly #title: string;
  readonly #size: number;
  readonly #begin = performance.now();
  readonly #bar: SingleBar | undefined;
  #done = 0;
  #lineAt = LINE_INTERVAL;

  constructor(title: string, size: number) {
    this.#title = title;
    this.#size = size;
    if (process.stdout.isTTY && size > 0) {
      this.#bar = new SingleBar({
        stream: process.stdout,
        format: `  ${title} [{bar}] {percentage} %  {bytes}  {speed}  {left} s left`,
        barsize: 30,
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
      });
      this.#bar.start(size, 0, this.#words());
    }
  }

  get #seconds(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  #words() {
    const seconds = this.#seconds;
    const left = this.#done === 0 ? '?' : Math.ceil((seconds / this.#done) * (this.#size - this.#done));
    return { bytes: bytes(this.#done), speed: megabytesPerSecond(this.#done, seconds), left };
  }

  add(count: number): void {
    this.#done += count;
    this.#bar?.update(this.#done, this.#words());
    if (this.#bar || this.#seconds < this.#lineAt) return;
    this.#lineAt += LINE_INTERVAL;
    const { bytes: done, speed, left } = this.#words();
    console.log(`  ${this.#title}: ${done} of ${bytes(this.#size)}, ${speed}, ${left} s left`);
  }

  /** Takes the bar away; it must not outlive an error, since it hides the cursor. */
  stop(): void {
    this.#bar?.stop();
  }

  /** The result in words. */
  summary(): string {
    const seconds = this.#seconds;
    return `${bytes(this.#done)} in ${seconds.toFixed(2)} s, ${megabytesPerSecond(this.#done, seconds)}`;
  }
}
