import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createService, type OutputLine, processInvoker, type Service, sqliteStore } from './index.ts';
import { type LocalBackend, localBackend } from './local-backend.ts';

/** Pays once and waits for an approval, in the calls of the protocol. Dies in its first invocation after it has paid. */
const HANDLER = `
export const handler = async (event) => {
  const { durableExecutionClient: client, DurableExecutionArn, InitialExecutionState } = event;
  const done = new Map(InitialExecutionState.Operations.map((operation) => [operation.Id, operation]));
  let token = event.CheckpointToken;
  const checkpoint = async (...Updates) => {
    const answer = await client.checkpoint({ DurableExecutionArn, CheckpointToken: token, Updates });
    token = answer.CheckpointToken;
    return answer.NewExecutionState.Operations;
  };
  console.log('invocation', event.InvocationCount, 'knows', [...done.keys()].length - 1);
  if (!done.has('pay')) {
    console.log('paying');
    await checkpoint({ Id: 'pay', Type: 'STEP', Action: 'START' }, { Id: 'pay', Type: 'STEP', Action: 'SUCCEED', Payload: '42' });
    process.kill(process.pid, 'SIGKILL');
  }
  const approval = done.get('approval');
  if (!approval) {
    const [{ CallbackDetails }] = await checkpoint({ Id: 'approval', Type: 'CALLBACK', Action: 'START' });
    console.log('callback', CallbackDetails.CallbackId);
  }
  if (approval?.Status !== 'SUCCEEDED') return { Status: 'PENDING' };
  return { Status: 'SUCCEEDED', Result: JSON.stringify([done.get('pay').StepDetails.Result, approval.CallbackDetails.Result]) };
};
`;

describe('localBackend', () => {
  let dir: string;
  let file: string;
  let backend: LocalBackend;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'local-backend-'));
    file = join(dir, 'data', 'executions.db');
    backend = localBackend({ file });
  });
  afterEach(async () => {
    await backend.store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('opens the file at the first call', async () => {
    expect(existsSync(file)).toBe(false);
    const { created } = await backend.executions.start({ functionName: 'orders', name: 'order-1', input: '{}' });
    expect(created).toBe(true);
    expect(backend.store.file).toBe(file);
    expect(existsSync(file)).toBe(true);
  });

  it('knows its executions after a restart', async () => {
    const request = { functionName: 'orders', name: 'order-1', input: '{"id":1}' };
    const { DurableExecutionArn } = await backend.executions.start(request);
    await backend.store.close();
    backend = localBackend({ file });
    expect(await backend.executions.start(request)).toEqual({ DurableExecutionArn, created: false });
    await expect(backend.executions.start({ ...request, input: '{"id":2}' })).rejects.toMatchObject({
      name: 'DurableExecutionAlreadyStartedException',
    });
    expect(await backend.executions.get(DurableExecutionArn)).toMatchObject({
      Status: 'RUNNING',
      InputPayload: '{"id":1}',
    });
  });

  it('passes the options of a backend on', async () => {
    await backend.store.close();
    backend = localBackend({ file, functionArn: { region: 'eu-central-1' } });
    const { DurableExecutionArn } = await backend.executions.start({ functionName: 'orders' });
    expect(DurableExecutionArn).toContain(':eu-central-1:');
  });

  it('answers with the error of its file', async () => {
    await backend.store.close();
    writeFileSync(join(dir, 'notes.txt'), 'nothing to see');
    backend = localBackend({ file: join(dir, 'notes.txt') });
    await expect(backend.executions.list()).rejects.toThrow('is not an SQLite database');
  });

  describe('with a service and one process for each invocation', () => {
    let service: Service;
    let lines: OutputLine[];

    function serve(makeTransport: () => { store: string } | { client: LocalBackend['client'] }): void {
      const module = join(dir, 'handler.mjs');
      writeFileSync(module, HANDLER);
      lines = [];
      const invoke = processInvoker({
        handlers: { orders: module },
        ...makeTransport(),
        onOutput: (line) => lines.push(line),
      });
      service = createService({ backend, invoke });
    }

    /** Ticks until nothing is due at once. */
    async function settle(): Promise<void> {
      do {
        await service.tick();
        await service.idle();
      } while (((await backend.store.nextDue()) ?? Number.POSITIVE_INFINITY) <= Date.now());
    }

    it.each([
      ['that opens the file', () => ({ store: file })],
      ['whose calls come here', () => ({ client: backend.client })],
    ])('a handler %s pays once, though it is killed, and ends when it is approved', async (_, makeTransport) => {
      serve(makeTransport);
      const { DurableExecutionArn } = await service.start({ functionName: 'orders', name: 'order-1' });
      await settle();
      expect((await backend.executions.get(DurableExecutionArn)).Status).toBe('RUNNING');

      const callbackId = lines.find(({ line }) => line.startsWith('callback '))?.line.slice('callback '.length) ?? '';
      // Somebody else's process: another connection to the file.
      const outside = localBackend({ file });
      await outside.callbacks.succeed(callbackId, '"yes"');
      await outside.store.close();
      await settle();

      expect(await backend.executions.get(DurableExecutionArn)).toMatchObject({
        Status: 'SUCCEEDED',
        Result: JSON.stringify(['42', '"yes"']),
      });
      const said = lines.map(({ line }) => line).filter((line) => !line.startsWith('callback'));
      expect(said).toEqual(['invocation 1 knows 0', 'paying', 'invocation 2 knows 1', 'invocation 3 knows 2']);
      const { Events } = await backend.executions.history(DurableExecutionArn);
      expect(Events.map(({ EventType }) => EventType)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'StepSucceeded',
        'InvocationCompleted',
        'CallbackStarted',
        'InvocationCompleted',
        'CallbackSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
      expect(Events[3]?.InvocationCompletedDetails?.Error?.Payload?.ErrorType).toBe('Runtime.ExitError');
    });

    it('fails an execution whose function has no handler, at once', async () => {
      serve(() => ({ store: file }));
      const { DurableExecutionArn } = await service.start({ functionName: 'bills' });
      await settle();
      expect(await backend.executions.get(DurableExecutionArn)).toMatchObject({
        Status: 'FAILED',
        Error: { ErrorType: 'ResourceNotFoundException' },
      });
    });
  });

  it('shares its file with a plain store', async () => {
    await backend.executions.start({ functionName: 'orders', name: 'order-1' });
    const store = sqliteStore({ file });
    expect(await store.list({ limit: 10 })).toMatchObject([{ functionName: 'orders', name: 'order-1' }]);
    await store.close();
  });
});
