import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { Served } from '../../support/media-server.js';
import { run } from '../../support/run.js';
import { rootTarget } from '../../support/targets.js';

const PROGRAM = ['--import=tsx', resolve('examples/media-server/main.ts')];

async function complains(t: ExecutionContext, parameters: string[], about: RegExp, wanted: number): Promise<void> {
  const { code, stdout, stderr } = await run(process.execPath, [...PROGRAM, ...parameters]);
  t.is(code, wanted, stderr);
  t.is(stdout, '');
  t.is(stderr.trim().split('\n').length, 1, stderr);
  t.regex(stderr, about);
}

test('what is wrong with its arguments is one clear line', async (t) => {
  await complains(t, [], /directory/, 2);
  await complains(t, ['.', 'other'], /too many arguments: other/, 2);
  await complains(t, ['.', '--port', '80000'], /--port 80000/, 2);
  await complains(t, ['.', '--engine', 'magic'], /--engine magic/, 2);
  await complains(t, ['.', '--prot', '80'], /--prot/, 2);
});

test('a directory that is not there, and a port that is taken, are one clear line', async (t) => {
  const served = await Served.start(t);
  await complains(t, [join(served.directory, 'nothing')], /nothing: no such file or directory/, 1);
  await complains(t, [served.write('file', '')], /file: /, 1);
  await complains(t, [served.directory, '--port', `${served.port}`], /address already in use/, 1);
});

test('help is on stdout', async (t) => {
  const { code, stdout, stderr } = await run(process.execPath, [...PROGRAM, '--help']);
  t.is(code, 0);
  t.is(stderr, '');
  t.regex(stdout, /DIRECTORY[\s\S]*--engine/);
});

for (const engine of ['linux-aio', 'node']) {
  test(`serves where it says, until it is interrupted, ${engine}`, async (t) => {
    const directory = await mkdtemp(join(rootTarget().directory, 'media-'));
    t.teardown(() => rm(directory, { recursive: true }));
    writeFileSync(join(directory, 'film.mp4'), 'content');
    const { code, stdout, stderr } = await run(
      process.execPath,
      [...PROGRAM, directory, '--port', '0', '--engine', engine],
      (child) => {
        child.stdout?.once('data', (text: Buffer) => {
          const [url] = /http:\S+\//.exec(text.toString()) ?? [];
          void fetch(`${url}film.mp4`)
            .then((reply) => reply.text())
            .then((body) => {
              t.is(body, 'content');
              child.kill('SIGINT');
            });
        });
      },
    );
    t.is(stderr, '');
    t.is(code, 130);
    t.regex(stdout, new RegExp(engine));
  });
}
