import { run } from './run.js';

/** Seconds, and degrees of hue that the picture turns by in each. */
export const FILM = { seconds: 20, degreesPerSecond: 15 } as const;

/**
 * A film whose colour says what time it is, with noise for the bytes, a sound, and its index at the end: players have to ask for
 * that first.
 */
export async function makeFilm(path: string): Promise<void> {
  const { seconds, degreesPerSecond } = FILM;
  const picture = `color=red:size=640x360:rate=15:duration=${seconds},hue=h=${degreesPerSecond}*t,noise=alls=30:allf=t`;
  const { code, stderr } = await run('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'],
    ...['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-crf',
      '16',
      '-pix_fmt',
      'yuv420p',
      '-g',
      '15',
      '-c:a',
      'aac',
      path,
    ],
  ]);
  if (code !== 0) throw new Error(stderr);
}

/** The checksum of each frame of what ffmpeg reads from there. */
export async function frameChecksums(input: string, ...seek: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', ...seek, '-i', input],
    ...['-map', '0', '-f', 'framemd5', '-'],
  ]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
