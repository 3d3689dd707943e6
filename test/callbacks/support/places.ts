import { afterEach, describe } from '@jest/globals';
import { createService, type Service, type StoreBackend } from '@middy-durable/backend';
import type { CallbackClientOptions } from '@middy-durable/callbacks';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { dynamoDBBackend, tableDefinition } from '@middy-durable/dynamodb';
import type { ExecutionDescription } from '@middy-durable/protocol';
import { type VirtualTime, virtualTime } from '@middy-durable/testing';
import { BACKENDS, type MakeBackend, processesOf } from '../../support/backends.ts';
import { describeOn } from '../../support/describe-dynamodb.ts';
import { LambdaApiServer } from '../../support/lambda-api-server.ts';

export type Handler = (event: unknown, context: DurableContext) => Promise<unknown>;

/** Where executions are kept, with a loop that runs them on virtual time, and how a client of callbacks gets there. */
export interface Place {
  readonly backend: StoreBackend;
  readonly time: VirtualTime;
  /** The Lambda service's REST API, where the client goes through it. */
  readonly api: LambdaApiServer | undefined;
  readonly client: CallbackClientOptions;
  /** The same for a client in another process, which shares nothing but the store. */
  elsewhere(): CallbackClientOptions;
  /** Starts an execution of `handler` and lets it run until it waits. */
  start(handler: Handler): Promise<string>;
  /** Lets everything happen that is due. */
  settle(): Promise<void>;
  /** Lets time pass, and what falls due in it happen. */
  pass(milliseconds: number): Promise<void>;
  look(arn: string): Promise<ExecutionDescription>;
  history(arn: string): Promise<string[]>;
}

interface OpenPlace extends Place {
  close(): Promise<void>;
}

const memory = BACKENDS.memory as MakeBackend;

/** Every backend, and the native service over its REST API. */
export const PLACES: Readonly<Record<string, () => Promise<OpenPlace>>> = {
  ...Object.fromEntries(Object.entries(BACKENDS).map(([name, make]) => [name, () => openPlace(make, false)])),
  'the Lambda API': () => openPlace(memory, true),
};

type Tests = (open: () => Promise<Place>, name: string) => void;

/** The same tests in every place, each with a place of its own. */
export function inEveryPlace(tests: Tests): void {
  describe.each(Object.keys(PLACES))('on %s', (name) => testsIn(tests, name, PLACES[name] as () => Promise<OpenPlace>));
}

/** On DynamoDB Local, too, where there is Java: slower, so for what has to hold above all. */
export function inEveryPlaceAndDynamoDBLocal(tests: Tests): void {
  inEveryPlace(tests);
  describeOn('DynamoDB Local', (engine) => {
    const make: MakeBackend = async (options) => {
      const tableName = await engine().createTable(tableDefinition);
      return processesOf(() => dynamoDBBackend({ ...options, tableName, client: engine().newClient(), wakeUp: false }));
    };
    testsIn(tests, 'DynamoDB Local', () => openPlace(make, false));
  });
}

function testsIn(tests: Tests, name: string, make: () => Promise<OpenPlace>): void {
  const opened: OpenPlace[] = [];
  afterEach(async () => {
    for (const place of opened.splice(0)) await place.close();
  });
  tests(async () => {
    const place = await make();
    opened.push(place);
    return place;
  }, name);
}

async function openPlace(make: MakeBackend, overHttp: boolean): Promise<OpenPlace> {
  const time = virtualTime();
  const { backend, elsewhere, close } = await make({ clock: time });
  const api = overHttp ? await LambdaApiServer.listen(backend) : undefined;
  let handler: Handler = async () => undefined;
  const durable = withDurableExecution<unknown>((event, context) => handler(event, context), { backend });
  const service: Service = createService({
    backend,
    retries: { jitter: 'none' },
    invoke: (_name, envelope, { requestId }) =>
      durable(envelope, { awsRequestId: requestId, getRemainingTimeInMillis: () => 900_000 }),
  });
  const moveTo = (moment: number): void => {
    while (time.advance(moment));
  };
  const place: OpenPlace = {
    backend,
    time,
    api,
    client: api ? { lambda: api.client() } : { backend, pause: async () => {} },
    elsewhere: () => (api ? { lambda: api.client() } : { backend: elsewhere(), pause: async () => {} }),
    async start(next) {
      handler = next;
      const { DurableExecutionArn } = await backend.executions.start({ functionName: 'orders', input: '{}' });
      await place.settle();
      return DurableExecutionArn;
    },
    async settle() {
      for (;;) {
        const next = await service.tick();
        await service.idle();
        if (next === undefined || next > time.now()) return;
      }
    },
    async pass(milliseconds) {
      const until = time.now() + milliseconds;
      for (;;) {
        await place.settle();
        const next = (await service.tick()) ?? until;
        await service.idle();
        if (next >= until) break;
        moveTo(next);
      }
      moveTo(until);
      await place.settle();
    },
    look: (arn) => backend.executions.get(arn),
    async history(arn) {
      const { Events } = await backend.executions.history(arn, { maxItems: 1000 });
      return Events.map(({ EventType }) => EventType);
    },
    async close() {
      await service.close();
      await api?.close();
      await close();
    },
  };
  return place;
}
