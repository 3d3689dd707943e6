import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createService, type LocalBackend, localBackend } from '@middy-durable/local';

const module = (path: string): string => JSON.stringify(new URL(`../../packages/${path}`, import.meta.url).href);

/** Delivers one message to a handler and prints the answer. `dies` names the step in which the process is killed. */
const INVOCATION = `
import { appendFileSync } from 'node:fs';
import { withDurableExecution } from ${module('core/src/index.ts')};
import { localBackend } from ${module('local/src/index.ts')};
const [file, effects, awsRequestId, dies] = process.argv.slice(2);
const backend = localBackend({ file });
const step = (name) => async () => {
  appendFileSync(effects, name + '\\n');
  if (name === dies) process.kill(process.pid, 'SIGKILL');
  return name;
};
const handler = withDurableExecution(async (event, context) => {
  const charged = await context.step('charge', step('charge'));
  if (dies === 'wait') await context.wait({ seconds: 1 });
  return [charged, await context.step('ship', step('ship'))];
}, { durableExecutionClient: backend.client });
const event = { Records: [{ messageId: 'message-7', body: 'seven', eventSource: 'aws:sqs' }] };
const context = { functionName: 'orders', awsRequestId, getRemainingTimeInMillis: () => 60_000 };
const opened = await backend.open(event, context);
const answer = 'answer' in opened ? opened.answer : await opened.inline.close(await handler(opened.run, context));
console.log(JSON.stringify(answer));
await backend.store.close();
`;

jest.setTimeout(60_000); // Processes are started, on a machine that may be busy.

describe('ordinary invocations of several processes on one file', () => {
  let dir: string;
  let backend: LocalBackend;
  const path = (name: string): string => join(dir, name);
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ordinary-processes-'));
    writeFileSync(path('invocation.mjs'), INVOCATION);
    appendFileSync(path('effects'), '');
    backend = localBackend({ file: path('runs.db') });
  });
  afterEach(async () => {
    await backend.store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** The answer of an invocation in a process of its own, undefined when that was killed. */
  function invoke(requestId: string, dies = 'nowhere'): Promise<unknown> {
    const child = spawn(
      process.execPath,
      [
        '--conditions=@middy-durable/source',
        '--disable-warning=ExperimentalWarning',
        ...[path('invocation.mjs'), path('runs.db'), path('effects'), requestId, dies],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (signal === 'SIGKILL') resolve(undefined);
        else if (code === 0) resolve(JSON.parse(output));
        else reject(new Error(`The process ended with ${code ?? signal}.`));
      });
    });
  }
  const effects = (): string[] => readFileSync(path('effects'), 'utf8').trim().split('\n');

  it('go on after a kill: Lambda repeats the request, and others wait meanwhile', async () => {
    expect(await invoke('one', 'ship')).toBeUndefined();
    expect(await invoke('two')).toMatchObject({ status: 'RUNNING', batchItemFailures: [] });
    expect(await invoke('one')).toEqual(['charge', 'ship']);
    expect(await invoke('two')).toEqual(['charge', 'ship']);
    expect(effects()).toEqual(['charge', 'ship', 'ship']);
    expect((await backend.executions.list()).DurableExecutions).toHaveLength(1);
  });

  it('are one run when they come at once', async () => {
    const answers = await Promise.all([invoke('one'), invoke('two'), invoke('three')]);
    expect(answers.filter((answer) => Array.isArray(answer)).length).toBeGreaterThanOrEqual(1);
    expect(effects()).toEqual(['charge', 'ship']);
    expect(await invoke('four')).toEqual(['charge', 'ship']);
  });

  it('suspend, and the loop of another process goes on', async () => {
    expect(await invoke('one', 'wait')).toMatchObject({ status: 'RUNNING' });
    const stop = new AbortController();
    const service = createService({
      backend,
      invoke: async (functionName, envelope) => {
        setImmediate(() => stop.abort());
        const done = envelope.InitialExecutionState.Operations?.filter(({ Status }) => Status === 'SUCCEEDED');
        return { Status: 'SUCCEEDED', Result: JSON.stringify([functionName, done?.map(({ Type }) => Type)]) };
      },
    });
    await service.run({ signal: stop.signal });
    await service.close();
    expect(await invoke('two')).toEqual(['orders', ['STEP', 'WAIT']]);
    expect(effects()).toEqual(['charge']);
  });
});
