import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { Served } from '../../support/media-server.js';
import { rootTarget } from '../../support/targets.js';

const SECRET = 'nobody is to read this';

/** A server beside a directory with a secret in it. */
async function besideSecret(t: ExecutionContext): Promise<{ served: Served; secret: string }> {
  const directory = await mkdtemp(join(rootTarget().directory, 'secret-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'secret.txt'), SECRET);
  return { served: await Served.start(t), secret: directory };
}

/** The page of the root, without its style. */
async function listed(served: Served): Promise<string> {
  return (await served.get('/')).body.toString().replace(/<style>[\s\S]*<\/style>/, '');
}

async function refuses(t: ExecutionContext, served: Served, path: string): Promise<void> {
  const { status, body } = await served.get(path);
  t.true(status === 404 || status === 400, `${path}: ${status}`);
  t.false(body.includes(SECRET), path);
}

test('paths that lead up and out are refused, however they are written', async (t) => {
  const { served, secret } = await besideSecret(t);
  mkdirSync(join(served.directory, 'sub'));
  const target = `${basename(secret)}/secret.txt`;
  const ways = [
    '../',
    'sub/../../',
    '%2e%2e/',
    '%2E%2E/',
    '..%2f',
    '..%2F',
    '%2e%2e%2f',
    '%252e%252e/',
    '..%5c',
    '..\\',
    '.%2e/',
    './../',
    '/../',
  ];
  for (const way of ways) await refuses(t, served, `/${way}${target}`);
  for (const up of ['/..', '/../', '/sub/..', '/sub/../', '/.', '/./', '/sub/.', '/%2e%2e', '/%c0%ae%c0%ae/', '/..;/'])
    await refuses(t, served, up);
  await refuses(t, served, join(secret, 'secret.txt'));
  await refuses(t, served, `/${join(secret, 'secret.txt')}`);
  await refuses(t, served, `http://127.0.0.1/../${target}`);
  await refuses(t, served, `file://${secret}/secret.txt`);
});

test('links that lead out are refused, as files, as folders and on the page', async (t) => {
  const { served, secret } = await besideSecret(t);
  symlinkSync(join(secret, 'secret.txt'), join(served.directory, 'file.mp4'));
  symlinkSync(secret, join(served.directory, 'folder'));
  symlinkSync(`../${basename(secret)}/secret.txt`, join(served.directory, 'relative.mp4'));
  symlinkSync('loop', join(served.directory, 'loop'));
  symlinkSync('/proc/self/environ', join(served.directory, 'environ'));
  // A neighbour whose path begins with the root's.
  const neighbour = `${served.directory}-neighbour`;
  mkdirSync(neighbour);
  t.teardown(() => rm(neighbour, { recursive: true }));
  writeFileSync(join(neighbour, 'secret.txt'), SECRET);
  symlinkSync(join(neighbour, 'secret.txt'), join(served.directory, 'neighbour.mp4'));
  for (const path of [
    '/file.mp4',
    '/folder',
    '/folder/',
    '/folder/secret.txt',
    '/relative.mp4',
    '/loop',
    '/environ',
    '/neighbour.mp4',
  ]) {
    await refuses(t, served, path);
  }
  const page = await listed(served);
  t.false(/file\.mp4|folder|relative|loop|environ|neighbour/.test(page), page);
});

test('hidden files and folders are refused, also through a link', async (t) => {
  const { served } = await besideSecret(t);
  mkdirSync(join(served.directory, '.hidden'));
  for (const name of ['.env', '.hidden/film.mp4']) writeFileSync(join(served.directory, name), SECRET);
  symlinkSync('.env', join(served.directory, 'link.mp4'));
  symlinkSync('.hidden', join(served.directory, 'shown'));
  for (const path of [
    '/.env',
    '/%2eenv',
    '/.hidden/',
    '/.hidden/film.mp4',
    '/link.mp4',
    '/shown/',
    '/shown/film.mp4',
  ]) {
    await refuses(t, served, path);
  }
  const page = await listed(served);
  t.false(/\.env|hidden|link\.mp4|shown/.test(page), page);
});

test('what is no regular file is refused', async (t) => {
  const { served } = await besideSecret(t);
  execFileSync('mkfifo', [join(served.directory, 'pipe')]);
  symlinkSync('/dev/zero', join(served.directory, 'zero'));
  for (const path of ['/pipe', '/zero']) await refuses(t, served, path);
  t.false((await served.get('/')).body.includes('pipe'));
});

test('names that are none are 400, and none that is too long is more than 404', async (t) => {
  const { served } = await besideSecret(t);
  served.write('file', SECRET);
  for (const path of ['/file%00', '/%00', '/file%00.mp4', '/%', '/%zz', '/%ff', '/a%2fb', '*', 'file']) {
    t.is((await served.get(path)).status, 400, path);
  }
  for (const path of [`/${'a'.repeat(300)}`, `/${'a/'.repeat(2000)}`, '/file/', '/file/x', '//file', '/a//b']) {
    t.is((await served.get(path)).status, 404, path);
  }
});

test('a request that is too large is 431, one that is none 400, and the next one is answered', async (t) => {
  const { served } = await besideSecret(t);
  served.write('file', 'content');
  const lines = (...rest: string[]) => ['GET /file HTTP/1.1', 'Host: a', ...rest, '', ''].join('\r\n');
  t.regex(await served.say(lines(`X: ${'x'.repeat(10_000)}`)), /^HTTP\/1\.1 431 /);
  t.regex(await served.say(lines(...Array.from({ length: 5000 }, (_, index) => `X-${index}: x`))), /^HTTP\/1\.1 431 /);
  t.regex(await served.say(`GET /${'x'.repeat(10_000)} HTTP/1.1\r\nHost: a\r\n\r\n`), /^HTTP\/1\.1 431 /);
  t.regex(await served.say(lines(`Range: bytes=${'0-0,'.repeat(10_000)}`)), /^HTTP\/1\.1 431 /);
  t.regex(await served.say('nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  t.regex(await served.say('GET /file HTTP/1.1\r\n\r\n'), /^HTTP\/1\.1 400 /);
  t.regex(await served.say(lines('Content-Length: 1', 'Transfer-Encoding: chunked')), /^HTTP\/1\.1 400 /);
  t.regex(await served.say(lines('Bad\0Header: x')), /^HTTP\/1\.1 400 /);
  t.regex(await served.say(`GET /\xff\xfe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 40[04] /);
  t.is((await served.get('/file')).body.toString(), 'content');
  await served.until(({ connections }) => connections === 0);
});

test('no header that repeats or contradicts itself is more than an answer', async (t) => {
  const { served } = await besideSecret(t);
  const content = served.random('file', 100_000);
  const ask = (...rest: string[]) =>
    served.say(['GET /file HTTP/1.1', 'Host: a', 'Connection: close', ...rest, '', ''].join('\r\n'));
  t.regex(await ask('Range: bytes=0-0', 'Range: bytes=5-5'), /^HTTP\/1\.1 200 /);
  t.regex(await ask('Range: bytes=0-0', 'If-Range: "a"', 'If-Range: "b"'), /^HTTP\/1\.1 200 /);
  t.regex(await ask('If-None-Match: "a"', 'If-None-Match: *'), /^HTTP\/1\.1 (200|304) /);
  t.regex(await ask('If-Match:', 'Range: bytes=0-0'), /^HTTP\/1\.1 412 /);
  t.regex(await ask(`If-None-Match: ${'"a",'.repeat(1500)}`), /^HTTP\/1\.1 200 /);
  const whole = await ask('Range:');
  t.true(Buffer.from(whole.slice(whole.indexOf('\r\n\r\n') + 4), 'latin1').equals(content));
});
