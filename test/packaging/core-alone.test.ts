import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whoever uses core, with nothing else installed. Answers what it is asked to at its standard output. */
const CONSUMER = `
import { type DurableContext, type DurableExecutionClient, durableExecution, durableStep, withDurableExecution } from '@middy-durable/core';
import { aroundStep, checkpointed, onlyFirst, onResume, onSuspend } from '@middy-durable/core/middleware';

const recorded: string[] = [];
const durableExecutionClient: DurableExecutionClient = {
  async checkpoint({ Updates = [] }) {
    recorded.push(...Updates.map(({ Action, Name }) => \`\${Action} \${Name}\`));
    return { CheckpointToken: 'next', NewExecutionState: { Operations: [] } };
  },
  async getExecutionState() {
    return { Operations: [] };
  },
};
const double = durableStep(async (id: number) => id * 2, { name: 'double' });
const body = async (order: { id: number }, context: DurableContext): Promise<string> => {
  const doubled = await double(order.id);
  return context.step('text', async () => \`order \${doubled}\`);
};
const envelope = {
  DurableExecutionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:orders:1/durable-execution/a/b',
  CheckpointToken: 'first',
  InitialExecutionState: {
    Operations: [{ Id: '0', Type: 'EXECUTION', Status: 'STARTED', StartTimestamp: new Date(), ExecutionDetails: { InputPayload: '{"id":7}' } }],
  },
} as const;

const modes: (() => void)[] = [durableExecution(), durableExecution({ durableExecutionClient })];
const middlewares = [
  onlyFirst({ before: () => {} }),
  checkpointed({ before: () => {} }, { name: 'flags', save: ['internal.flags'] }),
  onSuspend(() => {}),
  onResume(() => {}),
  aroundStep((next) => next()),
];
const output = await withDurableExecution(body, { durableExecutionClient })(envelope as never, {});
// @ts-expect-error the types are there: a status is a text
const status: number = output.Status;
const withoutSdk = await withDurableExecution(body)(envelope as never, {}).then(String, String);
console.log(JSON.stringify({ made: modes.length + middlewares.length, recorded, status, output, withoutSdk }));
`;

let project: string;
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'middy-durable-core-alone-'));
  await Promise.all([install('protocol'), install('core'), copyTypesOfNode()]);
  declarations();
  await writeFile(join(project, 'package.json'), '{ "type": "module" }\n');
  await writeFile(join(project, 'consumer.ts'), CONSUMER);
}, 120_000);
afterAll(() => rm(project, { recursive: true, force: true }));

const installed = (folder: string): string => join(project, 'node_modules/@middy-durable', folder);

/** As a package is published: its manifest, and one bundled file for each entry. */
async function install(folder: string): Promise<void> {
  const from = join(root, 'packages', folder);
  await mkdir(installed(folder), { recursive: true });
  await cp(join(from, 'package.json'), join(installed(folder), 'package.json'));
  const entryPoints = folder === 'core' ? ['index.ts', 'middleware.ts'] : ['index.ts'];
  await build({
    entryPoints: entryPoints.map((entry) => join(from, 'src', entry)),
    outdir: join(installed(folder), 'dist'),
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
  });
}

/** The declarations of both packages, made from their sources. */
function declarations(): void {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const entries = ['protocol/src/index.ts', 'core/src/index.ts', 'core/src/middleware.ts'];
  const program = ts.createProgram(
    entries.map((entry) => join(root, 'packages', entry)),
    { ...options, declaration: true, emitDeclarationOnly: true, rootDir: join(root, 'packages') },
  );
  program.emit(undefined, (file, text) => {
    const [, folder = '', path = ''] = /packages\/([^/]+)\/src\/(.+)$/.exec(file) ?? [];
    ts.sys.createDirectory(join(installed(folder), 'dist'));
    const target = join(installed(folder), 'dist', path);
    ts.sys.createDirectory(join(target, '..'));
    ts.sys.writeFile(target, text);
  });
}

/** Node's own types are needed, and nobody else's. */
async function copyTypesOfNode(): Promise<void> {
  for (const name of ['@types/node', 'undici-types']) {
    await cp(join(root, 'node_modules', name), join(project, 'node_modules', name), { recursive: true });
  }
}

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe.each(['typescript', 'typescript-7'])(
  'core without middy, Powertools, the AWS SDK and their types, for %s',
  (name) => {
    it.each([
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ])(
      'type-checks with its declarations, module %s',
      (module, moduleResolution) => {
        const compiler = join(root, 'node_modules', name, 'bin/tsc');
        const how = [
          '--module',
          module,
          '--moduleResolution',
          moduleResolution,
          '--target',
          'es2023',
          '--types',
          'node',
        ];
        const strict = [
          '--strict',
          '--exactOptionalPropertyTypes',
          '--noEmit',
          '--skipLibCheck',
          'false',
          'consumer.ts',
        ];
        expect(run(compiler, ...how, ...strict, '--pretty', 'false')).toEqual({ status: 0, stdout: '', stderr: '' });
      },
      60_000,
    );
  },
);

it('core runs without middy, Powertools and the AWS SDK', () => {
  const { status, stdout, stderr } = run('consumer.ts');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({
    made: 7,
    recorded: ['START double', 'SUCCEED double', 'START text', 'SUCCEED text'],
    status: 'SUCCEEDED',
    output: { Status: 'SUCCEEDED', Result: '"order 14"' },
    withoutSdk: expect.stringContaining('@aws-sdk/client-lambda'),
  });
}, 60_000);
