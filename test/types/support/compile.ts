import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root: string = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const OFFICIAL = '@aws/durable-execution-sdk-js';
/** Where a package's types begin. */
export const entry = {
  official: join(root, 'node_modules', OFFICIAL, 'dist-types/index.d.ts'),
  ours: join(root, 'packages/core/src/index.ts'),
} as const;

export interface Complaint {
  file: string;
  /** From 1. */
  line: number;
  message: string;
}

/** Code as it is written for the official SDK. */
export function officialCode(): string[] {
  const folder = join(root, 'test/types/official-code');
  return readdirSync(folder).map((name) => join(folder, name));
}

/** A program with the project's own strict settings, in which the official SDK's name leads to itself or to our core. */
export function programOf(files: readonly string[], sdk: keyof typeof entry): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  return ts.createProgram([...files], { ...options, noEmit: true, paths: { [OFFICIAL]: [entry[sdk]] } });
}

/** What the compiler says about these files; complaints inside of packages are the business of other checks. */
export function complaintsAbout(files: readonly string[], program: ts.Program): Complaint[] {
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    if (!source) throw new Error(`${file} is not part of the program`);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => ({
      file: relative(root, file),
      line: source.getLineAndCharacterOfPosition(start).line + 1,
      message: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }));
  });
}

export interface Exported {
  name: string;
  /** Whether it is there when the program runs. */
  isValue: boolean;
  kind: string;
}

/** What a module of the program exports, by name. */
export function exportsOf(file: string, program: ts.Program): Exported[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is no module of the program`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => {
      const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const kinds = Object.entries(KINDS).filter(([, flag]) => flags & flag);
      return {
        name: symbol.name,
        isValue: Boolean(flags & ts.SymbolFlags.Value) && !isTypeOnly(symbol),
        kind: kinds.map(([kind]) => kind).join(', '),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const KINDS = {
  class: ts.SymbolFlags.Class,
  function: ts.SymbolFlags.Function,
  enum: ts.SymbolFlags.Enum,
  constant: ts.SymbolFlags.Variable,
  interface: ts.SymbolFlags.Interface,
  type: ts.SymbolFlags.TypeAlias,
};

function isTypeOnly(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((each) => ts.isExportSpecifier(each) && ts.isTypeOnlyExportDeclaration(each));
}
