import { describe, expect, it } from '@jest/globals';
import { succeeded } from './function-side.ts';
import { type MakeStore, worlds } from './world.ts';

const UNKNOWN = 'arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST/durable-execution/nobody/none';

/** Looking at executions: one, many, their history. */
export function describeExecutions(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  describe('get', () => {
    it('describes a running execution and an ended one', async () => {
      const world = await make({ handler: async () => succeeded('{"ok":true}') });
      const arn = await world.start({ name: 'order-7', input: '{"n":1}' });
      const StartTimestamp = new Date(world.clock.now());
      const running = {
        DurableExecutionArn: arn,
        DurableExecutionName: 'order-7',
        FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST',
        Status: 'RUNNING',
        StartTimestamp,
        InputPayload: '{"n":1}',
        Version: '$LATEST',
      };
      expect(await world.backend.executions.get(arn)).toEqual(running);
      world.clock.advance(1500);
      await world.runOut();
      const EndTimestamp = new Date(world.clock.now());
      expect(await world.backend.executions.get(arn)).toEqual({
        ...running,
        Status: 'SUCCEEDED',
        EndTimestamp,
        Result: '{"ok":true}',
      });
    });

    it.each(['get', 'stop', 'history'] as const)('%s knows no other ARN', async (method) => {
      const world = await make();
      const arn = await world.start({ name: 'order-7' });
      const notFound = { name: 'ResourceNotFoundException', message: 'Durable Execution does not exist' };
      await expect(world.backend.executions[method](UNKNOWN)).rejects.toMatchObject(notFound);
      const renamed = arn.replace('/order-7/', '/order-8/');
      await expect(world.backend.executions[method](renamed)).rejects.toMatchObject(notFound);
      await expect(world.backend.executions[method]('nonsense')).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
      });
    });
  });

  describe('list', () => {
    it('pages newest first, or oldest first, without a gap or a repeat', async () => {
      const world = await make();
      const arns: string[] = [];
      for (let count = 0; count < 7; count++) {
        arns.push(await world.start());
        world.clock.advance(10);
      }
      for (const reverseOrder of [false, true]) {
        const found: string[] = [];
        let marker: string | undefined;
        let pages = 0;
        do {
          const page = await world.backend.executions.list({ maxItems: 3, reverseOrder, marker });
          found.push(...page.DurableExecutions.map(({ DurableExecutionArn }) => DurableExecutionArn));
          marker = page.NextMarker;
          pages += 1;
        } while (marker !== undefined);
        expect(found).toEqual(reverseOrder ? arns : [...arns].reverse());
        expect(pages).toBe(3);
      }
    });

    it('filters', async () => {
      const world = await make();
      const first = await world.start({ name: 'order-7' });
      world.clock.advance(1000);
      const other = (await world.service.start({ functionName: 'bills' })).DurableExecutionArn;
      await world.backend.executions.stop(other);
      const { executions } = world.backend;
      const arns = async (request: Parameters<typeof executions.list>[0]): Promise<string[]> =>
        (await executions.list(request)).DurableExecutions.map(({ DurableExecutionArn }) => DurableExecutionArn);
      expect(await arns({ functionName: 'orders:$LATEST' })).toEqual([first]);
      expect(await arns({ name: 'order-7' })).toEqual([first]);
      expect(await arns({ statuses: ['STOPPED'] })).toEqual([other]);
      expect(await arns({ statuses: [] })).toEqual([other, first]);
      expect(await arns({ startedAfter: new Date(world.clock.now() - 500) })).toEqual([other]);
      expect(await arns({ startedBefore: new Date(world.clock.now() - 500) })).toEqual([first]);
    });

    it('takes 0 as the default of 100', async () => {
      const world = await make();
      for (let count = 0; count < 101; count++) await world.start();
      expect((await world.backend.executions.list({ maxItems: 0 })).DurableExecutions).toHaveLength(100);
      expect((await world.backend.executions.list()).NextMarker).toBeDefined();
      expect((await world.backend.executions.list({ maxItems: 1000 })).NextMarker).toBeUndefined();
    });

    it('refuses page sizes, markers and dates that are none', async () => {
      const { executions } = (await make()).backend;
      await expect(executions.list({ maxItems: 1001 })).rejects.toMatchObject({
        name: 'ValidationException',
        message:
          "1 validation error detected: Value '1001' at 'maxItems' failed to satisfy constraint: " +
          'Member must have value less than or equal to 1000',
      });
      await expect(executions.list({ maxItems: -1 })).rejects.toThrow(/greater than or equal to 0/);
      await expect(executions.list({ maxItems: 1.5 })).rejects.toThrow(/must be an integer/);
      for (const marker of ['nonsense', Buffer.from('["list",1]').toString('base64url')]) {
        await expect(executions.list({ marker })).rejects.toMatchObject({
          name: 'InvalidParameterValueException',
          message: 'Invalid Marker',
        });
      }
      await expect(executions.list({ startedAfter: new Date('no') })).rejects.toThrow('startedAfter is no valid date.');
    });
  });

  describe('history', () => {
    it('pages in both directions and can leave the data out', async () => {
      const world = await make({ handler: async () => succeeded('"done"') });
      const arn = await world.start({ input: '"secret"' });
      await world.runOut();
      const { executions } = world.backend;
      const full = (await executions.history(arn)).Events;
      expect(full.map(({ EventId, EventType }) => [EventId, EventType])).toEqual([
        [1, 'ExecutionStarted'],
        [2, 'InvocationCompleted'],
        [3, 'ExecutionSucceeded'],
      ]);
      for (const reverseOrder of [false, true]) {
        const ids: number[] = [];
        let marker: string | undefined;
        do {
          const page = await executions.history(arn, { maxItems: 1, reverseOrder, marker });
          ids.push(...page.Events.map(({ EventId }) => EventId));
          marker = page.NextMarker;
        } while (marker !== undefined);
        expect(ids).toEqual(reverseOrder ? [3, 2, 1] : [1, 2, 3]);
      }
      expect(JSON.stringify(full)).toContain('secret');
      const bare = await executions.history(arn, { includeExecutionData: false });
      expect(bare.Events).toHaveLength(3);
      expect(JSON.stringify(bare)).not.toContain('secret');
    });

    it('refuses the marker of another listing', async () => {
      const world = await make();
      const arn = await world.start();
      await world.runOut();
      const { NextMarker } = await world.backend.executions.history(arn, { maxItems: 1 });
      expect(NextMarker).toBeDefined();
      const other = world.backend.executions.history(arn, { marker: NextMarker, reverseOrder: true });
      await expect(other).rejects.toThrow('Invalid Marker');
      await expect(world.backend.executions.list({ marker: NextMarker })).rejects.toThrow('Invalid Marker');
    });
  });
}
