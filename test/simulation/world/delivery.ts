import type { InvocationContext } from '@middy-durable/backend';
import type { DurableExecutionInvocationInput } from '@middy-durable/protocol';
import { ConnectionLost } from './calls.ts';
import type { Host } from './functions.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

const FAULTS = [
  'crash before a call',
  'crash after a call',
  'lost delivery',
  'late delivery',
  'duplicated delivery',
  'lost answer',
] as const;

/** A delivery is one call among many of the store. */
const OFTEN = 1 / 5;

/** An invocation on its way: to a host, to two, to none, or when nobody waits for it any more. */
export function deliver(
  simulation: Simulation,
  service: SimulatedProcess,
  host: () => Host,
  name: string,
  envelope: DurableExecutionInvocationInput,
  { requestId, signal, deadline }: InvocationContext,
): Promise<unknown> {
  const { world, scenario } = simulation;
  return new Promise((resolve, reject) => {
    const run = (answer: boolean): void => {
      const there = host();
      const { process } = there;
      if (!process.alive) {
        reject(new ConnectionLost('invoke'));
        return;
      }
      const label = `invocation ${envelope.InvocationCount ?? 0} of ${name} in ${process.name}`;
      world.note(`  ${label} begins`);
      const whenDead = process.onDeath(() => {
        // Either somebody sees the process die, or the lease tells.
        if (!world.random.chance(0.6)) return;
        const exit = Object.assign(new Error('The process died.'), { errorType: 'Runtime.ExitError' });
        world.gate({ process: service, label: `sees ${process.name} dead`, open: () => reject(exit) });
      });
      const respond = (open: () => void): void => {
        whenDead();
        if (answer) world.gate({ process, label: `${label} answers`, open });
      };
      const remaining = Math.max(0, deadline - service.now());
      simulation.functions.run(there, name, envelope, requestId, remaining).then(
        (output) => respond(() => (service.alive ? resolve(output) : undefined)),
        (error: unknown) => respond(() => (service.alive ? reject(error) : undefined)),
      );
      signal.addEventListener('abort', () => {
        if (process !== service && world.random.chance(0.4)) process.kill('aborted by the service');
      });
    };
    world.gate({
      process: service,
      label: `invokes ${name} ${envelope.InvocationCount ?? ''}`,
      open() {
        const fault = service.alive ? world.faults.strike(FAULTS, OFTEN) : undefined;
        if (fault !== undefined) world.note(`  ${fault}`);
        switch (fault) {
          case 'crash before a call':
            return service.kill(fault);
          case 'crash after a call':
            run(false);
            return service.kill(fault);
          case 'lost delivery':
            // Sometimes the service never hears of it either.
            return world.random.chance(0.5) ? reject(new ConnectionLost('invoke')) : undefined;
          case 'late delivery':
            world.schedule(undefined, () => run(false), scenario.lease * 1000 + world.random.whole(-1000, 60_000));
            return world.random.chance(0.5) ? reject(new ConnectionLost('invoke')) : undefined;
          case 'duplicated delivery':
            run(true);
            return run(true);
          case 'lost answer':
            run(false);
            return world.random.chance(0.5) ? reject(new ConnectionLost('invoke')) : undefined;
          default:
            return run(true);
        }
      },
    });
  });
}
