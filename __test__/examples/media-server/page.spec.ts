import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import test, { type ExecutionContext } from 'ava';

import { Served } from '../../support/media-server.js';

/** What the tests look at: the DOM's own types are not part of this project. */
interface Element {
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
}
interface Document {
  readonly body: Element;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

function parse(html: string): Document {
  return (parseHTML(html) as unknown as { document: Document }).document;
}

function all(document: Document, selector: string): Element[] {
  return [...document.querySelectorAll(selector)];
}

async function page(t: ExecutionContext, served: Served, path = '/'): Promise<Document> {
  const { status, headers, body } = await served.get(path);
  t.is(status, 200);
  t.is(headers['content-type'], 'text/html; charset=utf-8');
  t.is(headers['content-length'], `${body.byteLength}`);
  return parse(body.toString());
}

test('a folder is a page of players, folders and other files, each at its address', async (t) => {
  const served = await Served.start(t);
  for (const name of [
    'film 10.mp4',
    'film 2.webm',
    'song.mp3',
    'notes.txt',
    'a"b<c>&d\'.mp4',
    'javascript:alert(1).mp4',
    '#?%2f.mp4',
  ]) {
    served.write(name, `content of ${name}`);
  }
  mkdirSync(join(served.directory, 'more films'));
  const document = await page(t, served);
  const videos = all(document, 'video');
  t.deepEqual(
    videos.map((video) => video.getAttribute('aria-label')),
    ['#?%2f.mp4', 'a"b<c>&d\'.mp4', 'film 2.webm', 'film 10.mp4', 'javascript:alert(1).mp4'],
  );
  for (const element of [...videos, ...all(document, 'audio')]) {
    t.true(element.hasAttribute('controls'));
    const address = new URL(element.getAttribute('src')!, `${served.url}/`);
    const { body } = await served.get(address.pathname);
    t.is(body.toString(), `content of ${element.getAttribute('aria-label')}`);
  }
  const links = all(document, 'a').map((link) => link.getAttribute('href'));
  t.true(links.includes('./notes.txt'));
  t.true(links.includes('./more%20films/'));
  t.is(all(document, 'audio').length, 1);
  const inner = await page(t, served, '/more%20films/');
  t.deepEqual(
    all(inner, 'a').map((link) => link.getAttribute('href')),
    ['../'],
  );
  t.is(inner.querySelector('h1')?.textContent, 'more films');
});

test('nothing in a page runs or comes from elsewhere, whatever files are called', async (t) => {
  const served = await Served.start(t);
  served.write('<img src=x onerror=alert(1)>.mp4', '');
  served.write('<script>alert(1)<\u2215script>', '');
  const { headers, body } = await served.get('/');
  t.regex(String(headers['content-security-policy']), /default-src 'none'/);
  t.false(/<script|<img|onerror=alert\(1\)>\.mp4"? /.test(body.toString().replaceAll('&lt;', '')), body.toString());
  const document = parse(body.toString());
  t.is(all(document, 'script, img').length, 0);
});

test('a large folder is a page of bounded length', async (t) => {
  const served = await Served.start(t);
  for (let index = 0; index < 600; index++) served.write(`${index}.mp4`, '');
  const document = await page(t, served);
  t.is(all(document, 'video').length, 500);
  t.is(all(document, 'video[preload=metadata]').length, 4);
  t.regex(document.body.textContent ?? '', /100 more/);
});

test('an empty folder says so', async (t) => {
  const served = await Served.start(t);
  t.regex((await page(t, served)).body.textContent ?? '', /Nothing is here/);
});
