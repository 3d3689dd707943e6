import { describe, expect, it } from '@jest/globals';
import { succeeded } from './function-side.ts';
import { type MakeStore, worlds } from './world.ts';

/** Stopping, running out of time, and who hears of it. */
export function describeEndings(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  describe('stop', () => {
    it('ends a running execution with the error it is given', async () => {
      const world = await make();
      const arn = await world.start();
      const { StopTimestamp } = await world.backend.executions.stop(arn, { ErrorType: 'Enough', ErrorMessage: 'bye' });
      expect(await world.backend.executions.get(arn)).toMatchObject({
        Status: 'STOPPED',
        EndTimestamp: StopTimestamp,
        Error: { ErrorType: 'Enough', ErrorMessage: 'bye' },
      });
      await world.runOut();
      expect(world.envelopes).toHaveLength(0);
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'ExecutionStopped']);
    });

    it('changes nothing the second time', async () => {
      const world = await make();
      const arn = await world.start();
      const first = await world.backend.executions.stop(arn);
      world.clock.advance(5000);
      expect(await world.backend.executions.stop(arn, { ErrorType: 'Late' })).toEqual(first);
      expect(await world.backend.executions.get(arn)).toMatchObject({ Error: {} });
      expect(await world.history(arn)).toHaveLength(2);
    });

    it('leaves a finished execution as it is', async () => {
      const world = await make({ handler: async () => succeeded('1') });
      const arn = await world.start();
      await world.runOut();
      await world.backend.executions.stop(arn);
      expect(await world.status(arn)).toBe('SUCCEEDED');
    });

    it('refuses an error that is too large', async () => {
      const world = await make();
      const arn = await world.start();
      const stop = world.backend.executions.stop(arn, { ErrorMessage: 'x'.repeat(1024 * 1024) });
      await expect(stop).rejects.toThrow('Error object size must be less than or equal to 1048576 bytes.');
      expect(await world.status(arn)).toBe('RUNNING');
    });
  });

  describe('the end of its time', () => {
    it('has come when it has come, before anybody has recorded it', async () => {
      const world = await make();
      const arn = await world.start({ executionTimeout: 60 });
      world.clock.advance(59_999);
      expect(await world.status(arn)).toBe('RUNNING');
      const deadline = new Date(world.clock.now() + 1);
      world.clock.advance(5001);
      const timedOut = { Status: 'TIMED_OUT', EndTimestamp: deadline, Error: { ErrorMessage: expect.any(String) } };
      expect(await world.backend.executions.get(arn)).toMatchObject(timedOut);
      expect(await world.history(arn)).toEqual(['ExecutionStarted']);
      await world.runOut();
      expect(world.envelopes).toHaveLength(0);
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'ExecutionTimedOut']);
      expect(await world.backend.executions.get(arn)).toMatchObject({
        ...timedOut,
        EndTimestamp: expect.any(Date),
      });
    });
  });

  describe('status changes', () => {
    it('are told in the shape of EventBridge', async () => {
      const world = await make();
      const arn = await world.start({ name: 'order-7' });
      const startTimestamp = new Date(world.clock.now()).toISOString();
      world.clock.advance(250);
      await world.runOut();
      const detail = {
        durableExecutionArn: arn,
        durableExecutionName: 'order-7',
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST',
        startTimestamp,
      };
      expect(world.statusChanges.map((event) => event.detail)).toEqual([
        { ...detail, status: 'RUNNING' },
        { ...detail, status: 'SUCCEEDED', endTimestamp: new Date(world.clock.now()).toISOString() },
      ]);
      expect(world.statusChanges[0]).toMatchObject({
        version: '0',
        source: 'aws.lambda',
        'detail-type': 'Durable Execution Status Change',
        account: '000000000000',
        region: 'us-east-1',
        time: startTimestamp,
        resources: [],
      });
    });

    it.each([
      [
        'throws',
        () => {
          throw new Error('broken listener');
        },
      ],
      ['rejects', () => Promise.reject(new Error('broken listener'))],
    ])('never hold an execution up: a listener that %s', async (_, onStatusChange) => {
      const world = await make({ onStatusChange });
      const arn = await world.start();
      await world.runOut();
      expect(await world.status(arn)).toBe('SUCCEEDED');
      expect(world.reports).toEqual([]);
    });
  });

  describe('execution timeout', () => {
    it('ends an execution that waits', async () => {
      const world = await make({ executionTimeout: 60 });
      const side = await world.invoked();
      await side.checkpoint({ Id: 'cb', Type: 'CALLBACK', Action: 'START' });
      world.clock.advance(60_000);
      await world.service.tick();
      expect(await world.backend.executions.get(side.arn)).toMatchObject({
        Status: 'TIMED_OUT',
        Error: { ErrorMessage: 'Execution timed out after 60 seconds.' },
        EndTimestamp: new Date(world.clock.now()),
      });
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'CallbackStarted', 'ExecutionTimedOut']);
      expect(world.statusChanges.at(-1)?.detail.status).toBe('TIMED_OUT');
    });

    it('is the start’s where it says so, and never early', async () => {
      const world = await make({ executionTimeout: 60 });
      const side = await world.invoked({ executionTimeout: 5 });
      world.clock.advance(4999);
      await side.checkpoint();
      world.clock.advance(1);
      await expect(side.checkpoint()).rejects.toThrow(/^Invalid checkpoint token: the execution is TIMED_OUT/);
      expect(await world.status(side.arn)).toBe('TIMED_OUT');
    });

    it('is found by the first who asks the execution to stop', async () => {
      const world = await make();
      const arn = await world.start({ executionTimeout: 1 });
      world.clock.advance(1000);
      await world.backend.executions.stop(arn);
      expect(await world.status(arn)).toBe('TIMED_OUT');
    });

    it('goes before an answer that comes after it', async () => {
      const world = await make();
      world.handler = async () => {
        world.clock.jump(2000);
        return succeeded('too late');
      };
      const arn = await world.start({ executionTimeout: 2 });
      await world.runOut();
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'ExecutionTimedOut', 'InvocationCompleted']);
      expect(await world.status(arn)).toBe('TIMED_OUT');
    });
  });
}
