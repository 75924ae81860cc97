import test from 'ava';

import { open } from '../../../index.js';
import { evict } from '../../../examples/demo/page-cache.js';
import { residentBytes } from '../../../examples/media-server/trial/residency.js';
import { findProgram } from '../../support/find-program.js';
import { Served } from '../../support/media-server.js';

const fincore = findProgram('fincore') === undefined ? test.skip : test;

fincore(
  'what is served is in the page cache with node:fs, and not with linux-aio [O_DIRECT, needs fincore]',
  async (t) => {
    for (const engine of ['linux-aio', 'node'] as const) {
      const served = await Served.start(t, { engine });
      const content = served.random('film.mp4', 3_000_001);
      const path = `${served.directory}/film.mp4`;
      // Written out first: dirty pages are nobody's to drop.
      const file = await open(path);
      await file.sync();
      await file.close();
      if (!file.direct && engine === 'linux-aio') continue;
      t.true(await evict(path));
      t.is(await residentBytes(path), 0);
      t.true((await served.get('/film.mp4')).body.equals(content));
      t.is((await served.get('/film.mp4', { Range: 'bytes=1000001-1999999' })).body.byteLength, 999_999);
      const resident = await residentBytes(path);
      if (engine === 'linux-aio') t.is(resident, 0);
      else t.true(resident > 3_000_000);
    }
  },
);
