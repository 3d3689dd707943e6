import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type CheckpointGate, DurableFunction } from './durable-function.ts';

// A process starts slowly on a busy machine.
jest.setTimeout(30_000);

/** Checkpoints of the order, a step each. */
const CHECKPOINTS = [1, 2, 3];
const EFFECTS = ['reserve', 'charge', 'ship'];

describe('a process that is killed', () => {
  let fn: DurableFunction;
  afterEach(() => fn.close());

  /** @param gate what happens to the checkpoint with this number */
  async function run(count: number, gate: CheckpointGate): Promise<string[]> {
    fn = await DurableFunction.deploy('order.handler');
    fn.gate = (apply, current) => (current === count ? gate(apply, current) : apply());
    const arn = await fn.start({});
    expect(await fn.result(arn)).toEqual(EFFECTS.map((name) => `${name}: done`));
    expect(fn.lambda.environments[0]?.dead).toBe(true);
    expect(fn.lambda.newest.openResources.flat()).toEqual([]);
    // Who dies after the last checkpoint may have answered.
    const deaths = (await fn.invocations(arn)).slice(0, -1);
    expect(deaths).toEqual(fn.lambda.environments.length === 1 ? [] : ['Runtime.ExitError']);
    return fn.effects.map((line) => line.split(' ')[0] as string);
  }

  async function kill(): Promise<void> {
    const { newest } = fn.lambda;
    newest.kill();
    await newest.gone;
  }

  it.each(CHECKPOINTS)('before checkpoint %i is applied: that step runs again, and no other', async (count) => {
    const effects = await run(count, async () => {
      await kill();
      throw new Error('Nothing was applied.');
    });
    const name = EFFECTS[count - 1] as string;
    expect(effects).toEqual(EFFECTS.flatMap((effect) => (effect === name ? [effect, effect] : [effect])));
  });

  it.each(CHECKPOINTS)('when checkpoint %i is applied and not answered: every effect happens once', async (count) => {
    const effects = await run(count, async (apply) => {
      const response = await apply();
      await kill();
      return response;
    });
    expect(effects).toEqual(EFFECTS);
  });

  it.each(CHECKPOINTS)('when checkpoint %i was answered: what is recorded does not run again', async (count) => {
    const effects = await run(count, async (apply) => {
      const response = await apply();
      // The answer is on its way by then. How far the process gets with it is open.
      setImmediate(() => void kill());
      return response;
    });
    const [next] = EFFECTS.slice(count);
    const again = effects.filter((name) => name === next).length === 2;
    expect(effects).toEqual(EFFECTS.flatMap((name) => (again && name === next ? [name, name] : [name])));
  });
});
