import { describe, expect, it } from '@jest/globals';
import { operationId } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { CallbackError, CallbackExternalError, CallbackTimeoutError } from '../errors.ts';
import type { CreateCallbackConfig } from '../types.ts';

async function untilPending(run: DurableRun): Promise<void> {
  expect((await run.invoke()).output).toEqual({ Status: 'PENDING' });
}

describe('createCallback', () => {
  it('is a tuple of the result and the id, which also have names', async () => {
    const run = new DurableRun(async (context) => {
      const callback = await context.createCallback('approval');
      const [result, id] = callback;
      expect(callback).toHaveLength(2);
      expect(callback.callbackId).toBe(id);
      expect(callback.result()).toBe(result);
      return [id, await result];
    });
    await untilPending(run);
    const id = run.service.operation('1')?.CallbackDetails?.CallbackId;
    run.service.succeedCallback('1', 'yes');
    expect(await run.result()).toEqual([id, 'yes']);
  });

  it('records its options; what is not given is left out', async () => {
    const run = new DurableRun(async (context) => {
      await context.createCallback('a', { timeout: { days: 3 }, heartbeatTimeout: { minutes: 5 } });
      await context.createCallback();
      await context.createCallback(undefined, { timeout: undefined });
    });
    await run.finish();
    const common = { Type: 'CALLBACK', SubType: 'Callback', Action: 'START' };
    expect(run.service.updates).toEqual([
      {
        Id: operationId('1'),
        Name: 'a',
        ...common,
        CallbackOptions: { TimeoutSeconds: 259_200, HeartbeatTimeoutSeconds: 300 },
      },
      { Id: operationId('2'), ...common, CallbackOptions: {} },
      { Id: operationId('3'), ...common, CallbackOptions: {} },
    ]);
  });

  it('is durable before its id is known', async () => {
    const run = new DurableRun(async (context, { service }) => {
      await context.createCallback();
      return service.operation('1')?.Status;
    });
    expect(await run.result()).toBe('STARTED');
  });

  it.each<[string, string | undefined, unknown]>([
    ['text as it came', '{"a":1}', '{"a":1}'],
    ['empty text', '', ''],
    ['nothing', undefined, null],
  ])('hands on %s', async (_name, sent, expected) => {
    const run = new DurableRun(async (context) => [await (await context.createCallback()).result()]);
    await untilPending(run);
    run.service.succeedCallback('1', sent);
    expect(await run.result()).toEqual([expected]);
  });

  it('reads with its own deserializer, or the context’s', async () => {
    const json = { deserialize: async (text?: string) => JSON.parse(text ?? 'null') };
    const run = new DurableRun(async (context) => {
      const own = await context.createCallback('own', { serdes: json });
      context.configureSerdes({ defaultCallbackDeserializer: { deserialize: async (text) => `default ${text}` } });
      const byDefault = await context.createCallback('default');
      return Promise.all([own.result(), byDefault.result()]);
    });
    await untilPending(run);
    run.service.succeedCallback('1', '{"a":1}');
    run.service.succeedCallback('2', 'text');
    expect(await run.result()).toEqual([{ a: 1 }, 'default text']);
  });

  it.each<[string, unknown]>([
    ['throws', () => JSON.parse('{')],
    ['rejects', async () => JSON.parse('{')],
  ])('a deserializer that %s rejects the result', async (_name, deserialize) => {
    const run = new DurableRun(async (context) => {
      const [result] = await context.createCallback('a', { serdes: { deserialize } as never });
      return result.catch((error) => [error instanceof CallbackError, (error as Error).message]);
    });
    await untilPending(run);
    run.service.succeedCallback('1', '{');
    expect(await run.result()).toEqual([true, expect.stringContaining('Deserialization failed for step "a" (1): ')]);
  });

  const errorOf = (config?: CreateCallbackConfig): { run: DurableRun; errors: CallbackError[] } => {
    const errors: CallbackError[] = [];
    const run = new DurableRun(async (context) => {
      const [result] = await context.createCallback(config);
      await result.catch((error) => errors.push(error as CallbackError));
      await context.wait({ seconds: 1 });
    });
    return { run, errors };
  };

  it('failed from outside: CallbackExternalError, the same on replay', async () => {
    const { run, errors } = errorOf();
    await untilPending(run);
    run.service.failCallback('1', {
      ErrorType: 'Rejected',
      ErrorMessage: 'too dear',
      ErrorData: '{"by":"ann"}',
      StackTrace: ['at x'],
    });
    await run.finish();
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(error).toBeInstanceOf(CallbackExternalError);
      expect(error).toMatchObject({ message: 'too dear', errorData: '{"by":"ann"}' });
      expect(error.cause).toMatchObject({ name: 'Rejected', message: 'too dear', stack: 'at x' });
    }
  });

  it('failed without an error: says that it failed', async () => {
    const { run, errors } = errorOf();
    await untilPending(run);
    run.service.failCallback('1');
    await run.finish();
    expect(errors[0]).toMatchObject({
      name: 'CallbackExternalError',
      message: 'Callback failed',
      cause: { name: 'Error' },
    });
  });

  it('timed out: CallbackTimeoutError, when the time is over', async () => {
    const { run, errors } = errorOf({ timeout: { minutes: 3 } });
    const began = run.runtime.now();
    await run.finish();
    expect(run.runtime.now() - began).toBe(181_000);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toBeInstanceOf(CallbackTimeoutError);
    expect(errors[0]).toMatchObject({ message: 'Callback timed out', cause: { name: 'Callback.Timeout' } });
  });

  it('without heartbeats: CallbackTimeoutError', async () => {
    const { run, errors } = errorOf({ heartbeatTimeout: { seconds: 30 } });
    await run.finish();
    expect(errors[0]).toMatchObject({ name: 'CallbackTimeoutError', cause: { name: 'Callback.Heartbeat' } });
  });

  it('whose result nobody awaits may fail without harm', async () => {
    const run = new DurableRun(async (context) => {
      await context.createCallback({ timeout: { seconds: 1 } });
      await context.wait({ seconds: 5 });
      return 'done';
    });
    expect(await run.result()).toBe('done');
  });

  it('is looked at while a step keeps the invocation alive, less and less often', async () => {
    const moments: number[] = [];
    const run = new DurableRun(async (context, { runtime }) => {
      const [result] = await context.createCallback();
      await Promise.all([context.step(() => runtime.sleep(20_000)), result]);
    });
    const began = run.runtime.now();
    run.service.faults.before = ({ Updates }) => {
      if (Updates?.length === 0) moments.push(run.runtime.now() - began);
    };
    await run.invoke();
    expect(moments).toEqual([1000, 2000, 4000, 7000, 11_000, 16_000]);
  });

  it('goes on in the same invocation when it is completed meanwhile', async () => {
    const run = new DurableRun(async (context, { runtime, service }) => {
      const [result] = await context.createCallback();
      const step = context.step(async () => {
        await runtime.sleep(1500);
        service.succeedCallback('1', 'yes');
        await runtime.sleep(10_000);
      });
      const answer = await result;
      await step;
      return answer;
    });
    expect(await run.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '"yes"' }, ms: 11_500 });
  });

  it.each<[string, unknown, string]>([
    ['timeout of no length', { timeout: { seconds: 0 } }, 'createCallback "a": timeout: bad duration'],
    ['a timeout of 0', { timeout: 0 }, 'createCallback "a": timeout: bad duration 0'],
    ['an empty heartbeat', { heartbeatTimeout: '' }, 'createCallback "a": heartbeatTimeout: bad duration ""'],
    ['a heartbeat that is no duration', { heartbeatTimeout: 5 }, 'createCallback "a": heartbeatTimeout: bad duration'],
    ['a serdes that can not read', { serdes: {} }, 'option serdes must be an object with a deserialize function'],
    ['options that are no object', 'x', 'the options must be an object'],
  ])('%s: rejects before anything is sent', async (_name, config, message) => {
    const run = new DurableRun((context) =>
      context.createCallback('a', config as never).then(
        () => 'no error',
        (error) => (error as Error).message,
      ),
    );
    expect(await run.result()).toContain(message);
    expect(run.service.requests).toEqual([]);
  });

  it('a backend that gives no id: an error that names the operation', async () => {
    const run = new DurableRun((context) =>
      context.createCallback('a').then(
        () => 'no error',
        (error) => [error instanceof CallbackError, (error as Error).message],
      ),
    );
    run.service.faults.after = (response) => ({ ...response, NewExecutionState: { Operations: [] } });
    expect(await run.result()).toEqual([true, 'No callback ID found for started callback: 1']);
  });
});
