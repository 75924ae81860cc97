import type { Found } from '../support/ladder.fixture.js';
import { rootTarget, scratchFile } from '../support/targets.js';
import { runInjected, traced } from '../support/traced.js';

const HINTS: Record<string, RegExp> = {
  EAGAIN: /EAGAIN.*io_setup.*fs\.aio-max-nr/,
  EINTR: /EINTR.*io_setup/,
  EIO: /EIO.*io_setup/,
  ENOMEM: /ENOMEM.*io_setup/,
  ENOSYS: /ENOSYS.*io_setup.*no kernel AIO/,
  EPERM: /EPERM.*io_setup.*sandbox/,
};

for (const [errno, hint] of Object.entries(HINTS)) {
  traced(`where io_setup answers ${errno} files go through node:fs, with one warning [needs strace]`, async (t) => {
    const root = rootTarget();
    const path = await scratchFile(t, root);
    const ended = await runInjected(t, 'io_setup', `error=${errno}`, 'ladder.fixture.ts', path);
    const found = JSON.parse(ended.stdout) as Found;
    t.regex(found.reason ?? '', hint);
    t.deepEqual(found, {
      engines: ['fs', 'fs'],
      reason: found.reason,
      file: { engine: 'fs', direct: true, reason: found.reason },
      right: true,
      queueFailure: [errno, 'io_setup'],
      fileFailure: 'ERR_AIO_UNSUPPORTED_RUNTIME',
      probed: errno,
      contexts: 0,
    } as Found);
    t.is(ended.stderr.match(/LINUX_AIO_FALLBACK/g)?.length, 1, ended.stderr);
    t.regex(ended.stderr, hint);
  });
}

for (const errno of Object.keys(HINTS)) {
  for (const when of ['1', '2', '1+2']) {
    traced(
      `one io_setup that answers ${errno}, when=${when}, is one queue less and no more [needs strace]`,
      async (t) => {
        const root = rootTarget();
        const path = await scratchFile(t, root, Buffer.alloc(4096));
        const ended = await runInjected(t, 'io_setup', `error=${errno}:when=${when}`, 'setups.fixture.ts', path);
        const went = JSON.parse(ended.stdout) as unknown[];
        t.deepEqual([...new Set(went)].sort(), [4096, errno], ended.stderr);
        t.is(went.filter((end) => end === errno).length, ended.injected);
      },
    );
  }
}
