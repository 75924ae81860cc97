import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { Browser, BROWSERS } from '../../support/browser.js';
import { type Colour, coloursOf, FILM, frameChecksums, makeFilm } from '../../support/film.js';
import { findProgram } from '../../support/find-program.js';
import { Served } from '../../support/media-server.js';
import { run } from '../../support/run.js';

/** Where the pictures of the page are kept, for people to look at. */
const PICTURES = resolve(process.env.LINUX_AIO_TEST_ARTEFACTS ?? '.test-scratch/artefacts');

const ffmpeg = findProgram('ffmpeg');
const browser = findProgram(...BROWSERS);
const curl = findProgram('curl');
const withFfmpeg = ffmpeg === undefined ? test.skip : test;
const withBrowser = ffmpeg === undefined || browser === undefined ? test.skip : test;
const withCurl = curl === undefined ? test.skip : test;

async function withFilm(t: ExecutionContext): Promise<{ served: Served; path: string }> {
  const served = await Served.start(t);
  const path = join(served.directory, 'film.mp4');
  await makeFilm(path);
  return { served, path };
}

withFfmpeg('ffmpeg plays and seeks a film from the server as from the disk [needs ffmpeg]', async (t) => {
  const { served, path } = await withFilm(t);
  const whole = await frameChecksums(path);
  t.true(whole.split('\n').length > 15 * FILM.seconds);
  t.is(await frameChecksums(`${served.url}/film.mp4`), whole);
  for (const seek of [
    ['-ss', '13.7', '-t', '2'],
    ['-sseof', '-1.5'],
    ['-ss', '3', '-t', '0.5'],
  ]) {
    const part = await frameChecksums(path, ...seek);
    t.true(part.split('\n').length < whole.split('\n').length);
    t.is(await frameChecksums(`${served.url}/film.mp4`, ...seek), part);
  }
  await served.until(({ transfers, memory }) => transfers + memory!.blocks === 0);
});

withCurl('curl gets ranges, several at once, and goes on where it left off [needs curl]', async (t) => {
  const served = await Served.start(t);
  const content = served.random('file.bin', 3_000_000);
  const fetched = join(served.directory, 'fetched');
  const get = async (...parameters: string[]) => {
    const { code, stdout, stderr } = await run('curl', [
      '-sS',
      '-D',
      '-',
      '-o',
      fetched,
      ...parameters,
      `${served.url}/file.bin`,
    ]);
    t.is(code, 0, stderr);
    return { head: stdout, body: readFileSync(fetched) };
  };
  t.true((await get()).body.equals(content));
  const single = await get('-r', '1000000-1999999');
  t.regex(single.head, /^HTTP\/1\.1 206 /);
  t.true(single.body.equals(content.subarray(1_000_000, 2_000_000)));
  const several = await get('-r', '0-99,2000000-2000099,-100');
  t.regex(several.head, /Content-Type: multipart\/byteranges; boundary=/);
  for (const [start, end] of [
    [0, 100],
    [2_000_000, 2_000_100],
    [2_999_900, 3_000_000],
  ] as const) {
    t.true(several.body.includes(content.subarray(start, end)));
    t.true(several.body.includes(`Content-Range: bytes ${start}-${end - 1}/3000000\r\n`));
  }
  writeFileSync(fetched, content.subarray(0, 1_234_567));
  t.true((await get('-C', '-')).body.equals(content));
  const unchanged = await get('-z', new Date().toUTCString());
  t.regex(unchanged.head, /^HTTP\/1\.1 304 /);
});

interface Shown {
  at: number;
  ready: number;
  colour: Colour;
}

/** Moves the film there, and looks at what it shows. */
function seek(tab: Browser, seconds: number): Promise<Shown> {
  return tab.evaluate<Shown>(`
    const video = document.querySelector('video');
    const arrived = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
    video.currentTime = ${seconds};
    await arrived;
    while (video.readyState < 2) await new Promise(requestAnimationFrame);
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0, 64, 36);
    const { data } = context.getImageData(0, 0, 64, 36);
    const colour = [0, 1, 2].map((channel) => {
      let sum = 0;
      for (let index = channel; index < data.length; index += 4) sum += data[index];
      return sum / (64 * 36);
    });
    return { at: video.currentTime, ready: video.readyState, colour };
  `);
}

function distance(one: Colour, other: Colour): number {
  return Math.hypot(...one.map((value, channel) => value - other[channel]!));
}

/** What it shows is what ffmpeg finds in the file then, and at no other second. */
function showsTime(t: ExecutionContext, { at, ready, colour }: Shown, colours: Colour[], seconds: number): void {
  t.true(Math.abs(at - seconds) < 0.2, `at ${at}`);
  t.true(ready >= 2);
  const distances = colours.map((other) => distance(colour, other));
  t.is(distances.indexOf(Math.min(...distances)), seconds, `${colour.join(' ')}: ${distances.join(' ')}`);
}

withBrowser('Chromium plays a film in the page, seeks to its end and back [needs ffmpeg and chromium]', async (t) => {
  const { served, path } = await withFilm(t);
  const colours = await coloursOf(path);
  t.is(colours.length, FILM.seconds);
  served.write('notes.txt', 'what the film is about');
  served.write('A song whose name is longer than what fits into a line of a telephone, and has no end.mp3', 'no sound');
  for (const folder of ['More films', 'Songs']) mkdirSync(join(served.directory, folder));
  await using tab = await Browser.start(browser!);
  await tab.open(`${served.url}/`);
  const played = await tab.evaluate<{ duration: number; at: number; width: number; error: unknown }>(`
    const video = document.querySelector('video');
    await video.play();
    while (video.currentTime < 0.5) await new Promise(requestAnimationFrame);
    video.pause();
    return { duration: video.duration, at: video.currentTime, width: video.videoWidth, error: video.error };
  `);
  t.true(Math.abs(played.duration - FILM.seconds) < 0.2, `${played.duration} s`);
  t.true(played.at >= 0.5);
  t.is(played.width, FILM.width);
  t.is(played.error, null);
  for (const seconds of [FILM.seconds - 1, 2, 11]) showsTime(t, await seek(tab, seconds), colours, seconds);
  t.true(statSync(path).size > 4 << 20, 'a film that is more than what is fetched ahead');
  t.deepEqual(tab.complaints, []);

  mkdirSync(PICTURES, { recursive: true });
  for (const [device, width, height] of [
    ['phone', 390, 844],
    ['desktop', 1280, 800],
  ] as const) {
    for (const scheme of ['light', 'dark'] as const) {
      const picture = await tab.screenshot(width, height, scheme);
      writeFileSync(join(PICTURES, `media-server-${device}-${scheme}.png`), picture);
      const wide = await tab.evaluate<number>('return document.documentElement.scrollWidth;');
      t.true(wide <= width, `${wide} wide on ${width}`);
    }
  }
});
