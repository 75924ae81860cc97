/** A line of a result. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A line for the user that is no result: `linux-aio: ...`. */
export function tell(text: string): void {
  process.stderr.write(`linux-aio: ${text}\n`);
}
