import test from 'ava';

import { Complaint, complaintOf } from '../../src/cli/complaint.js';

function failure(fields: object, message = 'EIO: i/o error, read'): Error {
  return Object.assign(new Error(message), fields);
}

test('a failure of the kernel names the file and says it in words', (t) => {
  t.is(complaintOf(failure({ code: 'ENOSPC', errno: -28, path: '/a' })), '/a: the disk is full (ENOSPC)');
  t.is(
    complaintOf(failure({ code: 'EROFS', errno: -30, syscall: 'open' })),
    'open: the filesystem is read-only (EROFS)',
  );
  t.is(complaintOf(failure({ code: 'EPIPE', errno: -32, path: '/a' })), '/a: broken pipe (EPIPE)');
});

test('whatever it is, it is one line', (t) => {
  for (const error of [
    new Complaint('one\ntwo'),
    new Error('one\ntwo'),
    failure({ code: 'ERR_AIO_CLOSED' }, 'one\ntwo'),
    failure({ code: 'ENOENT', errno: -2, path: 'a\nb' }),
    'one\ntwo',
    undefined,
  ]) {
    t.notRegex(complaintOf(error), /\n/);
    t.not(complaintOf(error), '');
  }
});
