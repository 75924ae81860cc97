import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

import { partsOf, Served } from '../../support/media-server.js';

const ENGINES = ['linux-aio', 'node'] as const;
/** Neither whole blocks nor whole sectors. */
const BYTES = 700_001;

for (const engine of ENGINES) {
  test(`a whole file has its length, type and validators, ${engine}`, async (t) => {
    const served = await Served.start(t, { engine });
    const content = served.random('film.mp4', BYTES);
    const { status, headers, body } = await served.get('/film.mp4');
    t.is(status, 200);
    t.deepEqual(body, content);
    t.is(headers['content-type'], 'video/mp4');
    t.is(headers['content-length'], `${BYTES}`);
    t.is(headers['accept-ranges'], 'bytes');
    t.is(headers['x-content-type-options'], 'nosniff');
    t.regex(headers.etag ?? '', /^(W\/)?"[^"]+"$/);
    t.false(Number.isNaN(Date.parse(headers['last-modified'] ?? '')));
  });

  test(`HEAD is GET without a body, and knows no ranges, ${engine}`, async (t) => {
    const served = await Served.start(t, { engine });
    served.random('film.mp4', BYTES);
    await served.strongTag('/film.mp4');
    const got = await served.get('/film.mp4');
    const head = await served.ask('HEAD', '/film.mp4', { Range: 'bytes=0-0' });
    t.is(head.status, 200);
    t.is(head.body.byteLength, 0);
    for (const name of ['content-length', 'content-type', 'etag', 'last-modified', 'accept-ranges']) {
      t.is(head.headers[name], got.headers[name], name);
    }
  });

  test(`single ranges are 206 with their bytes, ${engine}`, async (t) => {
    const served = await Served.start(t, { engine });
    const content = served.random('film.webm', BYTES);
    const cases: [string, number, number][] = [
      ['0-0', 0, 0],
      ['0-', 0, BYTES - 1],
      ['1-4096', 1, 4096],
      ['512000-', 512_000, BYTES - 1],
      ['699999-9999999', 699_999, BYTES - 1],
      ['-1', BYTES - 1, BYTES - 1],
      ['-1000', BYTES - 1000, BYTES - 1],
      // The suffix of a file that is shorter is the whole of it.
      ['-99999999', 0, BYTES - 1],
      [`0-${'9'.repeat(400)}`, 0, BYTES - 1],
      // Overlapping and adjoining ranges are one.
      ['0-99,50-199,200-299', 0, 299],
      [' 5-9 ,', 5, 9],
    ];
    for (const [range, start, end] of cases) {
      const { status, headers, body } = await served.get('/film.webm', { Range: `bytes=${range}` });
      t.is(status, 206, range);
      t.is(headers['content-range'], `bytes ${start}-${end}/${BYTES}`, range);
      t.is(headers['content-length'], `${end - start + 1}`, range);
      t.is(headers['content-type'], 'video/webm');
      t.true(body.equals(content.subarray(start, end + 1)), range);
    }
  });

  test(`several ranges are the parts of one answer, in their order, ${engine}`, async (t) => {
    const served = await Served.start(t, { engine });
    const content = served.random('film.mp4', BYTES);
    const reply = await served.get('/film.mp4', { Range: 'bytes=600000-690000,0-0,-1,300000-300001' });
    t.is(reply.status, 206);
    t.is(reply.headers['content-length'], `${reply.body.byteLength}`);
    t.is(reply.headers['content-range'], undefined);
    const wanted = [
      [600_000, 690_000],
      [0, 0],
      [BYTES - 1, BYTES - 1],
      [300_000, 300_001],
    ] as const;
    const parts = partsOf(reply);
    t.deepEqual(
      parts.map(({ range }) => range),
      wanted.map(([start, end]) => `bytes ${start}-${end}/${BYTES}`),
    );
    for (const [index, [start, end]] of wanted.entries()) {
      t.is(parts[index]?.type, 'video/mp4');
      t.true(parts[index]?.bytes.equals(content.subarray(start, end + 1)));
    }
  });
}

test('ranges of which some are outside of the file are the others', async (t) => {
  const served = await Served.start(t);
  const content = served.random('file.bin', 1000);
  const { status, headers, body } = await served.get('/file.bin', { Range: 'bytes=5000-,10-19' });
  t.is(status, 206);
  t.is(headers['content-range'], 'bytes 10-19/1000');
  t.deepEqual(body, content.subarray(10, 20));
});

test('ranges outside of the file are 416 with its length', async (t) => {
  const served = await Served.start(t);
  served.random('file.bin', 1000);
  served.write('empty.bin', '');
  for (const range of ['1000-', '5000-6000', '-0', '1000-1001,2000-', `${'9'.repeat(400)}-`]) {
    const { status, headers } = await served.get('/file.bin', { Range: `bytes=${range}` });
    t.is(status, 416, range);
    t.is(headers['content-range'], 'bytes */1000', range);
  }
  const { status, headers } = await served.get('/empty.bin', { Range: 'bytes=0-' });
  t.is(status, 416);
  t.is(headers['content-range'], 'bytes */0');
});

test('a range that is not understood is ignored', async (t) => {
  const served = await Served.start(t);
  const content = served.random('file.bin', 1000);
  for (const range of [
    'lines=0-9',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-9',
    'bytes=9-5',
    'bytes=0-9,x',
    'bytes 0-9',
  ]) {
    const { status, headers, body } = await served.get('/file.bin', { Range: range });
    t.is(status, 200, range);
    t.is(headers['content-range'], undefined, range);
    t.deepEqual(body, content, range);
  }
});

test('more ranges than any player asks for are 416', async (t) => {
  const served = await Served.start(t);
  const content = served.random('file.bin', 100_000);
  const ranges = (count: number) =>
    Array.from({ length: count }, (_, index) => `${index * 10}-${index * 10}`).join(',');
  const many = await served.get('/file.bin', { Range: `bytes=${ranges(32)}` });
  t.is(many.status, 206);
  t.deepEqual(
    Buffer.concat(partsOf(many).map(({ bytes }) => bytes)),
    Buffer.from(Array.from({ length: 32 }, (_, index) => content[index * 10]!)),
  );
  t.is((await served.get('/file.bin', { Range: `bytes=${ranges(33)}` })).status, 416);
  t.is((await served.get('/file.bin', { Range: `bytes=${'0-,'.repeat(2000)}0-` })).status, 416);
});

test('an empty file is served', async (t) => {
  const served = await Served.start(t);
  served.write('empty.mp4', '');
  for (const headers of [{}, { Range: 'bytes=-5' }]) {
    const reply = await served.get('/empty.mp4', headers);
    t.is(reply.status, 200);
    t.is(reply.headers['content-length'], '0');
    t.is(reply.body.byteLength, 0);
  }
});

test('If-None-Match is 304 for the tag of the file, weak or strong', async (t) => {
  const served = await Served.start(t);
  const content = served.random('file.bin', 1000);
  const etag = await served.strongTag('/file.bin');
  for (const value of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await served.ask(method, '/file.bin', { 'If-None-Match': value });
      t.is(status, 304, value);
      t.is(headers.etag, etag);
      t.is(headers['content-length'], undefined);
      t.is(body.byteLength, 0);
    }
  }
  const later = new Date(Date.now() + 1e6).toUTCString();
  const other = await served.get('/file.bin', { 'If-None-Match': '"other"', 'If-Modified-Since': later });
  t.is(other.status, 200);
  t.deepEqual(other.body, content);
});

test('If-Modified-Since is 304 for a file that is no newer', async (t) => {
  const served = await Served.start(t);
  served.random('file.bin', 1000);
  const modified = (await served.ask('HEAD', '/file.bin')).headers['last-modified']!;
  const before = new Date(Date.parse(modified) - 1000).toUTCString();
  const status = async (since: string) => (await served.get('/file.bin', { 'If-Modified-Since': since })).status;
  t.is(await status(modified), 304);
  t.is(await status(before), 200);
  t.is(await status('yesterday'), 200);
});

test('If-Match is 412 unless it has the strong tag of the file', async (t) => {
  const served = await Served.start(t);
  served.random('file.bin', 1000);
  const etag = await served.strongTag('/file.bin');
  const status = async (value: string) => (await served.get('/file.bin', { 'If-Match': value })).status;
  t.is(await status(etag), 200);
  t.is(await status(`"other" , ${etag}`), 200);
  t.is(await status('*'), 200);
  t.is(await status(`W/${etag}`), 412);
  t.is(await status('"other"'), 412);
});

test('If-Unmodified-Since is 412 for a file that is newer, and nothing beside If-Match', async (t) => {
  const served = await Served.start(t);
  served.random('file.bin', 1000);
  const etag = await served.strongTag('/file.bin');
  const modified = (await served.ask('HEAD', '/file.bin')).headers['last-modified']!;
  const before = new Date(Date.parse(modified) - 1000).toUTCString();
  const status = async (headers: Record<string, string>) => (await served.get('/file.bin', headers)).status;
  t.is(await status({ 'If-Unmodified-Since': modified }), 200);
  t.is(await status({ 'If-Unmodified-Since': before }), 412);
  t.is(await status({ 'If-Unmodified-Since': before, 'If-Match': etag }), 200);
  t.is(await status({ 'If-Unmodified-Since': 'yesterday' }), 200);
  // 412 comes before 304 and before 416.
  t.is(await status({ 'If-Unmodified-Since': before, 'If-None-Match': etag, Range: 'bytes=5000-' }), 412);
});

test('If-Range gives the range of the same file, and the whole of another', async (t) => {
  const served = await Served.start(t);
  const content = served.random('file.bin', 1000);
  const etag = await served.strongTag('/file.bin');
  const modified = (await served.ask('HEAD', '/file.bin')).headers['last-modified']!;
  const ask = (validator: string, range = 'bytes=10-19') =>
    served.get('/file.bin', { 'If-Range': validator, Range: range });
  for (const same of [etag, modified]) t.is((await ask(same)).status, 206, same);
  const before = new Date(Date.parse(modified) - 1000).toUTCString();
  for (const other of [`W/${etag}`, '"other"', before, 'yesterday']) {
    const { status, body } = await ask(other);
    t.is(status, 200, other);
    t.deepEqual(body, content);
  }
  t.is((await ask('"other"', 'bytes=5000-')).status, 200);
});

test('a file that was just written has a weak tag, which continues nothing', async (t) => {
  const served = await Served.start(t);
  const path = served.write('file.bin', Buffer.alloc(1000));
  const tag = async () => (await served.ask('HEAD', '/file.bin')).headers.etag!;
  let statuses: number[];
  do {
    utimesSync(path, new Date(), new Date());
    const { etag, 'last-modified': modified } = (await served.ask('HEAD', '/file.bin')).headers;
    statuses = [(await served.get('/file.bin', { 'If-None-Match': etag })).status];
    for (const validator of [etag, modified]) {
      statuses.push((await served.get('/file.bin', { 'If-Range': validator, Range: 'bytes=0-0' })).status);
    }
    // Again, should two seconds have gone by meanwhile.
  } while (!(await tag()).startsWith('W/'));
  t.deepEqual(statuses, [304, 200, 200]);
});

test('a file that is replaced or changed has another tag, and its new bytes', async (t) => {
  const served = await Served.start(t);
  served.write('file.bin', 'before');
  const first = await served.get('/file.bin');
  t.is(first.body.toString(), 'before');
  const replacement = served.write('other.bin', 'behind');
  renameSync(replacement, join(served.directory, 'file.bin'));
  const second = await served.get('/file.bin', { 'If-None-Match': first.headers.etag });
  t.is(second.status, 200);
  t.is(second.body.toString(), 'behind');
  writeFileSync(join(served.directory, 'file.bin'), 'longer than both');
  const third = await served.get('/file.bin', { 'If-None-Match': second.headers.etag });
  t.is(third.status, 200);
  t.is(third.body.toString(), 'longer than both');
});

test('methods other than GET and HEAD are 405', async (t) => {
  const served = await Served.start(t);
  served.write('file.bin', 'content');
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
    const { status, headers } = await served.ask(method, '/file.bin');
    t.is(status, 405, method);
    t.is(headers.allow, 'GET, HEAD');
  }
});

test('a folder without its slash is elsewhere, a file with one nowhere', async (t) => {
  const served = await Served.start(t);
  mkdirSync(join(served.directory, 'two words:'));
  served.write('two words:/film #1.mp4', 'content');
  const { status, headers } = await served.get('/two%20words:');
  t.is(status, 301);
  t.is(headers.location, './two%20words%3A/');
  t.is((await served.get('/two%20words%3A/')).status, 200);
  t.is((await served.get('/two%20words:/film%20%231.mp4?t=10')).body.toString(), 'content');
  t.is((await served.get('/two%20words:/film%20%231.mp4/')).status, 404);
});

test('a link inside the directory is served under its own name', async (t) => {
  const served = await Served.start(t);
  const path = served.write('content', 'bytes');
  symlinkSync(path, join(served.directory, 'film.mp4'));
  const { status, headers, body } = await served.get('/film.mp4');
  t.is(status, 200);
  t.is(headers['content-type'], 'video/mp4');
  t.is(body.toString(), 'bytes');
});

test('answers follow each other on one connection, also to requests that do not wait', async (t) => {
  const served = await Served.start(t, {}, true);
  const content = served.random('file.bin', 600_000);
  for (let round = 0; round < 3; round++) {
    t.true((await served.get('/file.bin')).body.equals(content));
    t.is((await served.get('/nothing')).status, 404);
    t.is((await served.get('/file.bin', { Range: 'bytes=9-3,' })).status, 200);
  }
  t.is(served.server.stats().connections, 1);
  const asked = (range: string, rest = '') =>
    `GET /file.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=${range}\r\n${rest}\r\n`;
  const said = await served.say(asked('0-299999') + asked('5-9') + asked('300000-', 'Connection: close\r\n'));
  const bodies = said.split(/HTTP\/1\.1 206 [\s\S]*?\r\n\r\n/).slice(1);
  t.deepEqual(
    bodies.map(({ length }) => length),
    [300_000, 5, 300_000],
  );
  t.true(
    Buffer.from(bodies.join(''), 'latin1').equals(
      Buffer.concat([content.subarray(0, 300_000), content.subarray(5, 10), content.subarray(300_000)]),
    ),
  );
});
