/** A server in a process of its own, whose parent asks it how it is. */
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MediaServer } from '../server.js';
import type { Settings } from '../settings.js';
import type { Health } from './host.js';

const server = await MediaServer.start(JSON.parse(process.argv[2]!) as Settings, 0, '127.0.0.1');
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

function health(): Health {
  const { user, system } = process.cpuUsage();
  return {
    ...server.stats(),
    descriptors: readdirSync('/proc/self/fd').length,
    residentBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    delayMs: { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
  };
}

process.on('message', (what) => {
  if (what === 'reset') delay.reset();
  // Nobody is waiting for the answer who is gone.
  process.send?.(health(), () => undefined);
});
process.on('disconnect', () => {
  process.exit();
});
process.send?.({ port: server.address.port });
