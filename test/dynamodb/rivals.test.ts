import { afterEach, describe, expect, it } from '@jest/globals';
import { FUNCTION, gate, Processes } from './processes.ts';
import { onEveryEngine } from './stores.ts';

const MINUTE = 60_000;
const INPUT = '{"id":7}';

onEveryEngine((_make, engine) => {
  let processes: Processes | undefined;
  afterEach(() => processes?.close());
  const open = async (): Promise<Processes> => {
    processes = await Processes.on(engine());
    return processes;
  };
  const start = { functionName: FUNCTION, name: 'order-7', input: INPUT };

  describe('invocations of one execution at once', () => {
    it('exactly one of five processes goes on, whoever finds it due', async () => {
      const all = await open();
      const runs: number[] = [];
      const fives = Array.from({ length: 5 }, (_, index) =>
        all.begin(async (_event, context) => {
          runs.push(index);
          const first = await context.step('first', async () => index);
          await context.wait({ seconds: 10 });
          return [first, await context.step('second', async () => index)];
        }),
      );
      const [one] = fives;
      if (one === undefined) throw new Error('There is no process.');
      const { DurableExecutionArn: arn } = await one.backend.executions.start(start);
      const { Status } = await all.end(one, arn);
      expect(Status).toBe('SUCCEEDED');
      // Once until the wait, once after it.
      expect(runs).toHaveLength(2);
      expect(fives.flatMap(({ reports }) => reports)).toEqual([]);
    });

    it('who reads the log before somebody else claims the run finds that out by its own claim', async () => {
      const all = await open();
      const runs: string[] = [];
      const begin = (name: string) =>
        all.begin(async () => {
          runs.push(name);
          return name;
        });
      const [slow, fast] = [begin('slow'), begin('fast')];
      const { DurableExecutionArn: arn } = await slow.backend.executions.start(start);
      slow.faulty.intrude(
        (request) => request === 'PutItem',
        async () => {
          await fast.service.tick();
          await fast.service.idle();
        },
      );
      await slow.service.tick();
      await slow.service.idle();
      expect(runs).toEqual(['fast']);
      expect(await slow.backend.executions.get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"fast"' });
    });
  });

  it('a zombie that wakes up after its lease changes nothing, and its execution has one result', async () => {
    const all = await open();
    const { open: wake, opened: woken } = gate();
    const { open: begun, opened: working } = gate();
    const zombie = all.begin(async (_event, context) => {
      await context.step('before', async () => 1);
      return context.step('charge', async () => {
        begun();
        await woken;
        return 'zombie';
      });
    });
    const { DurableExecutionArn: arn } = await zombie.backend.executions.start(start);
    await zombie.service.tick();
    await working;
    const heir = all.begin(async (_event, context) => {
      await context.step('before', async () => 2);
      return context.step('charge', async () => 'heir');
    });
    await heir.service.tick();
    expect(await heir.backend.executions.get(arn)).toMatchObject({ Status: 'RUNNING' });
    all.pass(16 * MINUTE);
    const ended = { Status: 'SUCCEEDED', Result: '"heir"' };
    expect(await all.end(heir, arn, [heir])).toMatchObject(ended);
    const { Events: before } = await heir.backend.executions.history(arn, {});
    wake();
    await zombie.service.idle();
    expect(await zombie.backend.executions.get(arn)).toMatchObject(ended);
    expect((await zombie.backend.executions.history(arn, {})).Events).toEqual(before);
    expect(before.filter(({ EventType, Name }) => EventType === 'StepSucceeded' && Name === 'charge')).toHaveLength(1);
  });

  describe('clocks that differ by a minute', () => {
    it.each([
      [MINUTE, 0],
      [0, MINUTE],
      [-MINUTE, 0],
      [-MINUTE, MINUTE],
    ])('of %d and %d ms: nobody is robbed of a lease that is longer, and waits end', async (one, other) => {
      const all = await open();
      const { open: goOn, opened: mayGoOn } = gate();
      const { open: begun, opened: working } = gate();
      const charged: string[] = [];
      const begin = (name: string, skew: number) =>
        all.begin(
          async (_event, context) => {
            await context.step('charge', async () => {
              charged.push(name);
              begun();
              await mayGoOn;
            });
            await context.wait({ seconds: 30 });
            return context.step('ship', async () => 'shipped');
          },
          { skew },
        );
      const first = begin('first', one);
      const second = begin('second', other);
      const { DurableExecutionArn: arn } = await first.backend.executions.start(start);
      all.pass(MINUTE);
      await first.service.tick();
      await working;
      await second.service.tick();
      goOn();
      await Promise.all([first.service.idle(), second.service.idle()]);
      expect(charged).toEqual(['first']);
      expect(await all.end(second, arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"shipped"' });
      const { Events } = await first.backend.executions.history(arn, {});
      const moments = Events.map(({ EventTimestamp }) => Number(EventTimestamp));
      expect(moments).toEqual([...moments].sort((a, b) => a - b));
    });
  });
});
