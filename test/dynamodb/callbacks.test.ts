import { afterEach, expect, it } from '@jest/globals';
import { encodeCallbackId, parseExecutionArn } from '@middy-durable/protocol';
import { FUNCTION, type Process, Processes } from './processes.ts';
import { onEveryEngine } from './stores.ts';

const start = { functionName: FUNCTION, name: 'order-7', input: '{}' };

onEveryEngine((_make, engine) => {
  let processes: Processes | undefined;
  afterEach(() => processes?.close());

  /** A process whose handler waits for one callback; `sent` gets its id while the invocation still runs. */
  async function approval(
    sent: (id: string, process: Process) => Promise<void>,
  ): Promise<{ all: Processes; process: Process; arn: string; id: () => string }> {
    processes = await Processes.on(engine());
    let callbackId = '';
    const process = processes.begin(async (_event, context) =>
      context.waitForCallback('approval', async (id) => {
        callbackId = id;
        await sent(id, process);
      }),
    );
    const { DurableExecutionArn: arn } = await process.backend.executions.start(start);
    return { all: processes, process, arn, id: () => callbackId };
  }

  it('a callback that is completed before the execution suspends is not lost', async () => {
    const { all, process, arn } = await approval((id, { backend }) => backend.callbacks.succeed(id, 'early'));
    expect(await all.end(process, arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"early"' });
  });

  it('a callback that is completed twice, by two processes at once, has one result', async () => {
    const { all, process, arn, id } = await approval(async () => {});
    await process.service.tick();
    await process.service.idle();
    const other = all.begin(async () => undefined);
    const answers = await Promise.allSettled([
      process.backend.callbacks.succeed(id(), 'one'),
      other.backend.callbacks.succeed(id(), 'other'),
      other.backend.callbacks.fail(id(), { ErrorType: 'Refused' }),
    ]);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const won = answers.findIndex(({ status }) => status === 'fulfilled');
    for (const answer of answers) {
      if (answer.status === 'rejected')
        expect(answer.reason).toMatchObject({ name: expect.stringMatching(/Exception$/) });
    }
    await process.service.tick();
    await process.service.idle();
    const execution = await process.backend.executions.get(arn);
    expect(execution.Status).toBe(won === 2 ? 'FAILED' : 'SUCCEEDED');
    expect(execution.Result).toBe(['"one"', '"other"', undefined][won]);
  });

  it('a callback that is completed after the execution was stopped is refused, again and again', async () => {
    const { process, arn, id } = await approval(async () => {});
    await process.service.tick();
    await process.service.idle();
    await process.backend.executions.stop(arn);
    for (let tries = 0; tries < 2; tries++) {
      await expect(process.backend.callbacks.succeed(id(), '1')).rejects.toMatchObject({
        name: expect.stringMatching(/Exception$/),
      });
    }
    expect(await process.backend.executions.get(arn)).toMatchObject({ Status: 'STOPPED' });
  });

  it('a stranger’s id completes nothing, be it of no run, of no operation or no id at all', async () => {
    const { process, arn, id } = await approval(async () => {});
    await process.service.tick();
    await process.service.idle();
    const { id: runId } = parseExecutionArn(arn);
    const strangers = [
      encodeCallbackId({ runId: crypto.randomUUID(), operationId: '0123456789abcdef' }, 'secret'),
      encodeCallbackId({ runId, operationId: '0123456789abcdef' }, 'secret'),
      encodeCallbackId({ runId, operationId: 'x#y' }, 'secret'),
      `${id()}0`,
      'approval',
      '__proto__',
    ];
    const { backend } = process;
    for (const stranger of strangers) {
      await expect(backend.callbacks.succeed(stranger, '1')).rejects.toMatchObject({
        name: expect.stringMatching(/Exception$/),
      });
      await expect(backend.callbacks.heartbeat(stranger)).rejects.toMatchObject({
        name: expect.stringMatching(/Exception$/),
      });
    }
    expect(await backend.executions.get(arn)).toMatchObject({ Status: 'RUNNING' });
    await backend.callbacks.succeed(id(), 'mine');
    await process.service.tick();
    await process.service.idle();
    expect(await backend.executions.get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"mine"' });
  });

  it('a callback that is completed just before any request of the invocation that waits for it wakes the execution', async () => {
    processes = await Processes.on(engine());
    const all = processes;
    let callbackId = '';
    let before = Number.POSITIVE_INFINITY;
    const process = all.begin(async (_event, context) =>
      context.waitForCallback('approval', async (id) => {
        callbackId = id;
        let seen = 0;
        process.faulty.intrude(
          () => seen++ === before,
          () => other.backend.callbacks.succeed(callbackId, 'done'),
        );
      }),
    );
    const other = all.begin(async () => undefined);
    for (before = 0; ; before++) {
      const name = `order-${before}`;
      const { DurableExecutionArn: arn } = await process.backend.executions.start({ ...start, name });
      await process.service.tick();
      await process.service.idle();
      const intruded = process.faulty.calm() === 0;
      if (!intruded) await other.backend.callbacks.succeed(callbackId, 'done');
      // The other process has another handler: it completes callbacks, and must not run executions.
      expect(await all.end(process, arn, [process])).toMatchObject({ Status: 'SUCCEEDED', Result: '"done"' });
      if (!intruded) break;
    }
    expect(before).toBeGreaterThanOrEqual(3);
  });
});
