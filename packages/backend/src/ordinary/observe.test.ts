import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  PENDING,
  startCallback,
  startStep,
  startWait,
  succeeded,
  succeedStep,
} from '../../test-support/function-side.ts';
import { begin, deliver, failed, pendingAnswer } from '../../test-support/ordinary-invocations.ts';
import { type World, worldOn, worlds } from '../../test-support/world.ts';
import { memoryStore } from '../memory-store.ts';

const options = { mode: 'observe' } as const;

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('an observed invocation', () => {
  const make = worlds(memoryStore);
  let warn: ReturnType<typeof jest.spyOn>;
  beforeEach(() => {
    warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  });
  afterEach(() => warn.mockRestore());
  const other = (world: World): World => worldOn(world.store, world.clock);

  it('is on record when it has answered, as any other', async () => {
    const world = await make();
    const side = await begin(world, { options });
    await side.checkpoint(startStep('s'), succeedStep('s', '1'));
    await side.checkpoint(startWait('w', 5));
    world.clock.jump(5000);
    await side.checkpoint();
    expect(side.status('w')).toBe('SUCCEEDED');
    expect(await side.close(succeeded('2'), { value: 2 })).toBe(2);
    const reader = other(world);
    expect(await reader.history(side.arn)).toEqual([
      'ExecutionStarted',
      'StepStarted',
      'StepSucceeded',
      'WaitStarted',
      'WaitSucceeded',
      'InvocationCompleted',
      'ExecutionSucceeded',
    ]);
    expect(await reader.status(side.arn)).toBe('SUCCEEDED');
    expect(world.statusChanges.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(world.clock.timers).toBe(0);
    expect(warn).not.toHaveBeenCalled();
  });

  it('attaches to nothing and resumes nothing', async () => {
    const world = await make();
    const one = await begin(world, { options });
    const two = await begin(world, { options });
    await expect(one.close(failed('once'))).rejects.toThrow('once');
    expect(await two.close(succeeded('2'))).toBe(2);
    const three = await begin(world, { options });
    expect(new Set([one.arn, two.arn, three.arn]).size).toBe(3);
    expect([...three.operations]).toHaveLength(1);
    const durable = await begin(world);
    expect(durable.envelope.InvocationCount).toBe(1);
  });

  it('does not wait for a store that hangs', async () => {
    const world = await make();
    world.store.before('create', () => new Promise(() => {}));
    const side = await begin(world, { options });
    await side.checkpoint(startStep('s'), succeedStep('s'));
    const closed = side.close(succeeded('1'), { value: 1 });
    await turns();
    world.clock.advance(1000);
    expect(await closed).toBe(1);
    expect(await world.store.list({ limit: 9 })).toEqual([]);
  });

  it.each(['create', 'append'] as const)('goes on when %s of the store fails, and warns once', async (method) => {
    const world = await make();
    world.store.fail(method, 'fails', 9);
    const side = await begin(world, { options });
    await side.checkpoint(startStep('s'));
    await side.checkpoint(succeedStep('s', '1'));
    expect(await side.close(succeeded('1'), { value: 1 })).toBe(1);
    expect(warn.mock.calls).toEqual([
      [
        `The record of ${side.arn} is incomplete (mode 'observe'; its handler is not affected): ${method} could not reach ` +
          "the disk. Before you leave mode 'observe', see to it that this function can reach and write the backend's store.",
      ],
    ]);
    // No hole in what is on record.
    expect(world.store.calls.get('append') ?? 0).toBe(method === 'append' ? 1 : 0);
  });

  it.each(['create', 'append'] as const)('does not mind that the answer of %s was lost', async (method) => {
    const world = await make();
    world.store.fail(method, 'lost');
    const side = await begin(world, { options });
    await side.checkpoint(startStep('s'), succeedStep('s'));
    await side.close(succeeded('1'));
    expect(warn).not.toHaveBeenCalled();
    expect(await other(world).history(side.arn)).toHaveLength(5);
  });

  it('gets what somebody outside did to its callback', async () => {
    const world = await make();
    const side = await begin(world, { options });
    await side.checkpoint(startCallback('cb'));
    await turns();
    const outside = other(world);
    await outside.backend.callbacks.heartbeat(side.callbackId('cb'));
    await outside.backend.callbacks.succeed(side.callbackId('cb'), '"yes"');
    await expect(outside.backend.callbacks.succeed(side.callbackId('cb'))).rejects.toMatchObject({
      name: 'CallbackTimeoutException',
    });
    for (let poll = 0; poll < 3; poll++) {
      await side.checkpoint();
      await turns();
    }
    expect(side.operations.get('cb')).toMatchObject({ Status: 'SUCCEEDED', CallbackDetails: { Result: '"yes"' } });
    await side.close(succeeded());
    expect(await outside.history(side.arn)).toContain('CallbackSucceeded');
  });

  it('has callbacks that time out, whatever the store does', async () => {
    const world = await make();
    world.store.fail('outside', 'fails', 9);
    const side = await begin(world, { options });
    await side.checkpoint(startCallback('cb', 5));
    world.clock.jump(5000);
    await side.checkpoint();
    expect(side.status('cb')).toBe('TIMED_OUT');
    await side.close(succeeded());
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it('gets the result of what it calls from the loop', async () => {
    const world = await make({ functions: { bills: { durable: false, handler: async () => ({ paid: true }) } } });
    const side = await begin(world, { options });
    const ChainedInvokeOptions = { FunctionName: 'bills' };
    await side.checkpoint({ Id: 'call', Type: 'CHAINED_INVOKE', Action: 'START', ChainedInvokeOptions });
    await turns();
    await world.settle();
    for (let poll = 0; poll < 3; poll++) {
      await side.checkpoint();
      await turns();
    }
    expect(side.operations.get('call')?.ChainedInvokeDetails?.Result).toBe('{"paid":true}');
    await side.close(succeeded());
    await world.runOut();
    expect(world.envelopes).toHaveLength(0);
  });

  it.each([20_000, undefined])(
    'that died is ended by the loop and never invoked again (%s ms left)',
    async (remainingMs) => {
      const world = await make({ executionTimeout: 3600 });
      const opened = await world.backend.open(
        { n: 7 },
        { functionName: 'orders', ...(remainingMs && { getRemainingTimeInMillis: () => remainingMs }) },
        options,
      );
      await turns();
      const arn = 'run' in opened ? opened.run.DurableExecutionArn : '';
      const start = world.clock.now();
      await world.runOut();
      expect(world.envelopes).toHaveLength(0);
      expect(await other(world).status(arn)).toBe('TIMED_OUT');
      expect(world.clock.now() - start).toBe(remainingMs === undefined ? 3_600_000 : remainingMs + 2000);
    },
  );

  it('tells who stopped its record, and is not stopped', async () => {
    const world = await make();
    const side = await begin(world, { options });
    await turns();
    await other(world).backend.executions.stop(side.arn);
    await side.checkpoint(startStep('s'), succeedStep('s'));
    expect(await side.close(succeeded('1'), { value: 1 })).toBe(1);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(await other(world).status(side.arn)).toBe('STOPPED');
  });

  it('is abandoned like any other, and ends with its time', async () => {
    const world = await make();
    const side = await begin(world, { options });
    await side.inline.abandon(new Error('The handler hung.'));
    expect(await other(world).history(side.arn)).toEqual(['ExecutionStarted', 'InvocationCompleted']);
  });

  it('answers PENDING with the pending response', async () => {
    const world = await make();
    const side = await begin(world, { options });
    await side.checkpoint(startWait('w', 5));
    expect(await side.close(PENDING)).toEqual(pendingAnswer(side.arn));
    expect(await deliver(world, { options })).not.toHaveProperty('answer');
  });
});
