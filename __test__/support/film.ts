import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { run } from './run.js';

export const FILM = { seconds: 20, rate: 15, width: 640, height: 360 } as const;

export type Colour = readonly [red: number, green: number, blue: number];

/**
 * A film whose colour says what time it is, with noise for the bytes, a sound, and its index at the end: players have to ask for
 * that first.
 */
export async function makeFilm(path: string): Promise<void> {
  const { seconds, rate, width, height } = FILM;
  const picture = `color=red:size=${width}x${height}:rate=${rate}:duration=${seconds},hue=h=15*t,noise=alls=12:allf=t`;
  const { code, stderr } = await run('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'],
    ...['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-crf',
      '23',
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

/** What colour the film is at each full second. */
export async function coloursOf(path: string): Promise<Colour[]> {
  const filter = `select=not(mod(n\\,${FILM.rate})),scale=1:1:flags=area`;
  const parameters = ['-loglevel', 'error', '-nostdin', '-i', path, '-vf', filter, '-vsync', 'passthrough'];
  const { stdout } = await promisify(execFile)('ffmpeg', [...parameters, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'], {
    encoding: 'buffer',
  });
  const pixels = Array.from({ length: stdout.byteLength / 3 }, (_, index) => stdout.subarray(3 * index, 3 * index + 3));
  return pixels.map(([red, green, blue]) => [red!, green!, blue!]);
}
