import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { root } from './support/compile.ts';

/** Where `any` is the right type, and why. */
const ALLOWED: Record<string, string> = {
  'core: withDurableExecution': 'an event without a type is usable as it is: `async (event, context) => event.id`',
  'core: DurableExecutionHandler': 'the same, for a handler with a type of its own',
  'core: AnySerdes': 'nothing else fits every operation and is fitted by every serdes; official code relies on both',
  'core: GenericSerdes': 'what `defaultSerdes.deserialize` reads without a type argument is usable as it is',
};

/** The declarations of a module in which the word `any` stands as a type, by the name of the statement around them. */
function anysIn(file: string, code: string): string[] {
  // With isolated declarations, what a module declares is in its own text: no type is inferred from elsewhere.
  const { outputText } = ts.transpileDeclaration(code, { fileName: file, compilerOptions: { stripInternal: true } });
  const source = ts.createSourceFile('declarations.d.ts', outputText, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node, statement: string): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(statement);
    ts.forEachChild(node, (child) => visit(child, statement));
  };
  for (const statement of source.statements) visit(statement, nameOf(statement));
  return found;
}

function nameOf(statement: ts.Statement): string {
  const named = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
  return ((named as { name?: ts.Node } | undefined)?.name as ts.Identifier | undefined)?.text ?? statement.getText();
}

describe('public types', () => {
  it('have no any but where it is the right one', () => {
    const found = globSync('packages/*/src/**/*.ts', { cwd: root })
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => {
        const [, folder] = file.split('/');
        return anysIn(file, readFileSync(join(root, file), 'utf8')).map((name) => `${folder}: ${name}`);
      });
    expect([...new Set(found)].sort()).toEqual(Object.keys(ALLOWED).sort());
  });

  it('are searched in every place that a declaration has', () => {
    const code = [
      'export interface Options { of: any }',
      'export type Maker<T = any> = () => T;',
      'export function make(...given: any[]): void {}',
      'export class Made { get value(): Promise<any> { return this.hidden; } private hidden: any; }',
      'export const made: { [name: string]: any } = {};',
      'const inside: any = 1; export const used: number = inside;',
      'export const text: string = "any"; // any',
    ].join('\n');
    expect(anysIn('packages/core/src/example.ts', code)).toEqual(['Options', 'Maker', 'make', 'Made', 'made']);
  });
});
