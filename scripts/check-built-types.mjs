// The built declarations as a user sees them: no sources, no private condition, and the newest TypeScript beside ours.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node, packages, root } from './project.mjs';

const folder = join(root, '.cache/types-consumer');
mkdirSync(folder, { recursive: true });

const entries = packages().flatMap((each) => each.entries);
const source = entries.map(({ specifier }, index) => `export * as entry${index} from '${specifier}';\n`).join('');
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
writeFileSync(join(folder, 'consumer.ts'), source);

const compilers = { 'TypeScript 7': 'typescript-7', 'TypeScript 6': 'typescript' };
const resolutions = { nodenext: 'nodenext', bundler: 'esnext' };
for (const [moduleResolution, module] of Object.entries(resolutions)) {
  const config = join(folder, `tsconfig.${moduleResolution}.json`);
  const compilerOptions = {
    ...{ module, moduleResolution, target: 'es2023', lib: ['es2023'], types: ['node'] },
    ...{ strict: true, noEmit: true, skipLibCheck: false },
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  for (const [title, name] of Object.entries(compilers)) {
    const status = node([join(root, 'node_modules', name, 'bin/tsc'), '-p', config]);
    console.log(`${title}, ${moduleResolution}: ${status === 0 ? 'fine' : 'FAILED'}, ${entries.length} entries`);
    if (status !== 0) process.exitCode = 1;
  }
}
