// Imports run one way. `node scripts/check-imports.mjs` reads every source of the project and lists what breaks a rule.
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SCOPE = '@middy-durable/';

/**
 * What the sources of each package may import. A package without a row is refused, so a new one gets its row here.
 *  - uses: packages of this project
 *  - builtins: Node's own modules
 *  - packages: modules of others, allowed in `import` statements and `import()`
 *  - lazy: modules of others, allowed in `import()` only, so that importing the package does not load them
 * @type {Record<string, { uses: string[], builtins: boolean, packages: string[], lazy: string[] }>}
 */
const LAYERS = {
  protocol: { uses: [], builtins: false, packages: [], lazy: [] },
  core: { uses: ['protocol'], builtins: true, packages: [], lazy: ['@aws-sdk/client-lambda'] },
  backend: { uses: ['protocol'], builtins: true, packages: [], lazy: ['@aws-lambda-powertools/jmespath'] },
  dynamodb: {
    uses: ['backend', 'protocol'],
    builtins: true,
    packages: ['@aws-sdk/client-dynamodb'],
    lazy: ['@aws-sdk/client-eventbridge', '@aws-sdk/client-lambda', '@aws-sdk/client-s3'],
  },
  local: { uses: ['backend', 'protocol'], builtins: true, packages: [], lazy: [] },
  logger: { uses: ['core'], builtins: true, packages: ['@aws-lambda-powertools/logger'], lazy: [] },
  metrics: { uses: ['core'], builtins: true, packages: ['@aws-lambda-powertools/metrics'], lazy: [] },
  otel: { uses: ['core'], builtins: true, packages: ['@opentelemetry/api'], lazy: [] },
  callbacks: { uses: ['core', 'protocol'], builtins: true, packages: [], lazy: [] },
  idempotency: {
    uses: ['core', 'protocol'],
    builtins: true,
    packages: ['@aws-lambda-powertools/jmespath', '@aws-sdk/client-dynamodb'],
    lazy: ['@aws-sdk/client-lambda'],
  },
  testing: { uses: ['backend', 'protocol'], builtins: true, packages: [], lazy: [] },
  tracer: { uses: ['core'], builtins: true, packages: ['@aws-lambda-powertools/tracer'], lazy: [] },
};

/**
 * The module specifiers of a source.
 * @param {string} file
 * @param {string} text
 * @returns {{ specifier: string, dynamic: boolean, line: number }[]} dynamic: by `import()`, which loads nothing before it runs
 */
export function importsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found = [];
  const add = (literal, dynamic) => {
    if (!literal || !ts.isStringLiteralLike(literal)) return;
    const line = source.getLineAndCharacterOfPosition(literal.getStart(source)).line + 1;
    found.push({ specifier: literal.text, dynamic, line });
  };
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier, false);
    else if (ts.isExternalModuleReference(node)) add(node.expression, false);
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, false);
    else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], true);
      else if (ts.isIdentifier(node.expression) && node.expression.text === 'require') add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * The rules that a source breaks.
 * @param {string} file path from the project's root, with forward slashes
 * @param {string} text
 * @param {Record<string, string[]>} entries public specifiers of each package folder, such as { local: ['@middy-durable/local'] }
 * @returns {string[]} one message for each broken rule: file:line, what, and what to do
 */
export function checkImports(file, text, entries) {
  const own = packageOf(file);
  const isTest = isTestFile(file);
  const violations = [];
  for (const { specifier, dynamic, line } of importsOf(file, text)) {
    const problem =
      pathProblem(file, own, specifier, entries) ??
      (own && !isTest ? layerProblem(own, specifier, dynamic) : undefined);
    if (problem) violations.push(`${file}:${line} imports '${specifier}': ${problem}`);
  }
  return violations;
}

/**
 * Where the dependencies that a manifest declares differ from what its package may import.
 * @param {string} folder
 * @param {Record<string, any>} manifest
 * @returns {string[]} one message for each difference
 */
export function checkManifest(folder, manifest) {
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
  const wrong = Object.keys(declared).flatMap((name) => {
    const problem = layerProblem(folder, name, true);
    return problem ? [`'${name}': ${problem}`] : [];
  });
  const missing = (LAYERS[folder]?.uses ?? [])
    .map((used) => SCOPE + used)
    .filter((name) => manifest.dependencies?.[name] !== manifest.version)
    .map((name) => `'${name}': its range must be exactly ${manifest.version}, the packages are released together`);
  return [...wrong, ...missing].map((problem) => `packages/${folder}/package.json, dependency ${problem}`);
}

/** Holds for every file of the project, tests too. */
function pathProblem(file, own, specifier, entries) {
  if (specifier.startsWith('.') || specifier.startsWith('/')) {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
    const other = packageOf(target);
    if (other && other !== own) return `a path into another package; import '${SCOPE}${other}'`;
    if (own && !other && !isTestFile(file)) return `a path out of packages/${own}; published code cannot reach it`;
    return undefined;
  }
  if (!specifier.startsWith(SCOPE)) return undefined;
  const folder = specifier.slice(SCOPE.length).split('/')[0] ?? '';
  const allowed = entries[folder];
  if (!allowed) return `there is no packages/${folder}`;
  if (!allowed.includes(specifier)) return `not an entry of that package; its entries are ${allowed.join(', ')}`;
  return undefined;
}

/** Holds for the sources of a package that are published. */
function layerProblem(own, specifier, dynamic) {
  const layer = LAYERS[own];
  if (!layer) return `packages/${own} has no row in LAYERS of scripts/check-imports.mjs; say there what it may import`;
  if (specifier.startsWith('.')) return undefined;
  if (specifier.startsWith(SCOPE)) {
    const folder = specifier.slice(SCOPE.length).split('/')[0] ?? '';
    if (folder === own) return 'a package imports its own files by relative paths';
    return layer.uses.includes(folder) ? undefined : `of this project, ${own} may use ${list(layer.uses)}`;
  }
  if (isBuiltin(specifier)) {
    if (!layer.builtins) return `${own} is pure: it imports no module at all`;
    return specifier.startsWith('node:') ? undefined : `write 'node:${specifier}'`;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (layer.packages.includes(name)) return undefined;
  if (layer.lazy.includes(name))
    return dynamic ? undefined : `only by a dynamic import() in ${own}, so that it loads when it is needed`;
  return `of others, ${own} may import ${list([...layer.packages, ...layer.lazy])}`;
}

const list = (names) => (names.length > 0 ? `only ${names.join(', ')}` : 'nothing');
/** Tests, and what only they use: never published. */
const isTestFile = (file) => file.endsWith('.test.ts') || /^packages\/[^/]+\/test-support\//.test(file);
const packageOf = (path) => /^packages\/([^/]+)\//.exec(path)?.[1];

/** Every source of the project, as paths from `root` with forward slashes. */
function sources(root) {
  const ignored = /(^|\/)(node_modules|dist|coverage|\.[^/]+)(\/|$)/;
  return ['packages', 'examples', 'test', 'bench', 'scripts']
    .flatMap((top) => {
      try {
        return readdirSync(join(root, top), { recursive: true, encoding: 'utf8' }).map((file) => join(top, file));
      } catch {
        return [];
      }
    })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !ignored.test(file));
}

function main() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const manifests = readdirSync(join(root, 'packages')).map((folder) => [
    folder,
    JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
  ]);
  const entries = Object.fromEntries(
    manifests.map(([folder, manifest]) => [
      folder,
      Object.keys(manifest.exports).map((subpath) => manifest.name + subpath.slice(1)),
    ]),
  );
  const files = sources(root);
  const violations = [
    ...manifests.flatMap(([folder, manifest]) => checkManifest(folder, manifest)),
    ...files.flatMap((file) => checkImports(file, readFileSync(join(root, file), 'utf8'), entries)),
  ];
  for (const violation of violations) console.error(violation);
  if (violations.length > 0) process.exitCode = 1;
  else console.log(`imports of ${files.length} files run one way`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
