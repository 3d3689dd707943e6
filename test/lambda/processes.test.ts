import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type MemoryBackend, memoryBackend } from '@middy-durable/backend';
import { SDK_VERSION } from '@middy-durable/core';
import { LambdaApiServer } from '../support/lambda-api-server.ts';

let backend: MemoryBackend;
let api: LambdaApiServer;
beforeEach(async () => {
  backend = memoryBackend();
  api = await LambdaApiServer.listen(backend);
});
afterEach(() => api.close());

/** Runs the text of a module in a process of its own, with an environment as Lambda gives it; its last line is the answer. */
async function inProcess(module: string, env: Record<string, string> = {}): Promise<unknown> {
  const options = ['--conditions=@middy-durable/source', '--disable-warning=ExperimentalWarning'];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...options, '--input-type=module', '--eval', module],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), env: { PATH: process.env.PATH, ...api.env, ...env } },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) as string);
}

/** Lets the backend invoke a function once; `invoke` gets the event as text. */
async function invokeOnce(invoke: (envelope: string) => Promise<unknown>): Promise<unknown> {
  let report: { output?: unknown } = {};
  const service = backend.service({
    invoke: async (_name, envelope) => {
      report = (await invoke(JSON.stringify(envelope))) as typeof report;
      return report.output;
    },
  });
  await service.start({ functionName: 'orders' });
  await service.tick();
  await service.idle();
  return report;
}

describe('a process', () => {
  it('has loaded nothing of the AWS SDK before the first request', async () => {
    const report = await invokeOnce((envelope) =>
      inProcess(`
        import { registerHooks } from 'node:module';
        const loaded = [];
        registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
        const { lambdaTransport, withDurableExecution } = await import('@middy-durable/core');
        const transport = lambdaTransport();
        const ofAws = () => loaded.filter((url) => /node_modules\\/(@aws-sdk|@smithy)\\//.test(url)).length;
        const counts = [loaded.length > 0, ofAws()];
        const handler = withDurableExecution(async (event, context) => {
          counts.push(ofAws());
          return context.step(async () => 1);
        }, { durableExecutionClient: transport });
        const output = await handler(${envelope}, {});
        counts.push(ofAws() > 10);
        console.log(JSON.stringify({ output, counts }));
      `),
    );
    expect(report).toEqual({ output: { Status: 'SUCCEEDED', Result: '1' }, counts: [true, 0, 0, true] });
  });

  it('talks to the service of its environment, and ends by itself although connections are kept', async () => {
    const report = await invokeOnce((envelope) =>
      inProcess(`
        import { lambdaTransport, withDurableExecution } from '@middy-durable/core';
        const handler = withDurableExecution(async (event, context) => {
          await context.step(async () => 1);
          await context.wait({ hours: 1 });
        }, { durableExecutionClient: lambdaTransport() });
        const output = await handler(${envelope}, {});
        const active = process.getActiveResourcesInfo().filter((kind) => kind !== 'PipeWrap');
        process.on('exit', () => console.log(JSON.stringify({ output, active })));
      `),
    );
    expect(report).toEqual({ output: { Status: 'PENDING' }, active: [] });
    const [first] = api.calls;
    expect(first?.headers['user-agent']).toContain(` middy-durable/${SDK_VERSION}`);
    expect(first?.headers['amz-sdk-request']).toBe('attempt=1; max=5');
    expect(first?.headers.authorization).toContain('/us-east-1/lambda/');
    expect(new Set(api.calls.map(({ connection }) => connection)).size).toBe(1);
  });

  it('says what to install where the AWS SDK is missing, and tries again when it is there', async () => {
    const report = await inProcess(`
      import { registerHooks } from 'node:module';
      import { lambdaTransport } from '@middy-durable/core';
      const hooks = registerHooks({
        resolve(specifier, context, next) {
          return next(specifier === '@aws-sdk/client-lambda' ? '@aws-sdk/not-installed' : specifier, context);
        },
      });
      const transport = lambdaTransport();
      const messages = [];
      for (const attempt of [1, 2]) {
        await transport
          .checkpoint({ DurableExecutionArn: 'arn:x', CheckpointToken: 'dA==' })
          .catch(({ name, message }) => messages.push(name + ': ' + message));
        hooks.deregister();
      }
      console.log(JSON.stringify(messages));
    `);
    expect(report).toEqual([
      expect.stringMatching(/^DurableExecutionClientError: .*can't be loaded: .*npm install @aws-sdk\/client-lambda/),
      expect.stringMatching(/^(InvalidParameterValue|Validation|ResourceNotFound)Exception: /),
    ]);
  });

  it('lets the environment say how often a request is tried', async () => {
    api.fault = () => ({ status: 500, type: 'ServiceException' });
    const report = await inProcess(
      `
        import { lambdaTransport } from '@middy-durable/core';
        const request = { DurableExecutionArn: 'arn:x', CheckpointToken: 'dA==' };
        const failure = await lambdaTransport().getExecutionState(request).catch((error) => error);
        console.log(JSON.stringify([failure.name, failure.$metadata.attempts]));
      `,
      { AWS_MAX_ATTEMPTS: '2' },
    );
    expect(report).toEqual(['ServiceException', 2]);
  });
});
