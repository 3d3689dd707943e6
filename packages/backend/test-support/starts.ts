import { describe, expect, it } from '@jest/globals';
import { type MakeStore, worlds } from './world.ts';

const ARN = /^arn:aws:lambda:us-east-1:000000000000:function:orders:\$LATEST\/durable-execution\/[^/]+\/[^/]+$/;

/** Starting executions, idempotent by name. */
export function describeStarts(makeStore: MakeStore): void {
  const make = worlds(makeStore);

  describe('start', () => {
    it('makes an execution whose ARN says where it lives', async () => {
      const world = await make({ functionArn: { partition: 'aws-cn', region: 'cn-north-1', account: '123456789012' } });
      const { DurableExecutionArn } = await world.service.start({ functionName: 'orders:7', name: 'order-7' });
      expect(DurableExecutionArn).toMatch(
        /^arn:aws-cn:lambda:cn-north-1:123456789012:function:orders:7\/durable-execution\/order-7\/./,
      );
      expect(await world.backend.executions.get(DurableExecutionArn)).toMatchObject({ Version: '7' });
    });

    it('gives a name where none is given', async () => {
      const world = await make();
      const [one, other] = [await world.start(), await world.start()];
      expect(one).toMatch(ARN);
      expect(one).not.toBe(other);
    });

    it.each([
      'arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST',
      '000000000000:function:orders',
      'orders',
    ])('knows the function %s by its plain name', async (functionName) => {
      const names: string[] = [];
      const world = await make();
      const service = world.backend;
      await service.executions.start({ functionName });
      for (const { functionName: name } of await world.store.list({ limit: 9 })) names.push(name);
      expect(names).toEqual(['orders']);
    });

    it('answers the same name and input with the same execution, also after its end', async () => {
      const world = await make();
      const request = { functionName: 'orders', name: 'order-7', input: '{"n":1}' };
      const first = await world.service.start(request);
      expect(first.created).toBe(true);
      expect(await world.service.start(request)).toEqual({ ...first, created: false });
      await world.runOut();
      expect(await world.status(first.DurableExecutionArn)).toBe('SUCCEEDED');
      expect(await world.service.start(request)).toEqual({ ...first, created: false });
      await world.runOut();
      expect(world.envelopes).toHaveLength(1);
      expect(world.statusChanges).toHaveLength(2);
    });

    it.each([undefined, '', '{"n":2}'])('refuses the same name with input %j instead', async (input) => {
      const world = await make();
      const arn = await world.start({ name: 'order-7', input: '{"n":1}' });
      await expect(world.service.start({ functionName: 'orders', name: 'order-7', input })).rejects.toMatchObject({
        name: 'DurableExecutionAlreadyStartedException',
        message: `Execution already started: ${arn}`,
        $metadata: { httpStatusCode: 409 },
      });
    });

    it('lets one of many create that start the same name at once', async () => {
      const world = await make();
      const starts = Array.from({ length: 5 }, () => world.service.start({ functionName: 'orders', name: 'order-7' }));
      const answers = await Promise.all(starts);
      expect(answers.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(answers.map(({ DurableExecutionArn }) => DurableExecutionArn)).size).toBe(1);
    });

    it.each([
      [{ name: 'no spaces' }, /'durableExecutionName' failed to satisfy constraint: .*pattern/],
      [{ name: 'x'.repeat(65) }, /Member must have length less than or equal to 64/],
      [{ name: '' }, /Member must have length greater than or equal to 1/],
      [{ functionName: 'or ders' }, /'functionName' failed to satisfy constraint/],
      [{ functionName: 'my.orders' }, /'my\.orders' does not fit the ARN of an execution/],
      [{ functionName: 'orders:live' }, /Qualifier 'live' of function 'orders' can't be resolved here/],
      [{ executionTimeout: 0 }, /executionTimeout must be a whole number from 1 to 31622400, not 0/],
      [{ executionTimeout: 1.5 }, /executionTimeout must be a whole number/],
      [{ executionTimeout: 31_622_401 }, /executionTimeout must be a whole number/],
      [
        { input: 'x'.repeat(6 * 1024 * 1024 + 1) },
        /Execution input payload size must be less than or equal to 6291456/,
      ],
    ])('refuses bad requests (%#)', async (request, message) => {
      const world = await make();
      const refused = world.service.start({ functionName: 'orders', ...request });
      await expect(refused).rejects.toMatchObject({
        message: expect.stringMatching(message),
        $metadata: { httpStatusCode: 400 },
      });
      expect(await world.store.list({ limit: 1 })).toEqual([]);
    });
  });
}
