import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ClientLike } from '@middy-durable/dynamodb';
import type { Clock } from '@middy-durable/protocol';
import type { Random } from '../simulation/random.ts';
import type { Fault } from '../support/faulty-dynamodb.ts';
import type { FunctionContext, LambdaFunction, World } from './wake-up-world.ts';

/** What may happen in a world, and how often it did. */
export class Troubles {
  readonly counts: Map<string, number> = new Map();
  readonly #random: Random;
  #isCalm = false;

  constructor(random: Random) {
    this.#random = random;
  }

  happens(what: string, probability: number): boolean {
    if (this.#isCalm || !this.#random.chance(probability)) return false;
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    return true;
  }

  calm(): void {
    this.#isCalm = true;
  }
}

export const REQUEST_FAULTS: readonly Fault[] = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'InternalServerError',
  'lost',
  'twice',
];
const FAULT = 0.005;
const DEATH = 0.12;
/** Of an invocation: it dies at one of its first so many requests. */
const MOST_REQUESTS = 12;

const never = <T>(): Promise<T> => new Promise(() => {});

/** A process of a function. When it dies, nothing of it goes on: no answer arrives, and no timer fires. */
export class MortalProcess {
  readonly client: DynamoDBClient;
  readonly clock: Clock;
  readonly lambda: ClientLike;
  /** Faults that have struck its requests. */
  faults = 0;
  readonly death: Promise<never>;
  #alive = true;
  #tell: (error: Error) => void;
  #left = Number.POSITIVE_INFINITY;
  #diesBefore = false;

  constructor(world: World, troubles: Troubles) {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.death = promise;
    this.#tell = reject;
    const onRequest = (): Fault | undefined => {
      const fault = REQUEST_FAULTS.find((one) => troubles.happens(one, FAULT));
      if (fault !== undefined) this.faults += 1;
      return fault;
    };
    this.client = world.faultyClient({ maxAttempts: 2, onRequest }).client;
    this.client.middlewareStack.add((next) => (args) => this.#request(() => next(args)), {
      step: 'initialize',
      priority: 'high',
      name: 'mortal',
    });
    this.lambda = { send: (command: never) => this.#request(() => world.lambda.send(command)) };
    this.clock = {
      now: () => world.clock.now(),
      randomId: () => world.clock.randomId(),
      schedule: (callback, ms) => world.clock.schedule(() => this.#alive && callback(), ms),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Lets it die at its n-th request from now: before that is applied, or before it is answered. */
  doom(requests: number, moment: 'before' | 'after' = 'after'): void {
    this.#left = requests;
    this.#diesBefore = moment === 'before';
  }

  async #request<T>(send: () => Promise<T>): Promise<T> {
    this.#left -= 1;
    const isLast = this.#left === 0;
    if (isLast && this.#diesBefore) this.#die();
    if (!this.#alive) return never();
    const [outcome] = await Promise.allSettled([send()]);
    if (isLast) this.#die();
    if (!this.#alive) return never();
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  #die(): void {
    this.#alive = false;
    this.#tell(Object.assign(new Error('Runtime exited'), { name: 'Runtime.ExitError' }));
  }
}

/** A function as Lambda has it: processes that work on one event at a time and are used again, until they die. */
export function mortalFunction(
  world: World,
  troubles: Troubles,
  random: Random,
  make: (process: MortalProcess) => LambdaFunction,
): LambdaFunction {
  const idle: { process: MortalProcess; handler: LambdaFunction }[] = [];
  return async (event: unknown, context: FunctionContext) => {
    let one = idle.pop();
    if (one === undefined) {
      const process = new MortalProcess(world, troubles);
      one = { process, handler: make(process) };
    }
    const { process, handler } = one;
    if (troubles.happens('death', DEATH)) {
      process.doom(random.whole(1, MOST_REQUESTS), random.pick(['before', 'after'] as const));
    }
    try {
      return await Promise.race([handler(event, context), process.death]);
    } finally {
      process.doom(Number.POSITIVE_INFINITY);
      if (process.alive) idle.push(one);
    }
  };
}
