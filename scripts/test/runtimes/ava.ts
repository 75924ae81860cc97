/**
 * What the specs use of ava, for runtimes that ava does not run on: tests one after the other, told in TAP.
 * Stands for the module `ava` among the translated specs.
 */
import assert from 'node:assert/strict';
import { exit } from 'node:process';
import { inspect, isDeepStrictEqual } from 'node:util';

/** Titles with `what` in them are skipped, as what they need is not there: see list.ts. */
interface Lack {
  what: string;
  why: string;
}

interface Expectation {
  is?: Error;
  instanceOf?: new (...args: never[]) => unknown;
  code?: string;
  name?: string;
  message?: string | RegExp | ((message: string) => boolean);
}

type Step = () => unknown;
type Implementation = (t: Context) => unknown;

/** As in ava.config.js. */
const TIMEOUT_MS = 10 * 60_000;

function expectError(error: unknown, expected: Expectation = {}): asserts error is Error {
  assert.ok(error instanceof Error, `not an Error: ${String(error)}`);
  if (expected.instanceOf)
    assert.ok(error instanceof expected.instanceOf, `not an ${expected.instanceOf.name}: ${error.stack}`);
  if (expected.is !== undefined) assert.equal(error, expected.is);
  if (expected.name !== undefined) assert.equal(error.name, expected.name);
  if (expected.code !== undefined) assert.equal((error as NodeJS.ErrnoException).code, expected.code, error.stack);
  const { message } = expected;
  if (typeof message === 'string') assert.equal(error.message, message);
  else if (message instanceof RegExp) assert.match(error.message, message);
  else if (message) assert.ok(message(error.message), error.message);
}

class Context {
  readonly #steps: Step[] = [];
  readonly title: string;
  #assertions = 0;
  limit = TIMEOUT_MS;

  constructor(title: string) {
    this.title = title;
  }

  teardown(step: Step): void {
    this.#steps.push(step);
  }

  timeout(milliseconds: number): void {
    this.limit = milliseconds;
  }

  pass(): void {
    this.#assertions++;
  }

  is(actual: unknown, expected: unknown, message?: string): void {
    this.pass();
    assert.ok(Object.is(actual, expected), `${message ?? ''} ${String(actual)} is not ${String(expected)}`);
  }

  not(actual: unknown, expected: unknown, message?: string): void {
    this.pass();
    assert.ok(!Object.is(actual, expected), message);
  }

  true(actual: unknown, message?: string): void {
    this.is(actual, true, message);
  }

  false(actual: unknown, message?: string): void {
    this.is(actual, false, message);
  }

  truthy(actual: unknown, message?: string): void {
    this.pass();
    assert.ok(actual, message);
  }

  deepEqual(actual: unknown, expected: unknown, message?: string): void {
    this.pass();
    if (!isDeepStrictEqual(actual, expected)) assert.deepEqual(actual, expected, message);
  }

  regex(actual: string, expected: RegExp, message?: string): void {
    this.pass();
    assert.match(actual, expected, message);
  }

  throws(step: Step, expected?: Expectation): unknown {
    this.pass();
    try {
      step();
    } catch (error) {
      expectError(error, expected);
      return error;
    }
    throw new assert.AssertionError({ message: 'nothing was thrown' });
  }

  async throwsAsync(given: Step | PromiseLike<unknown>, expected?: Expectation): Promise<unknown> {
    this.pass();
    try {
      await (typeof given === 'function' ? given() : given);
    } catch (error) {
      expectError(error, expected);
      return error;
    }
    throw new assert.AssertionError({ message: 'nothing was thrown' });
  }

  async notThrowsAsync(given: Step | PromiseLike<unknown>): Promise<void> {
    this.pass();
    await (typeof given === 'function' ? given() : given);
  }

  /** @internal */
  async end(): Promise<void> {
    for (const step of this.#steps.reverse()) await step();
    assert.ok(this.#assertions > 0, 'the test asserts nothing');
  }
}

const registered: { title: string; implementation: Implementation | undefined }[] = [];

function test(title: string, implementation: Implementation): void {
  registered.push({ title, implementation });
}

/** As all are. */
test.serial = test;

test.skip = (title: string): void => {
  registered.push({ title, implementation: undefined });
};

async function carryOut(title: string, implementation: Implementation): Promise<unknown> {
  const t = new Context(title);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setInterval(() => {
      if ((t.limit -= 1000) <= 0) reject(new Error('timed out'));
    }, 1000);
  });
  let problem: unknown;
  try {
    await Promise.race([implementation(t), late]);
  } catch (error) {
    problem = error;
  }
  try {
    await Promise.race([t.end(), late]);
  } catch (error) {
    problem ??= error;
  }
  clearInterval(timer);
  return problem;
}

async function runAll(): Promise<void> {
  const lacks = JSON.parse(process.env.LINUX_AIO_TEST_LACKS ?? '[]') as Lack[];
  let [number, failed] = [0, 0];
  console.log('TAP version 13');
  for (const { title, implementation } of registered) {
    number++;
    const lack = lacks.find(({ what }) => title.includes(what));
    if (lack) {
      console.log(`ok ${number} - ${title} [${lack.why}] # SKIP`);
      continue;
    }
    const problem = implementation && (await carryOut(title, implementation));
    if (problem === undefined) {
      console.log(`ok ${number} - ${title}${implementation ? '' : ' # SKIP'}`);
      continue;
    }
    failed++;
    const told = problem instanceof Error ? (problem.stack ?? problem.message) : inspect(problem);
    console.log(`not ok ${number} - ${title}\n${told.replace(/^/gm, '  ')}`);
  }
  console.log(`1..${number}`);
  // What is left open is not what is tested here.
  exit(failed === 0 ? 0 : 1);
}

process.on('unhandledRejection', (error) => {
  console.log(`not ok - unhandled rejection\n${String((error as Error).stack).replace(/^/gm, '  ')}`);
  exit(1);
});
// After the spec has registered its tests.
setImmediate(() => void runAll());

export default test;
