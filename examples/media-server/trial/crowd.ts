import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULTS, type EngineName, type Settings } from '../settings.js';
import { Client, type Manner, type Served, Tally } from './client.js';
import { Host, type Health } from './host.js';

export interface CrowdOptions {
  clients: number;
  seconds: number;
  engine: EngineName;
  /** Where the files are made. */
  directory: string;
  /** Bytes of each of the two files. */
  fileBytes: number;
  settings?: Partial<Settings>;
  /** From then on this thread leaves the processors to the server, as if the clients had machines of their own. */
  yields?: boolean;
}

/** What the crowd saw of the server. */
export interface CrowdReport {
  tally: Tally;
  seconds: number;
  /** While it had nothing to do yet, under load, and when everybody was gone. */
  before: Health;
  during: Health;
  after: Health;
  /** Most that were seen held at a time. */
  mostBlocks: number;
}

/** Two readings of what is left when all clients are gone. */
const SETTLE_MS = 50;
const SETTLE_TRIES = 400;

/** A third of the clients slow, a third fickle, each with random ranges one after the other. */
export async function runCrowd(options: CrowdOptions): Promise<CrowdReport> {
  const directory = mkdtempSync(join(options.directory, 'crowd-'));
  try {
    const files = ['a.mp4', 'b.mp4'].map((name): Served => {
      const content = randomFillSync(Buffer.allocUnsafe(options.fileBytes));
      writeFileSync(join(directory, name), content, { flush: true });
      return { name, content };
    });
    const settings = { ...DEFAULTS, ...options.settings, engine: options.engine, directory };
    await using host = await Host.start(settings);
    if (options.yields) setPriority(constants.priority.PRIORITY_LOW);
    return await watched(host, files, options);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function watched(host: Host, files: Served[], { clients, seconds }: CrowdOptions): Promise<CrowdReport> {
  const before = await warmed(host, files);
  const tally = new Tally();
  const begin = performance.now();
  const isOver = () => performance.now() - begin > seconds * 1000 || tally.wrong.length > 0;
  const manners: readonly Manner[] = ['quick', 'slow', 'fickle'];
  const runs = Array.from({ length: clients }, (_, index) =>
    new Client(manners[index % 3]!, host.port, files, tally).run(isOver),
  );
  let mostBlocks = 0;
  const look = setInterval(() => {
    void host.health().then(({ memory }) => (mostBlocks = Math.max(mostBlocks, memory?.blocks ?? 0)));
  }, 500);
  while (!isOver()) await sleep(100);
  clearInterval(look);
  await sleep(100);
  const during = await host.health();
  await Promise.all(runs);
  return { tally, seconds, before, during, after: await settled(host, before), mostBlocks };
}

/** After the first answer: what is opened for it stays open for all. */
async function warmed(host: Host, files: Served[]): Promise<Health> {
  const answer = await fetch(`http://127.0.0.1:${host.port}/${files[0]!.name}`, {
    headers: { Range: 'bytes=0-0', Connection: 'close' },
  });
  await answer.arrayBuffer();
  let health;
  do health = await host.health(true);
  while (health.connections > 0 || health.transfers > 0);
  return health;
}

/** When nothing is under way and idle files are closed, or not within a time that is long enough. */
async function settled(host: Host, before: Health): Promise<Health> {
  let health = await host.health();
  for (let attempt = 0; attempt < SETTLE_TRIES && !isSettled(health, before); attempt++) {
    await sleep(SETTLE_MS);
    health = await host.health();
  }
  return health;
}

/** Nothing is under way, held or open that was not before. */
export function isSettled(now: Health, before: Health): boolean {
  const left = now.connections + now.transfers + now.files + (now.memory?.blocks ?? 0);
  return left === 0 && now.descriptors <= before.descriptors - before.files;
}
