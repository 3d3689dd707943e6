import { afterEach, describe, expect, it } from '@jest/globals';
import { seconds } from '@middy-durable/core';
import { type LambdaHandler, type LambdaRun, type LambdaRunOptions, startLambdaRun } from '../support/lambda-run.ts';

const runs: LambdaRun[] = [];
afterEach(async () => {
  for (const run of runs.splice(0)) await run.api.close();
});
async function start(handler: LambdaHandler, options?: LambdaRunOptions): Promise<LambdaRun> {
  const run = await startLambdaRun(handler, options);
  runs.push(run);
  return run;
}

/** An error and its causes. */
const named = (error: unknown): string[] => {
  const { name, message, cause } = error as Error;
  return [`${name}: ${message}`, ...(cause ? named(cause) : [])];
};

/** Everything that goes over the wire: results, errors, moments, callbacks, invokes, nested contexts. */
const everything: LambdaHandler = async (context, event) => {
  const plain = await context.step('plain', async () => ({ text: 'ü – 漢 "\\', at: new Date(0), nothing: null }));
  await context.step('void', async () => undefined);
  const failure = await context
    .step('fails', async () => Promise.reject(new RangeError('no')), { retryStrategy: () => ({ shouldRetry: false }) })
    .catch(named);
  const retried = await context.step(
    'retried',
    async ({ attempt }) => {
      if (attempt === 1) throw new Error('once more');
      return 'at last';
    },
    { retryStrategy: (_error, attempt) => ({ shouldRetry: attempt < 3, delay: seconds(5) }) },
  );
  await context.wait('pause', { days: 30 });
  const child = await context.runInChildContext('child', async (inner) => inner.step('inner', async () => [1, 2]));
  const mapped = await context.map('rows', [1, 2, 3], (item, row) => item.step(async () => row * 2), {
    maxConcurrency: 1,
  });
  const doubled = await context.invoke<number, number>('double', 'double:$LATEST', 21);
  const approved = await context.waitForCallback('approval', async () => {}, { timeout: { hours: 1 } });
  const late = await context.waitForCallback('late', async () => {}, { timeout: { hours: 1 } }).catch(named);
  const rounds = await context.waitForCondition('rounds', async (n: number) => n + 1, {
    initialState: 0,
    waitStrategy: (n) => (n < 3 ? { shouldContinue: true, delay: seconds(2) } : { shouldContinue: false }),
  });
  return { event, plain, failure, retried, child, mapped: mapped.getResults(), doubled, approved, late, rounds };
};

/** Completes the callback `approval` as soon as it is open, on the way that is under test. */
async function finish(run: LambdaRun): Promise<unknown> {
  let approved = false;
  const {
    Status,
    Result,
    Error: error,
  } = await run.finish(async () => {
    const open = (await run.history()).find(({ EventType }) => EventType === 'CallbackStarted');
    if (open && !approved) {
      approved = true;
      await run.backend.callbacks.succeed(open.CallbackStartedDetails?.CallbackId as string, '"yes"');
    }
    return false;
  });
  return { Status, Result: Result && JSON.parse(Result), error };
}

/** The history without what differs from run to run. */
async function story(run: LambdaRun): Promise<unknown> {
  const text = JSON.stringify(await run.history(), (key, value) =>
    /(Timestamp|CallbackId|RequestId|DurableExecutionArn)$/.test(key) ? `<${key}>` : value,
  );
  const id = run.arn.split('/').at(-1) as string;
  return JSON.parse(text.replaceAll(id, '<execution>').replaceAll(/"Name":"[0-9a-f-]{36}"/g, '"Name":"<name>"'));
}

describe('a handler over real HTTP', () => {
  it('has the result and the history that it has on the backend directly', async () => {
    const [http, direct] = [
      await start(everything, { input: '{"id":7}' }),
      await start(everything, { input: '{"id":7}', client: 'direct' }),
    ];
    const result = await finish(http);
    expect(result).toMatchObject({
      Status: 'SUCCEEDED',
      Result: {
        event: { id: 7 },
        plain: { text: 'ü – 漢 "\\', at: '1970-01-01T00:00:00.000Z', nothing: null },
        failure: ['StepError: no', 'RangeError: no'],
        retried: 'at last',
        child: [1, 2],
        mapped: [2, 4, 6],
        doubled: 42,
        approved: '"yes"',
        late: ['CallbackTimeoutError: Callback timed out', 'Callback.Timeout: Callback timed out'],
        rounds: 3,
      },
    });
    expect(result).toEqual(await finish(direct));
    expect(await story(http)).toEqual(await story(direct));
    expect(http.thrown).toEqual([]);
    expect(http.api.callsOf('CheckpointDurableExecution').length).toBeGreaterThan(10);
    expect(direct.api.calls).toEqual([]);
  });

  it('pages through a large state', async () => {
    const run = await start(async (context) => {
      let length = 0;
      for (let row = 0; row < 7; row++) {
        length += (await context.step(`row ${row}`, async () => 'x'.repeat(900_000))).length;
      }
      await context.wait({ hours: 1 });
      return length;
    });
    expect(await run.finish()).toMatchObject({ Status: 'SUCCEEDED', Result: '6300000' });
    expect(run.api.callsOf('GetDurableExecutionState')).toHaveLength(1);
  });

  it('closes an execution whose result does not fit the answer by a checkpoint', async () => {
    const run = await start(async () => 'x'.repeat(6_291_440));
    const { Status, Result = '' } = await run.finish();
    expect([Status, Result.length]).toEqual(['SUCCEEDED', 6_291_442]);
  });
});
