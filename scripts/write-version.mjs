// Runs inside `lerna version`, before its commit: the version that core sends in its user agent is that of its manifest.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.mjs';

const source = 'packages/core/src/lambda/version.ts';
const { version } = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'));
const text = readFileSync(join(root, source), 'utf8');
const written = text.replace(/(SDK_VERSION: string = ')[^']*'/, `$1${version}'`);
if (!written.includes(`'${version}'`)) throw new Error(`${source} has no SDK_VERSION to write`);
writeFileSync(join(root, source), written);
process.exitCode = spawnSync('git', ['add', source], { cwd: root, stdio: 'inherit' }).status ?? 1;
