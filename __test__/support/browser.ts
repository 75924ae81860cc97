import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import CDP from 'chrome-remote-interface';

/** Chromium, by the names that distributions give it. */
export const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'chromium-headless-shell'] as const;

const LIFETIME = '170s';

const PARAMETERS = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--no-sandbox',
  '--no-first-run',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-dev-shm-usage',
  '--autoplay-policy=no-user-gesture-required',
  '--hide-scrollbars',
  '--mute-audio',
];

/** A tab of a browser without a window, told what to do by the DevTools protocol. */
export class Browser implements AsyncDisposable {
  readonly tab: CDP.Client;
  /** What the page has logged or been refused. */
  readonly complaints: string[] = [];
  readonly #child: ChildProcess;
  readonly #profile: string;

  private constructor(tab: CDP.Client, child: ChildProcess, profile: string) {
    this.tab = tab;
    this.#child = child;
    this.#profile = profile;
  }

  static async start(program: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'linux-aio-browser-'));
    const command = [program, ...PARAMETERS, `--user-data-dir=${profile}`, 'about:blank'];
    // Not for longer than a test, should that be killed.
    const child = spawn('timeout', ['--signal=KILL', LIFETIME, ...command], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: profile },
    });
    const tab = await tabOf(await portOf(child));
    const browser = new Browser(tab, child, profile);
    await tab.Page.enable();
    await tab.Runtime.enable();
    await tab.Log.enable();
    tab.Log.entryAdded(({ entry }) => browser.complaints.push(`${entry.text} ${entry.url ?? ''}`));
    return browser;
  }

  async open(url: string): Promise<void> {
    const loaded = this.tab.Page.loadEventFired();
    await this.tab.Page.navigate({ url });
    await loaded;
  }

  /** What the script in the page comes to, when it is fulfilled. */
  async evaluate<Value>(script: string): Promise<Value> {
    const { result, exceptionDetails } = await this.tab.Runtime.evaluate({
      expression: `(async () => { ${script} })()`,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as Value;
  }

  /** How the page looks there, as a PNG. */
  async screenshot(width: number, height: number, scheme: 'light' | 'dark'): Promise<Buffer> {
    const mobile = width < 600;
    await this.tab.Emulation.setDeviceMetricsOverride({ width, height, deviceScaleFactor: mobile ? 2 : 1, mobile });
    await this.tab.Emulation.setEmulatedMedia({ features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const { data } = await this.tab.Page.captureScreenshot({ format: 'png' });
    return Buffer.from(data, 'base64');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tab.close();
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#child.kill();
      await exit;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20 });
  }
}

/** Its first page, which may come after it listens. */
async function tabOf(port: number): Promise<CDP.Client> {
  for (let tries = 0; ; tries++) {
    try {
      return await CDP({ port });
    } catch (error) {
      if (tries === 100 || !String(error).includes('inspectable')) throw error;
      await delay(100);
    }
  }
}

/** Where it listens for what it is told, which it says as it starts. */
async function portOf(child: ChildProcess): Promise<number> {
  const lines = createInterface(child.stderr!);
  for await (const line of lines) {
    const port = /^DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(line)?.[1];
    if (port === undefined) continue;
    void text(child.stderr!).catch(() => '');
    return Number(port);
  }
  throw new Error('the browser ended');
}
