import { readFileSync } from 'node:fs';
import test from 'ava';

import { cli, isOneLine } from '../support/cli.js';

const COMMANDS = ['probe', 'copy', 'verify', 'hash', 'bench'];

test('help has every command, examples and the exit codes', async (t) => {
  const { code, stdout, stderr } = await cli(['--help']);
  t.is(code, 0);
  t.is(stderr, '');
  for (const name of COMMANDS) t.regex(stdout, new RegExp(`^ +${name} `, 'm'));
  t.regex(stdout, /Examples:\n {2}linux-aio /);
  t.regex(stdout, /Exit codes:/);
  t.false(stdout.includes('\u001b'));
});

for (const name of COMMANDS) {
  test(`help of ${name} has examples`, async (t) => {
    const { code, stdout } = await cli([name, '--help']);
    t.is(code, 0);
    t.regex(stdout, new RegExp(`^Usage: linux-aio ${name} `));
    t.regex(stdout, new RegExp(`Examples:\n {2}linux-aio ${name} `));
  });
}

test('the version is that of the package', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const { code, stdout } = await cli(['--version']);
  t.is(code, 0);
  t.is(stdout, `${version}\n`);
});

test('without a command the help is an error', async (t) => {
  const { code, stdout, stderr } = await cli([]);
  t.is(code, 2);
  t.is(stdout, '');
  t.regex(stderr, /^Usage: linux-aio/);
});

const WRONG: Record<string, [parameters: string[], about: RegExp]> = {
  'an unknown command is told with one like it': [['prob', '.'], /unknown command 'prob'.*Did you mean probe\?/],
  'an unknown option is told with one like it': [
    ['copy', '--verfy', 'a', 'b'],
    /'--verfy'.*--verify\?.*see linux-aio copy --help/,
  ],
  'a missing argument is told': [['copy', 'a'], /missing required argument 'destination'/],
  'an argument too many is told': [['verify', 'a', 'b', 'c'], /too many arguments/],
  'a size that is none is told': [['bench', '.', '--bs', '4q'], /--bs.*'4q'.*such as 4096, 64k or 1GiB/],
  'a time that is none is told': [['bench', '.', '--runtime', 'soon'], /--runtime.*'soon'.*such as/],
  'a number out of range is told': [['bench', '.', '--iodepth', '0'], /--iodepth.*from 1 to 4096/],
  'a pattern that is none is told with all': [
    ['bench', '.', '--rw', 'trim'],
    /'trim'.*randread, randwrite, read, write/,
  ],
  'an algorithm that is none is told': [['hash', '--algorithm', 'sha257', 'package.json'], /'sha257'.*sha256/],
};

for (const [title, [parameters, about]] of Object.entries(WRONG)) {
  test(title, async (t) => {
    isOneLine(t, await cli(parameters), 2, about);
  });
}
