/** Of what bash's `time` and GNU dd have printed. Throws where neither says what is needed. */
export function parseTimes(output: string): { seconds: number; cpuSeconds: number; copied?: number } {
  const timed = /^timed (\d+\.\d+) (\d+\.\d+) (\d+\.\d+)$/m.exec(output);
  if (timed === null) throw new Error(`bash has timed nothing: ${output}`);
  const [, real, user, system] = timed.map(Number) as [number, number, number, number];
  // Its own clock does not run while its process is made, nor does ours.
  const own = /^(\d+) bytes .*copied, ([\d.e+-]+) s\b/m.exec(output);
  const cpuSeconds = user + system;
  if (own === null) return { seconds: real, cpuSeconds };
  return { seconds: Number(own[2]), cpuSeconds, copied: Number(own[1]) };
}

/** Commands as a user would type them, for the record. */
export function shellText(commands: string, paths: readonly string[]): string {
  return paths.reduce((text, path, index) => text.replaceAll(`"$${index + 1}"`, path), commands);
}
