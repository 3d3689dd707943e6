import { describe, expect, it } from '@jest/globals';
import { caller, callOf, divided, executionsOf } from './calls.ts';
import { succeeded } from './function-side.ts';
import { mortalStore } from './mortal-store.ts';
import { VirtualClock } from './virtual-clock.ts';
import { watchedStore } from './watched-store.ts';
import { type MakeStore, type World, type WorldOptions, worldOn } from './world.ts';

/** More store calls than a scenario makes: a sweep that gets there has a bug. */
const TOO_MANY = 500;

interface Scenario {
  functionName: string;
  /** Times that the target ran. */
  runs: number;
  options: WorldOptions;
}

const durable = (): Scenario => {
  const scenario: Scenario = { functionName: 'bills', runs: 0, options: { functions: { bills: {} } } };
  scenario.options.handler = divided(caller(), async () => {
    scenario.runs += 1;
    return succeeded('1');
  });
  return scenario;
};

const ordinary = (): Scenario => {
  const scenario: Scenario = { functionName: 'tax', runs: 0, options: {} };
  const handler = (): number => {
    scenario.runs += 1;
    return 1;
  };
  scenario.options.functions = { tax: { durable: false, handler } };
  scenario.options.handler = caller({ functionName: 'tax', payload: '{}' });
  return scenario;
};

/** Calls over a store that fails, and processes that die, at every single write. */
export function describeCallFaults(makeStore: MakeStore): void {
  const kinds: [string, () => Scenario][] = [
    ['durable', durable],
    ['ordinary', ordinary],
  ];

  describe.each(kinds)('a call of a function that is %s', (kind, makeScenario) => {
    it.each(['create', 'append', 'head', 'settle', 'heartbeat', 'outside', 'reschedule'] as const)(
      'ends the same, whichever %s fails or is not answered',
      async (method) => {
        for (const fault of ['fails', 'lost'] as const) {
          for (let nth = 1; nth < TOO_MANY; nth++) {
            const scenario = makeScenario();
            const sound = watchedStore(await makeStore());
            const store = watchedStore(sound);
            const world = worldOn(store, new VirtualClock(), scenario.options);
            const observer = worldOn(sound, world.clock);
            let calls = 0;
            const strike = async (): Promise<void> => {
              calls += 1;
              if (calls === nth) store.fail(method, fault);
              else store.before(method, strike);
            };
            // The start of the caller itself is another test's.
            const arn = await world.start();
            store.before(method, strike);
            await world.runOut();
            expect([fault, nth, await callOf(observer, arn)]).toEqual([fault, nth, ['SUCCEEDED', { Result: '1' }]]);
            expect(await executionsOf(observer, scenario.functionName)).toHaveLength(kind === 'durable' ? 1 : 0);
            await store.close();
            if (calls < nth) break;
          }
        }
      },
    );

    it.each(['before', 'after'] as const)(
      'ends the same, wherever its process dies: %s a call of the store is applied',
      async (moment) => {
        for (let nth = 1; nth < TOO_MANY; nth++) {
          const scenario = makeScenario();
          const store = await makeStore();
          const clock = new VirtualClock();
          const { DurableExecutionArn: arn } = await worldOn(watchedStore(store), clock).service.start({
            functionName: 'orders',
          });
          const mortal = mortalStore(store, nth, moment);
          const first = worldOn(watchedStore(mortal), clock, { ...scenario.options, leaseSeconds: 30 });
          await Promise.race([first.runOut(), mortal.death]);
          const completed = mortal.alive;
          mortal.die();
          const runs = scenario.runs;
          const second = worldOn(watchedStore(store), clock, { ...scenario.options, leaseSeconds: 30 });
          await second.runOut();
          expect([nth, await callOf(second, arn)]).toEqual([nth, ['SUCCEEDED', { Result: '1' }]]);
          expect(await executionsOf(second, scenario.functionName)).toHaveLength(kind === 'durable' ? 1 : 0);
          // At least once: a crash may repeat what was at work, and nothing else does.
          expect(scenario.runs - runs).toBeLessThanOrEqual(1);
          expect(await store.nextDue()).toBeUndefined();
          await store.close();
          if (completed) return;
        }
        throw new Error('The process never gets through.');
      },
    );

    it('is one call for two services that find it at once', async () => {
      const scenario = makeScenario();
      const store = watchedStore(await makeStore());
      const clock = new VirtualClock();
      const one = worldOn(store, clock, scenario.options);
      const other = worldOn(store, clock, scenario.options);
      const arn = await one.start();
      for (let turns = 0; turns < 20; turns++) {
        await Promise.all([one.service.tick(), other.service.tick()]);
        await Promise.all([one.service.idle(), other.service.idle()]);
      }
      expect(await callOf(one, arn)).toEqual(['SUCCEEDED', { Result: '1' }]);
      expect(scenario.runs).toBe(1);
      await store.close();
    });
  });

  it('an outcome that is told twice counts once', async () => {
    const scenario = durable();
    const store = watchedStore(await makeStore());
    const world: World = worldOn(store, new VirtualClock(), scenario.options);
    const arn = await world.start();
    const runId = arn.split('/').at(-1) ?? '';
    store.before('settle', async () => {
      await store.settle(runId, 'call', { status: 'FAILED', error: { ErrorType: 'First' } }, world.clock.now());
    });
    await world.runOut();
    expect(await callOf(world, arn)).toEqual(['FAILED', { Error: { ErrorType: 'First' } }]);
    expect((await world.history(arn)).filter((type) => type.startsWith('ChainedInvoke'))).toHaveLength(2);
    await store.close();
  });
}
