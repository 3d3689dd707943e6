import { describe, expect, it } from '@jest/globals';
import type { CheckpointDurableExecutionRequest } from '@middy-durable/protocol';
import { decodeCheckpointToken, encodeCheckpointToken } from '@middy-durable/protocol';
import {
  type FunctionSide,
  PENDING,
  retryStep,
  startCallback,
  startStep,
  startWait,
  succeedExecution,
  succeedStep,
} from './function-side.ts';
import { type MakeStore, type World, worldOn, worlds } from './world.ts';

const STALE = /^Invalid checkpoint token/;

/** One-time tokens, repeats, refused batches and what an answer holds. */
export function describeCheckpoints(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  const send = (world: World, request: CheckpointDurableExecutionRequest) => world.backend.client.checkpoint(request);

  describe('checkpoint tokens', () => {
    it('are used up by every checkpoint, also an empty one', async () => {
      const world = await make();
      const side = await world.invoked();
      const tokens = [side.token];
      for (const updates of [[startStep('a')], [], [succeedStep('a', '1')]]) {
        await side.checkpoint(...updates);
        expect(tokens).not.toContain(side.token);
        tokens.push(side.token);
      }
      const newest = tokens.pop() ?? '';
      for (const CheckpointToken of tokens as string[]) {
        const used = send(world, { DurableExecutionArn: side.arn, CheckpointToken, Updates: [startStep('b')] });
        await expect(used).rejects.toMatchObject({
          name: 'InvalidParameterValueException',
          message: expect.stringMatching(STALE),
          $metadata: { httpStatusCode: 400 },
        });
      }
      side.token = newest;
      await side.checkpoint();
    });

    it('are bound to their execution', async () => {
      const world = await make();
      const [one, other] = [await world.invoked(), await world.invoked()];
      const mixed = send(world, { DurableExecutionArn: other.arn, CheckpointToken: one.envelope.CheckpointToken });
      await expect(mixed).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
        message: 'Checkpoint token is not valid for the durable execution ARN',
      });
    });

    it('are refused when nobody issued them', async () => {
      const world = await make();
      const { arn, envelope } = await world.invoked();
      const issued = decodeCheckpointToken(envelope.CheckpointToken);
      const forged = [
        'nonsense',
        encodeCheckpointToken({ ...issued, runId: 'none' }),
        encodeCheckpointToken({ ...issued, sequence: issued.sequence + 1 }),
        encodeCheckpointToken({ ...issued, invocationId: 'other' }),
      ];
      for (const CheckpointToken of forged) {
        await expect(send(world, { DurableExecutionArn: arn, CheckpointToken })).rejects.toThrow(STALE);
        const state = world.backend.client.getExecutionState({ DurableExecutionArn: arn, CheckpointToken });
        await expect(state).rejects.toThrow(STALE);
      }
    });

    it.each([
      [
        { CheckpointToken: undefined },
        /Value null at 'checkpointToken' failed to satisfy constraint: .*must not be null/,
      ],
      [{ CheckpointToken: '' }, /'checkpointToken' .*length greater than or equal to 1/],
      [{ DurableExecutionArn: undefined }, /'durableExecutionArn' .*must not be null/],
      [{ DurableExecutionArn: 7 }, /'durableExecutionArn' .*must be a string/],
      [{ ClientToken: 'with space' }, /'clientToken' .*regular expression pattern/],
      [{ ClientToken: 'x'.repeat(65) }, /'clientToken' .*length less than or equal to 64/],
      [{ Updates: 'none' }, /'updates' .*must be a list/],
    ])('come with a well-formed request (%j)', async (members, message) => {
      const world = await make();
      const side = await world.invoked();
      const request = { DurableExecutionArn: side.arn, CheckpointToken: side.token ?? '', ...members };
      await expect(send(world, request as CheckpointDurableExecutionRequest)).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(message),
      });
      await side.checkpoint();
    });

    it('die with their execution', async () => {
      const world = await make();
      const side = await world.invoked();
      await world.backend.executions.stop(side.arn);
      await expect(side.checkpoint()).rejects.toThrow('Invalid checkpoint token: the execution is STOPPED');
    });

    it('die with their invocation', async () => {
      const world = await make();
      let late: FunctionSide | undefined;
      world.handler = async (side) => {
        late = side;
        await side.checkpoint(startCallback('cb'));
        return PENDING;
      };
      const arn = await world.start();
      await world.settle();
      await expect(late?.checkpoint(startStep('s'))).rejects.toThrow(
        'Invalid checkpoint token: no invocation is in flight',
      );
      expect(await world.history(arn)).toEqual(['ExecutionStarted', 'CallbackStarted', 'InvocationCompleted']);
    });

    it('of one invocation can be used by one of two that send at once', async () => {
      const world = await make();
      const side = await world.invoked();
      const request = { DurableExecutionArn: side.arn, CheckpointToken: side.token ?? '' };
      const results = await Promise.allSettled([
        send(world, { ...request, Updates: [startStep('a')], ClientToken: 'one' }),
        send(world, { ...request, Updates: [startStep('b')], ClientToken: 'other' }),
      ]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });
  });

  describe('a repeated checkpoint', () => {
    it('is answered again and not applied again', async () => {
      const world = await make();
      const side = await world.invoked();
      const request = {
        DurableExecutionArn: side.arn,
        CheckpointToken: side.token ?? '',
        Updates: [startStep('a'), startCallback('cb')],
        ClientToken: 'once',
      };
      const first = await send(world, request);
      expect(await send(world, request)).toEqual(first);
      world.clock.advance(900_000 - 1);
      expect(await send(world, request)).toEqual(first);
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'StepStarted', 'CallbackStarted']);
      side.token = first.CheckpointToken;
      await side.checkpoint(succeedStep('a', '1'));
      // The run has gone on: the answer is still the one of then.
      expect(await send(world, request)).toEqual(first);
    });

    it('is stale with another client token, with none, or after 15 minutes', async () => {
      const world = await make({ leaseSeconds: 3600 });
      const side = await world.invoked();
      const request = { DurableExecutionArn: side.arn, CheckpointToken: side.token ?? '', Updates: [startStep('a')] };
      await send(world, { ...request, ClientToken: 'once' });
      await expect(send(world, { ...request, ClientToken: 'twice' })).rejects.toThrow(STALE);
      await expect(send(world, request)).rejects.toThrow(STALE);
      world.clock.advance(900_001);
      await expect(send(world, { ...request, ClientToken: 'once' })).rejects.toThrow(STALE);
    });

    it('is answered again when it ended the execution, and by another process', async () => {
      const world = await make();
      const side = await world.invoked();
      const request = {
        DurableExecutionArn: side.arn,
        CheckpointToken: side.token ?? '',
        Updates: [startStep('a'), succeedStep('a', '1'), succeedExecution('"big"')],
        ClientToken: 'once',
      };
      const first = await send(world, request);
      expect(first.CheckpointToken).toBeUndefined();
      expect(await send(world, request)).toEqual(first);
      expect(await send(worldOn(world.store, world.clock), request)).toEqual(first);
      expect(await world.history(side.arn)).toEqual([
        'ExecutionStarted',
        'StepStarted',
        'StepSucceeded',
        'ExecutionSucceeded',
      ]);
    });
  });

  describe('a refused batch', () => {
    it('changes nothing and keeps the token', async () => {
      const world = await make();
      const side = await world.invoked();
      const { token } = side;
      await expect(side.checkpoint(startStep('a'), succeedStep('b'), startStep('a'))).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
      });
      expect(side.token).toBe(token);
      await side.checkpoint(startStep('a'));
      expect(await world.history(side.arn)).toEqual(['ExecutionStarted', 'StepStarted']);
    });

    it('does not take with it what was due', async () => {
      const world = await make();
      const side = await world.invoked();
      await side.checkpoint(startWait('w', 5), startCallback('cb'));
      world.clock.advance(5000);
      await world.backend.callbacks.succeed(side.callbackId('cb'), '1');
      await expect(side.checkpoint(startWait('w', 5))).rejects.toThrow(/Cannot start a WAIT/);
      const { NewExecutionState } = await side.checkpoint();
      expect(NewExecutionState.Operations?.map(({ Id, Status }) => [Id, Status])).toEqual([
        ['w', 'SUCCEEDED'],
        ['cb', 'SUCCEEDED'],
      ]);
    });
  });

  describe('an answer', () => {
    it('always has a state, and each touched operation once, as it is in the end', async () => {
      const world = await make();
      const side = await world.invoked();
      expect((await side.checkpoint()).NewExecutionState).toEqual({ Operations: [] });
      const { NewExecutionState } = await side.checkpoint(
        startStep('a'),
        succeedStep('a', '"A"'),
        startStep('b'),
        retryStep('b', 3),
        startCallback('cb'),
      );
      const now = world.clock.now();
      expect(NewExecutionState.Operations).toEqual([
        expect.objectContaining({ Id: 'a', Status: 'SUCCEEDED', StepDetails: { Attempt: 1, Result: '"A"' } }),
        expect.objectContaining({
          Id: 'b',
          Status: 'PENDING',
          StepDetails: expect.objectContaining({ Attempt: 1, NextAttemptTimestamp: now + 3000 }),
        }),
        expect.objectContaining({ Id: 'cb', CallbackDetails: { CallbackId: side.callbackId('cb') } }),
      ]);
      expect(side.callbackId('cb')).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
      for (const { StartTimestamp } of NewExecutionState.Operations ?? []) expect(StartTimestamp).toBe(now);
    });

    it('shows what timers and the outside did meanwhile', async () => {
      const world = await make();
      const side = await world.invoked();
      await side.checkpoint(
        startWait('w', 5),
        startStep('s'),
        retryStep('s', 5),
        startCallback('cb'),
        startWait('v', 60),
      );
      await world.backend.callbacks.fail(side.callbackId('cb'), { ErrorType: 'No' });
      world.clock.advance(4999);
      expect((await side.checkpoint()).NewExecutionState.Operations?.map(({ Id }) => Id)).toEqual(['cb']);
      world.clock.advance(1);
      await side.checkpoint();
      expect(['w', 's', 'cb', 'v'].map((id) => side.status(id))).toEqual(['SUCCEEDED', 'READY', 'FAILED', 'STARTED']);
      expect((await side.checkpoint(startStep('s'))).NewExecutionState.Operations).toHaveLength(1);
      // READY is in nobody's history; starting again is.
      expect(await world.history(side.arn)).toEqual([
        'ExecutionStarted',
        'WaitStarted',
        'StepStarted',
        'StepFailed',
        'CallbackStarted',
        'WaitStarted',
        'CallbackFailed',
        'WaitSucceeded',
        'StepStarted',
      ]);
    });

    it('ends the execution under its own id and has no token then', async () => {
      const world = await make();
      const side = await world.invoked();
      const { CheckpointToken, NewExecutionState } = await side.checkpoint(succeedExecution('"big"'));
      expect(CheckpointToken).toBeUndefined();
      const [, executionId] = side.arn.split('/').slice(-2);
      expect(NewExecutionState.Operations).toEqual([
        expect.objectContaining({ Id: executionId, Type: 'EXECUTION', Status: 'SUCCEEDED' }),
      ]);
      expect(await world.backend.executions.get(side.arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"big"' });
    });

    it('is the receiver’s: what is done to it changes nothing', async () => {
      const world = await make();
      const side = await world.invoked();
      const step = { ...startStep('a'), Action: 'FAIL' as const, Error: { StackTrace: ['at a'] } };
      await side.checkpoint(startStep('a'));
      const { NewExecutionState } = await side.checkpoint(step);
      const [operation] = NewExecutionState.Operations ?? [];
      operation?.StepDetails?.Error?.StackTrace?.push('mine');
      if (operation) operation.Status = 'SUCCEEDED';
      const { Operations } = await world.backend.client.getExecutionState({
        DurableExecutionArn: side.arn,
        CheckpointToken: side.token ?? '',
      });
      expect(Operations[1]).toMatchObject({ Status: 'FAILED', StepDetails: { Error: { StackTrace: ['at a'] } } });
    });

    it('fails a chained invoke, whose function is not known', async () => {
      const world = await make();
      const side = await world.invoked();
      const invoke = (Id: string, FunctionName: string) =>
        ({
          Id,
          Type: 'CHAINED_INVOKE',
          Action: 'START',
          ChainedInvokeOptions: { FunctionName },
          Payload: '1',
        }) as const;
      await side.checkpoint(invoke('a', 'bills'), invoke('b', 'bills:3'), invoke('c', 'my.bills'));
      const errors = ['a', 'b', 'c'].map((id) => side.operations.get(id)?.ChainedInvokeDetails?.Error);
      const found = 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:bills';
      expect(errors).toEqual([
        { ErrorType: 'ResourceNotFoundException', ErrorMessage: `${found}:$LATEST` },
        { ErrorType: 'ResourceNotFoundException', ErrorMessage: `${found}:3` },
        { ErrorType: 'ResourceNotFoundException', ErrorMessage: 'Function not found: my.bills' },
      ]);
      expect(side.status('a')).toBe('FAILED');
      const { Events } = await world.backend.executions.history(side.arn);
      expect(Events[1]?.ChainedInvokeStartedDetails).toEqual({ FunctionName: 'bills' });
      expect(Events[2]?.EventType).toBe('ChainedInvokeFailed');
      expect(await world.store.outside(side.arn.split('/').at(-1) ?? '')).toEqual([]);
    });
  });
}
