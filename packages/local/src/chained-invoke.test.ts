import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createService, type LocalBackend, localBackend, type OutputLine, processInvoker } from './index.ts';

/** `orders` calls the durable `bills`, which is killed once, and the ordinary `tax`; in the calls of the protocol. */
const HANDLERS = `
const invocation = async (event, context) => {
  const { durableExecutionClient: client, DurableExecutionArn, InitialExecutionState } = event;
  console.log(context.functionName, 'tenant', context.tenantId, 'pid', process.pid);
  const operations = new Map(InitialExecutionState.Operations.map((operation) => [operation.Id, operation]));
  let CheckpointToken = event.CheckpointToken;
  const checkpoint = async (...Updates) => {
    const answer = await client.checkpoint({ DurableExecutionArn, CheckpointToken, Updates });
    CheckpointToken = answer.CheckpointToken;
    for (const operation of answer.NewExecutionState.Operations) operations.set(operation.Id, operation);
  };
  const call = (Id, FunctionName, Payload) => ({
    Id, Type: 'CHAINED_INVOKE', Action: 'START', Payload, ChainedInvokeOptions: { FunctionName, TenantId: 'blue' },
  });
  return { operations, checkpoint, call, input: InitialExecutionState.Operations[0].ExecutionDetails.InputPayload };
};
export const handler = async (event, context) => {
  const { operations, checkpoint, call } = await invocation(event, context);
  if (!operations.has('bill')) {
    await checkpoint(call('bill', 'bills', '{"amount":7}'), call('tax', 'tax:$LATEST', '{"amount":7}'), call('rate', 'rates'), call('none', 'nobody'));
  }
  const calls = ['bill', 'tax', 'rate', 'none'].map((id) => operations.get(id));
  if (calls.some(({ Status }) => Status === 'STARTED')) return { Status: 'PENDING' };
  const outcomes = calls.map(({ Status, ChainedInvokeDetails: { Result, Error } }) => [Status, Result ?? Error.ErrorMessage]);
  return { Status: 'SUCCEEDED', Result: JSON.stringify(outcomes) };
};
export const functions = {
  bills: {
    handler: async (event, context) => {
      const { operations, checkpoint, input } = await invocation(event, context);
      if (!operations.has('pay')) {
        await checkpoint({ Id: 'pay', Type: 'STEP', Action: 'START' }, { Id: 'pay', Type: 'STEP', Action: 'SUCCEED', Payload: '"paid"' });
        process.kill(process.pid, 'SIGKILL');
      }
      return { Status: 'SUCCEEDED', Result: JSON.stringify([input, operations.get('pay').StepDetails.Result]) };
    },
  },
};
export const tax = async ({ amount }, context) => ({ tax: amount * 2, tenant: context.tenantId, pid: process.pid !== undefined });
`;

describe('chained invokes between processes', () => {
  let dir: string;
  let backend: LocalBackend;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'local-chained-'));
    backend = localBackend({ file: join(dir, 'executions.db') });
    writeFileSync(join(dir, 'handlers.mjs'), HANDLERS);
  });
  afterEach(async () => {
    await backend.store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it.each<[string, () => { store: string } | { client: LocalBackend['client'] }]>([
    ['open the file', () => ({ store: backend.store.file })],
    ['send their calls here', () => ({ client: backend.client })],
  ])(
    'a durable child, killed once, and an ordinary function give their results, where handlers %s',
    async (_, transport) => {
      const lines: OutputLine[] = [];
      const module = join(dir, 'handlers.mjs');
      const invoke = processInvoker({
        handlers: {
          orders: module,
          bills: { module, export: 'functions.bills.handler' },
          tax: { module, export: 'tax', durable: false },
        },
        functions: { rates: { durable: false, handler: () => `from process ${process.pid}` } },
        ...transport(),
        onOutput: (line) => lines.push(line),
      });
      expect(invoke.functions).toEqual({
        orders: { durable: true },
        bills: { durable: true },
        tax: { durable: false },
        rates: { durable: false, handler: expect.any(Function) },
      });
      const service = createService({ backend, invoke });
      const stop = new AbortController();
      const running = service.run({ signal: stop.signal, pollSeconds: 0.05 });
      const { DurableExecutionArn: arn } = await service.start({ functionName: 'orders' });
      while ((await backend.executions.get(arn)).Status === 'RUNNING')
        await new Promise((resolve) => setTimeout(resolve, 20));
      stop.abort();
      await running;
      const { Status, Result } = await backend.executions.get(arn);
      expect([Status, JSON.parse(Result ?? 'null')]).toEqual([
        'SUCCEEDED',
        [
          ['SUCCEEDED', '["{\\"amount\\":7}","\\"paid\\""]'],
          ['SUCCEEDED', '{"tax":14,"tenant":"blue","pid":true}'],
          ['SUCCEEDED', `"from process ${process.pid}"`],
          ['FAILED', 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody:$LATEST'],
        ],
      ]);
      const { DurableExecutions } = await backend.executions.list();
      const listed = DurableExecutions.map(({ FunctionArn, Status: status }) => [FunctionArn.split(':')[6], status]);
      expect(listed.sort()).toEqual([
        ['bills', 'SUCCEEDED'],
        ['orders', 'SUCCEEDED'],
      ]);
      const billed = lines.filter(({ functionName }) => functionName === 'bills');
      expect(billed.map(({ line }) => line.split(' pid ')[0])).toEqual(['bills tenant blue', 'bills tenant blue']);
      const pids = new Set(lines.map(({ pid }) => pid));
      expect(pids.size).toBe(lines.length);
    },
  );
});
