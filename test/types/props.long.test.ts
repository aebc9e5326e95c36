/** The public types, as a compiler sees them: props that fail at run time for certain do not compile. */
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { referredBases } from '../../lib/core';
import { gateways } from '../../lib/gateways';

const root = join(__dirname, '..', '..');
const { options } = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)).config as object,
  ts.sys,
  root,
);
const fixtures = ['cdk8s-props.ts', 'pulumi-props.ts'];
const declaring = ['core/specs/spec.ts', 'cdk8s/index.ts', 'pulumi/index.ts'].map((name) => join(root, 'lib', name));
const program = ts.createProgram([...fixtures.map((name) => join(__dirname, name)), ...declaring], {
  ...options,
  incremental: false,
});
const checker = program.getTypeChecker();

/** Also a line that is expected not to compile, and does, is told. */
test.each(fixtures)('%s: each line compiles, or is expected not to', (name) => {
  const source = program.getSourceFile(join(__dirname, name))!;
  const told = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText, start }) => {
      const { line } = source.getLineAndCharacterOfPosition(start!);
      return `line ${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    },
  );
  expect(told).toEqual([]);
});

describe('the names that `classType` offers', () => {
  const spec = program.getSourceFile(join(root, 'lib/gateways/index.ts'))!;
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(spec)!);
  const type = checker.getDeclaredTypeOfSymbol(exported.find(({ name }) => name === 'ClassType')!);
  const names = (type.isUnion() ? type.types : []).flatMap((one) => (one.isStringLiteral() ? [one.value] : []));

  test('are those of the gateways that read Ingresses', () => {
    const readers = Object.values(gateways).filter(({ kinds }) => kinds.some(({ namedBy }) => namedBy === 'ingress'));
    expect(names.sort()).toEqual(readers.map(({ name }) => name).sort());
  });

  test('are found', () => {
    for (const classType of names) {
      const [base] = referredBases({ service: 'web', ingress: { classType, name: 'web' } }, gateways);
      expect(base).toMatchObject({ kind: 'Ingress', gateway: classType });
    }
  });
});

describe('public props have a doc comment each', () => {
  const interfaces = declaring.flatMap((file) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    return checker.getExportsOfModule(module).map((symbol) => {
      const found = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return [found.name, found] as const;
    });
  });

  test.each(interfaces.filter(([, symbol]) => membersOf(symbol).length > 0))('%s', (_, symbol) => {
    const bare = membersOf(symbol).filter((member) => ts.getJSDocCommentsAndTags(member).length === 0);
    expect(bare.map((member) => member.getText())).toEqual([]);
  });

  /** What an interface or a class declares by itself, for its users. */
  function membersOf({ declarations = [] }: ts.Symbol): ts.Node[] {
    return declarations.flatMap((declaration): readonly ts.Node[] => {
      if (ts.isInterfaceDeclaration(declaration)) return [...declaration.members];
      if (!ts.isClassDeclaration(declaration)) return [];
      return declaration.members.filter(
        (member) =>
          !ts.isConstructorDeclaration(member) && !(ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private),
      );
    });
  }
});
