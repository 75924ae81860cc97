import { resolve } from 'node:path';
import test from 'ava';
import ts from 'typescript';

const TYPES = resolve('__test__/support/interface.types.ts');

/** What the compiler says of the file of types. */
function complaints(hidden: string | undefined, edit: (text: string) => string = (text) => text): string[] {
  const { config } = ts.readConfigFile(resolve('tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions: unknown };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, resolve('.'));
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  host.readFile = (name) => {
    const text = read(name);
    return name === TYPES && text !== undefined ? edit(text) : text;
  };
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => name !== hidden && exists(name);
  const program = ts.createProgram([TYPES], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, file, start }) => {
    const { line } = file?.getLineAndCharacterOfPosition(start ?? 0) ?? { line: -1 };
    return `${file?.fileName ?? ''}:${line + 1} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

test('the interface has the types that it is said to have, and refuses what it is to refuse', (t) => {
  t.timeout(120_000);
  t.deepEqual(complaints(undefined), []);
});

test('the rolled up declarations have the same', (t) => {
  t.timeout(120_000);
  // Without the source, its name leads to the declarations that users get.
  t.deepEqual(complaints(resolve('index.ts')), []);
});

test('a wrong expectation would be found', (t) => {
  t.timeout(120_000);
  const expected = 'same<Result, Promise<ReadResult<Uint16Array>>>';
  const wrong = 'same<Result, Promise<ReadResult<Uint8Array>>>';
  const found = complaints(undefined, (text) => text.replace(expected, wrong));
  t.is(found.length, 1, found.join('\n'));
});
