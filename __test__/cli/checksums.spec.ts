import test from 'ava';
import fc from 'fast-check';

import { checksumLine, parseChecksumLine } from '../../src/cli/checksums.js';

const DIGEST = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('a line is read back as it was written, whatever the name', (t) => {
  const name = fc.string({
    minLength: 1,
    unit: fc.oneof(fc.constantFrom('\\', '\n', '\r', 'n', ' ', '*'), fc.string()),
  });
  fc.assert(
    fc.property(
      name.filter((text) => text !== '' && text !== '-'),
      (text) => {
        const line = checksumLine({ digest: DIGEST, name: text });
        t.false(/[\n\r]/.test(line));
        t.deepEqual(parseChecksumLine(line), { digest: DIGEST, name: text });
      },
    ),
  );
});

test('a file whose name is a dash is no standard input', (t) => {
  t.is(checksumLine({ digest: DIGEST, name: '-' }), `${DIGEST}  ./-`);
});

test('lines for binary and in capitals are read', (t) => {
  t.deepEqual(parseChecksumLine(`${DIGEST.toUpperCase()} *name`), { digest: DIGEST, name: 'name' });
});

test('what is no line is none', (t) => {
  for (const line of ['', 'abc  name', DIGEST, `${DIGEST} name`, `${DIGEST}  `, `\\${DIGEST}  a\\b`, `x${DIGEST}  a`]) {
    t.is(parseChecksumLine(line), undefined, line);
  }
});
