/** The example for Jest of docs/testing.md compiles, with functions that are global; Vitest's have the same types. */
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { jestExample } from '../../docs/sections';

const root = join(__dirname, '..', '..');
const file = join(root, 'examples/testing/shop.jest.test.ts');

test('it compiles', () => {
  expect(told(jestExample())).toEqual([]);
});

test('what does not compile is told', () => {
  expect(told(jestExample().replace("'step-1'", "'step1'"))).toEqual([
    expect.stringContaining("\"step1\"' is not assignable to parameter of type 'StageName'"),
  ]);
});

/** What the compiler says of the example as a file beside its app. */
function told(text: string): string[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)).config as object;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const settings = { ...options, incremental: false, types: ['node', 'vitest/globals'] };
  const host = ts.createCompilerHost(settings);
  const plain = ts.createCompilerHost(settings);
  host.fileExists = (name) => name === file || plain.fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : plain.getSourceFile(name, ...rest);
  const program = ts.createProgram([file], settings, host);
  const source = program.getSourceFile(file)!;
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '),
  );
}
