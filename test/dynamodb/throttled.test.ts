import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { FUNCTION, type Handler, type Process, Processes } from './processes.ts';
import { onEveryEngine } from './stores.ts';

jest.setTimeout(120_000);

const start = { functionName: FUNCTION, name: 'order-7', input: '{}' };

/** A step, a wait, a retry, a callback and a child context: what most executions are made of. */
const order =
  (charged: string[], ask: (id: string) => Promise<void>): Handler =>
  async (_event, context) => {
    await context.step('charge', async ({ idempotencyKey }) => {
      charged.push(idempotencyKey);
    });
    await context.wait({ minutes: 5 });
    const answer = await context.waitForCallback('approval', ask);
    return context.runInChildContext('shipping', (child) => child.step('ship', async () => `shipped: ${answer}`));
  };

onEveryEngine((_make, engine) => {
  let processes: Processes | undefined;
  afterEach(() => processes?.close());

  async function runs(strike: (process: Process) => void): Promise<{ process: Process; charged: string[] }> {
    processes = await Processes.on(engine());
    const charged: string[] = [];
    const outside = processes.begin(async () => undefined);
    const process = processes.begin(
      order(charged, (id) => outside.backend.callbacks.succeed(id, 'yes').catch(() => {})),
      { maxAttempts: 1 },
    );
    const { DurableExecutionArn: arn } = await outside.backend.executions.start(start);
    strike(process);
    const execution = await processes.end(outside, arn, [process]);
    expect(execution).toMatchObject({ Status: 'SUCCEEDED', Result: '"shipped: yes"' });
    return { process, charged };
  }

  describe.each(['ThrottlingException', 'InternalServerError', 'TimeoutError', 'lost', 'twice'])(
    'a request that is struck: %s',
    (fault) => {
      it.each(['PutItem', 'UpdateItem', 'GetItem', 'Query'])(
        'each of the first five %s, one after the other',
        async (name) => {
          const { charged } = await runs(({ faulty }) => faulty.strike(fault, (request) => request === name, 5));
          // The effect may happen again, but always under the same key.
          expect(new Set(charged).size).toBe(1);
        },
      );
    },
  );

  it('every third request is throttled, for as long as there are twenty', async () => {
    let requests = 0;
    const { charged } = await runs(({ faulty }) =>
      faulty.strike('ProvisionedThroughputExceededException', () => requests++ % 3 === 0, 20),
    );
    expect(new Set(charged).size).toBe(1);
  });
});
