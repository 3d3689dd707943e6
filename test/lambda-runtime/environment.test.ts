import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { rejection } from '../support/error-chain.ts';
import { readLines } from './read-lines.ts';
import type { EnvironmentOptions } from './runtime/environment.ts';
import { LambdaFunction } from './runtime/lambda-function.ts';

// A process starts slowly on a busy machine.
jest.setTimeout(30_000);

describe('an execution environment', () => {
  let outside: string;
  let fn: LambdaFunction;
  let requests: number;
  const stop = new AbortController();

  beforeEach(() => {
    outside = mkdtempSync(join(tmpdir(), 'lambda-runtime-'));
    requests = 0;
  });
  afterEach(async () => {
    await fn.close();
    rmSync(outside, { recursive: true });
  });

  function deploy(handler: string, options: Partial<EnvironmentOptions> = {}): void {
    fn = new LambdaFunction({
      functionName: 'plain',
      handler: `plain.${handler}`,
      timeoutMs: 10_000,
      log: join(outside, 'log'),
      env: { OUTSIDE: outside },
      ...options,
    });
  }

  function invoke(event: object = {}, signal: AbortSignal = stop.signal): Promise<any> {
    return fn.invoke('plain', event as never, { requestId: `request-${++requests}`, signal });
  }

  const effects = (): string[] => readLines(join(outside, 'effects'));

  it('starts cold, is used again while warm, and has nothing open after an answer', async () => {
    deploy('counts');
    const first = await invoke();
    expect(first).toEqual({ pid: fn.newest.pid, calls: 1 });
    expect(await invoke()).toEqual({ pid: first.pid, calls: 2 });
    expect(fn.environments).toHaveLength(1);
    expect(fn.newest.openResources).toEqual([[], []]);
  });

  it('starts another process while the first one is at work', async () => {
    deploy('counts');
    const [one, two] = await Promise.all([invoke(), invoke()]);
    expect([one.calls, two.calls]).toEqual([1, 1]);
    expect(fn.environments).toHaveLength(2);
  });

  it('ends by itself when no invocation comes any more, unless the function left something open', async () => {
    deploy('counts');
    await invoke();
    expect(await fn.newest.dismiss()).toEqual({ code: 0, signal: null });

    deploy('leavesTimer');
    await invoke({ name: 'first', ms: 300 });
    expect(fn.newest.openResources).toEqual([['Timeout']]);
    expect(effects()).toEqual(['invoked first']);
    await fn.newest.dismiss();
    expect(effects()).toEqual(['invoked first', 'timer of first']);
  });

  it('gives the handler the context of Lambda', async () => {
    deploy('context');
    const { remaining, ...context } = await invoke();
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(10_000);
    expect(context).toMatchObject({
      awsRequestId: 'request-1',
      functionName: 'plain',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:plain',
      memoryLimitInMB: '512',
    });
  });

  it('reports what the handler threw, and stays warm', async () => {
    deploy('throws');
    const error = await rejection(invoke());
    expect(error).toMatchObject({ errorType: 'TypeError', errorMessage: 'no such order' });
    expect(error.stack).toContain('plain.ts');
    await rejection(invoke());
    expect(fn.environments).toHaveLength(1);
  });

  it('reports a module without the handler', async () => {
    deploy('missing');
    expect(await rejection(invoke())).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'function.handlers.missing is undefined or not exported',
    });
    expect(fn.newest.dead).toBe(true);
  });

  it.each([
    ['exits', 'exit status 3'],
    ['throwsBeside', 'exit status 1'],
    ['rejectsBeside', 'exit status 1'],
    ['killsItself', 'signal: killed'],
  ])('reports a process that died: %s', async (handler, reason) => {
    deploy(handler);
    expect(await rejection(invoke())).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: request-1 Error: Runtime exited with error: ${reason}`,
    });
    await rejection(invoke());
    expect(fn.environments).toHaveLength(2);
  });

  it('kills at the deadline, even what never gives the event loop a turn', async () => {
    deploy('spins', { timeoutMs: 200 });
    const error = await rejection(invoke());
    expect(error).toMatchObject({ errorType: 'Sandbox.Timedout' });
    expect(error.message).toMatch(/^RequestId: request-1 Error: Task timed out after 0\.\d\d seconds$/);
    expect(await fn.newest.gone).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('kills when who invoked gives up', async () => {
    deploy('spins');
    const given = new AbortController();
    const failure = rejection(invoke({}, given.signal));
    await fn.settled();
    given.abort();
    expect(await failure).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  it('is frozen between invocations: a timer fires in the next one, however late', async () => {
    deploy('leavesTimer');
    await invoke({ name: 'first', ms: 300 });
    expect(fn.newest.frozen).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(effects()).toEqual(['invoked first']);
    await invoke({ name: 'second', ms: 0, until: 'first' });
    expect(effects().sort()).toEqual(['invoked first', 'invoked second', 'timer of first']);
  });
});
