import { describe, expect, it } from '@jest/globals';
import {
  PENDING,
  retryStep,
  startCallback,
  startStep,
  startWait,
  succeedExecution,
  succeeded,
  succeedStep,
} from './function-side.ts';
import { type MakeStore, worlds } from './world.ts';

/** Envelopes, outputs, and the order of the history. */
export function describeInvocations(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  describe('invocations', () => {
    it('begin with an envelope of the execution alone', async () => {
      const world = await make();
      const at = world.clock.now();
      const arn = await world.start({ name: 'order-7', input: '{"n":1}' });
      await world.runOut();
      expect(world.envelopes).toEqual([
        {
          DurableExecutionArn: arn,
          CheckpointToken: expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}$/),
          InitialExecutionState: {
            Operations: [
              {
                Id: arn.split('/').at(-1),
                Name: 'order-7',
                Type: 'EXECUTION',
                Status: 'STARTED',
                StartTimestamp: at,
                ExecutionDetails: { InputPayload: '{"n":1}' },
              },
            ],
          },
          UpdatedOperationIds: [],
          InvocationCount: 1,
          AfterAnswer: false,
        },
      ]);
    });

    it('know whether the one before answered or died', async () => {
      const world = await make();
      world.handler = async (side) => {
        const { InvocationCount: count = 0 } = side.envelope;
        if (count === 2) throw Object.assign(new Error('killed'), { name: 'Runtime.ExitError' });
        if (count === 4) return succeeded();
        await side.checkpoint(startWait(`wait-${count}`, 60));
        return PENDING;
      };
      await world.start();
      await world.runOut();
      expect(world.envelopes.map(({ AfterAnswer }) => AfterAnswer)).toEqual([false, true, false, true]);
    });

    it('know their request, their deadline and their function', async () => {
      const world = await make({ leaseSeconds: 30 });
      let seen: unknown;
      world.handler = async (_side, context) => {
        seen = { ...context, aborted: context.signal.aborted };
        return succeeded();
      };
      await world.start();
      const deadline = world.clock.now() + 30_000;
      await world.runOut();
      expect(seen).toMatchObject({ requestId: expect.stringMatching(/./), deadline, aborted: false });
      expect(world.clock.timers).toBe(0);
    });

    it('run one step in the canonical order', async () => {
      const world = await make();
      world.handler = async (side) => {
        await side.checkpoint(startStep('s'), succeedStep('s', '1'));
        return succeeded('1');
      };
      const arn = await world.start();
      await world.runOut();
      expect(await world.history(arn)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'StepSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
    });

    it('follow the end of a wait, not earlier', async () => {
      const world = await make();
      world.handler = async (side) => {
        if (side.status('w') === 'SUCCEEDED') return succeeded();
        await side.checkpoint(startWait('w', 3600));
        return PENDING;
      };
      const arn = await world.start();
      await world.settle();
      const endsAt = world.clock.now() + 3_600_000;
      expect(await world.store.nextDue()).toBe(endsAt);
      world.clock.advanceTo(endsAt - 1);
      await world.settle();
      expect(world.envelopes).toHaveLength(1);
      world.clock.advanceTo(endsAt);
      await world.settle();
      expect(world.envelopes[1]).toMatchObject({ InvocationCount: 2, UpdatedOperationIds: ['w'] });
      expect(world.envelopes[1]?.InitialExecutionState.Operations[1]).toMatchObject({
        Status: 'SUCCEEDED',
        EndTimestamp: endsAt,
        WaitDetails: { ScheduledEndTimestamp: endsAt },
      });
      expect(await world.history(arn)).toEqual([
        'ExecutionStarted',
        'WaitStarted',
        'InvocationCompleted',
        'WaitSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
    });

    it('follow the delay of a retry', async () => {
      const world = await make();
      world.handler = async (side) => {
        await side.checkpoint(startStep('s'));
        if (side.envelope.InvocationCount === 1) {
          await side.checkpoint(retryStep('s', 5));
          return PENDING;
        }
        await side.checkpoint(succeedStep('s', '1'));
        return succeeded();
      };
      const arn = await world.start();
      await world.settle();
      expect(await world.store.nextDue()).toBe(world.clock.now() + 5000);
      await world.runOut();
      expect(world.envelopes[1]?.InitialExecutionState.Operations[1]).toMatchObject({
        Status: 'READY',
        StepDetails: { Attempt: 1 },
      });
      expect(await world.history(arn)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'StepFailed',
        'InvocationCompleted',
        'StepStarted',
        'StepSucceeded',
        'InvocationCompleted',
        'ExecutionSucceeded',
      ]);
    });

    it('take what is due together', async () => {
      const world = await make();
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 2) return succeeded();
        await side.checkpoint(startWait('late', 6), startWait('early', 5));
        return PENDING;
      };
      await world.start();
      await world.settle();
      world.clock.advance(6000);
      await world.settle();
      expect(world.envelopes[1]?.UpdatedOperationIds).toEqual(['early', 'late']);
    });

    it('record a failure with its error', async () => {
      const sad = { ErrorType: 'Sad', ErrorMessage: 'no', StackTrace: ['at a'] };
      const world = await make({ handler: async () => ({ Status: 'FAILED', Error: sad }) });
      const arn = await world.start();
      await world.runOut();
      expect(await world.backend.executions.get(arn)).toMatchObject({ Status: 'FAILED', Error: sad });
      const { Events } = await world.backend.executions.history(arn);
      expect(Events.map(({ EventType }) => EventType)).toEqual([
        'ExecutionStarted',
        'InvocationCompleted',
        'ExecutionFailed',
      ]);
      expect(Events[1]?.InvocationCompletedDetails).toMatchObject({ Error: { Payload: sad } });
      expect(world.statusChanges.at(-1)?.detail.status).toBe('FAILED');
    });

    it('end once when a checkpoint ended the execution', async () => {
      const world = await make();
      world.handler = async (side) => {
        await side.checkpoint(succeedExecution('"big"'));
        return succeeded('');
      };
      const arn = await world.start();
      await world.runOut();
      expect(await world.backend.executions.get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"big"' });
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'ExecutionSucceeded', 'InvocationCompleted']);
      expect(world.statusChanges).toHaveLength(2);
    });

    it('are recorded, and their output ignored, when the execution was stopped meanwhile', async () => {
      const world = await make();
      world.handler = async (side) => {
        await side.checkpoint(startStep('s'));
        await world.backend.executions.stop(side.arn);
        return succeeded('too late');
      };
      const arn = await world.start();
      await world.runOut();
      const execution = await world.backend.executions.get(arn);
      expect([execution.Status, execution.Result]).toEqual(['STOPPED', undefined]);
      expect(await world.history(arn)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'ExecutionStopped',
        'InvocationCompleted',
      ]);
    });

    it.each([
      [undefined, 'Invalid Status in invocation output.'],
      [{ Status: 'DONE' }, 'Invalid Status in invocation output.'],
      ['text', 'Invalid Status in invocation output.'],
      [{ Status: 'FAILED', Result: '1' }, 'Cannot provide a Result for FAILED status.'],
      [{ Status: 'FAILED', Error: 'no' }, 'Invalid Error in invocation output: it must be an object.'],
      [{ Status: 'SUCCEEDED', Error: {} }, 'Cannot provide an Error for SUCCEEDED status.'],
      [{ Status: 'SUCCEEDED', Result: {} }, 'Invalid Result in invocation output: it must be serialized to a string.'],
      [{ Status: 'PENDING' }, 'Cannot return PENDING status with no pending operations.'],
      [
        { Status: 'SUCCEEDED', Result: 'x'.repeat(6 * 1024 * 1024 + 1) },
        'Execution output payload size must be less than or equal to 6291456 bytes.',
      ],
    ])('fail the execution with an output against the rules (%#)', async (output, ErrorMessage) => {
      const world = await make({ handler: async () => output });
      const arn = await world.start();
      await world.runOut();
      expect(await world.backend.executions.get(arn)).toMatchObject({
        Status: 'FAILED',
        Error: { ErrorType: 'InvalidParameterValueException', ErrorMessage },
      });
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'InvocationCompleted', 'ExecutionFailed']);
    });

    it('may say nothing about result and error', async () => {
      const world = await make();
      world.handler = async (side) => ({ Status: side.arn.includes('/good/') ? 'SUCCEEDED' : 'FAILED', Result: null });
      const [good, bad] = [await world.start({ name: 'good' }), await world.start({ name: 'bad' })];
      await world.runOut();
      expect([await world.status(good), await world.status(bad)]).toEqual(['SUCCEEDED', 'FAILED']);
    });
  });

  describe('PENDING', () => {
    it('is followed at once by what came between the last checkpoint and the answer', async () => {
      const world = await make();
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 2) return succeeded();
        await side.checkpoint(startWait('w', 5), startCallback('cb', 60));
        world.clock.jump(5000);
        return PENDING;
      };
      await world.start();
      await world.settle();
      expect(world.envelopes[1]?.UpdatedOperationIds).toEqual(['w']);
    });

    it('is no mistake when the last pending operation ended in the last checkpoint', async () => {
      const world = await make();
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 2) return succeeded(`"${side.status('w')}"`);
        await side.checkpoint(startWait('w', 5));
        world.clock.jump(5000);
        await side.checkpoint(startStep('s'), succeedStep('s'));
        return PENDING;
      };
      const arn = await world.start();
      await world.settle();
      expect((await world.backend.executions.get(arn)).Result).toBe('"SUCCEEDED"');
    });

    it('is a mistake the next time, when nothing has changed since', async () => {
      const world = await make();
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 1) {
          await side.checkpoint(startWait('w', 5));
          world.clock.jump(5000);
          await side.checkpoint();
        }
        return PENDING;
      };
      const arn = await world.start();
      await world.settle();
      expect(world.envelopes).toHaveLength(2);
      expect(await world.status(arn)).toBe('FAILED');
    });

    it('earns no invocation for what the last checkpoint has told already', async () => {
      const world = await make();
      world.handler = async (side) => {
        await side.checkpoint(startWait('w', 5), startCallback('cb', 60));
        world.clock.jump(5000);
        await side.checkpoint();
        return PENDING;
      };
      await world.start();
      await world.settle();
      expect(world.envelopes).toHaveLength(1);
      expect(await world.store.nextDue()).toBe(world.clock.now() + 55_000);
    });
  });
}
