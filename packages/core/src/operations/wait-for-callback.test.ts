import { describe, expect, it } from '@jest/globals';
import { operationId } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { nameOf } from '../../../../test/support/errors.ts';
import { retryPresets } from '../retry.ts';
import type { WaitForCallbackConfig } from '../types.ts';

const once = { retryStrategy: retryPresets.noRetry };

function run(
  config?: WaitForCallbackConfig<unknown>,
  submitter = async (_id: string): Promise<void> => {},
): DurableRun {
  return new DurableRun(async (context) => {
    const seen = await context
      .waitForCallback('approval', submitter, config)
      .catch((error) => `${nameOf(error)}: ${(error as Error).message}`);
    await context.wait({ seconds: 1 });
    return seen;
  });
}

describe('waitForCallback', () => {
  it('is a context with an anonymous callback and an anonymous step', async () => {
    const submitted: string[] = [];
    const execution = run(
      { timeout: { days: 3 }, heartbeatTimeout: { hours: 1 } },
      async (id) => void submitted.push(id),
    );
    await execution.invoke();
    const parts = [
      execution.service.operation('1'),
      execution.service.operation('1-1'),
      execution.service.operation('1-2'),
    ];
    expect(parts.map((part) => [part?.Type, part?.SubType, part?.Name, part?.ParentId])).toEqual([
      ['CONTEXT', 'WaitForCallback', 'approval', undefined],
      ['CALLBACK', 'Callback', undefined, operationId('1')],
      ['STEP', 'Step', undefined, operationId('1')],
    ]);
    expect(submitted).toEqual([parts[1]?.CallbackDetails?.CallbackId]);
    const start = execution.service.updates.find(({ Type }) => Type === 'CALLBACK');
    expect(start?.CallbackOptions).toEqual({ TimeoutSeconds: 259_200, HeartbeatTimeoutSeconds: 3600 });
  });

  it('resolves to the text, recorded as JSON text in its context', async () => {
    const execution = run();
    await execution.invoke();
    execution.service.succeedCallback('1-1', '{"ok":true}');
    expect(await execution.result()).toBe('{"ok":true}');
    expect(execution.service.operation('1')?.ContextDetails?.Result).toBe('"{\\"ok\\":true}"');
  });

  it('reads the text with its serdes, also on replay', async () => {
    const read: unknown[] = [];
    const execution = run({
      serdes: {
        deserialize: async (text) => {
          read.push(text);
          return JSON.parse(text as string);
        },
      },
    });
    await execution.invoke();
    execution.service.succeedCallback('1-1', '{"ok":true}');
    expect(await execution.result()).toEqual({ ok: true });
    expect(read).toEqual(['{"ok":true}', '{"ok":true}']);
  });

  it('records the raw text when the context has a deserializer', async () => {
    const execution = new DurableRun((context) => {
      context.configureSerdes({
        defaultCallbackDeserializer: { deserialize: async (text) => JSON.parse(text ?? 'null') },
      });
      return context.waitForCallback(async () => {});
    });
    await execution.invoke();
    execution.service.succeedCallback('1-1', '{"ok":true}');
    expect(await execution.result()).toEqual({ ok: true });
    expect(execution.service.operation('1')?.ContextDetails?.Result).toBe('{"ok":true}');
  });

  it('a completion without a result is undefined', async () => {
    const execution = new DurableRun(async (context) => [await context.waitForCallback(async () => {})]);
    await execution.invoke();
    execution.service.succeedCallback('1-1');
    expect(await execution.result()).toEqual([null]);
  });

  it('failed from outside: CallbackExternalError, also on replay', async () => {
    const execution = run();
    await execution.invoke();
    execution.service.failCallback('1-1', { ErrorType: 'Rejected', ErrorMessage: 'too dear' });
    expect(await execution.result()).toBe('CallbackExternalError: too dear');
  });

  it('timed out: CallbackTimeoutError', async () => {
    expect(await run({ timeout: { seconds: 5 } }).result()).toBe('CallbackTimeoutError: Callback timed out');
  });

  it('a submitter that fails for good: CallbackSubmitterError', async () => {
    const execution = run(once, async () => Promise.reject(new Error('mail is down')));
    expect(await execution.result()).toBe('CallbackSubmitterError: mail is down');
    expect(execution.service.operation('1')?.ContextDetails?.Error?.ErrorType).toBe('StepError');
  });

  it('a submitter is retried, and runs once when it succeeds', async () => {
    let tries = 0;
    const execution = run({ retryStrategy: retryPresets.linear }, async () => {
      if (++tries < 3) throw new Error('mail is down');
    });
    await execution.invoke();
    for (let retries = 0; retries < 2; retries++) {
      execution.runtime.skipTo(execution.service.nextDue() as number);
      await execution.invoke();
    }
    execution.service.succeedCallback('1-1', 'yes');
    expect(await execution.result()).toBe('yes');
    expect(tries).toBe(3);
  });

  it('a completion before the submitter has ended counts', async () => {
    const execution = new DurableRun((context, { service }) =>
      context.waitForCallback(async () => service.succeedCallback('1-1', 'at once')),
    );
    expect(await execution.invoke()).toEqual({ output: { Status: 'SUCCEEDED', Result: '"at once"' }, ms: 0 });
  });

  it('a deserializer that fails rejects with CallbackError', async () => {
    const execution = run({ serdes: { deserialize: async () => JSON.parse('{') } });
    await execution.invoke();
    execution.service.succeedCallback('1-1', '{');
    expect(await execution.result()).toMatch(/^CallbackError: Deserialization failed for step "approval" \(1\)/);
  });

  it.each<[string, unknown[], string]>([
    ['no submitter', ['approval'], 'waitForCallback "approval": the submitter must be a function'],
    ['no arguments', [], 'waitForCallback: the submitter must be a function'],
    [
      'a bad timeout',
      ['approval', async () => {}, { timeout: { seconds: -1 } }],
      'waitForCallback "approval": timeout: bad duration',
    ],
    ['a bad strategy', ['approval', async () => {}, { retryStrategy: 1 }], 'option retryStrategy must be a function'],
  ])('%s: rejects before anything is sent', async (_name, args, message) => {
    const execution = new DurableRun((context) =>
      (context.waitForCallback as (...args: unknown[]) => Promise<unknown>)
        .apply(context, args)
        .catch((error: Error) => error.message),
    );
    expect(await execution.result()).toContain(message);
    expect(execution.service.requests).toEqual([]);
  });
});
