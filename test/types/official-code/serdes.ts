import {
  type AnySerdes,
  type AnySerdesDeserializer,
  type BatchResult,
  createClassSerdes,
  createClassSerdesWithDates,
  type DurableContext,
  defaultSerdes,
  type Serdes,
  type SerdesConfig,
  type SerdesContext,
} from '@aws/durable-execution-sdk-js';

class Order {
  id = '';
  placedAt: Date = new Date(0);
  label(): string {
    return `Order ${this.id}`;
  }
}
declare const key: { seal(text: string): Promise<string>; open(text: string): Promise<string> };

const orders: Serdes<Order> = createClassSerdes(Order);
const dated = createClassSerdesWithDates(Order, ['placedAt', 'history.at']);

/** Properties that are functions. */
const sealed: Serdes<Order> = {
  serialize: async (value: Order | undefined, context: SerdesContext) =>
    value === undefined ? undefined : key.seal(`${context.entityId} ${context.durableExecutionArn} ${value.id}`),
  deserialize: async (data) =>
    data === undefined ? undefined : Object.assign(new Order(), { id: await key.open(data) }),
};

/** A class. */
class Encrypted<T> implements Serdes<T> {
  async serialize(value: T | undefined, context: SerdesContext): Promise<string | undefined> {
    const text = await defaultSerdes.serialize(value, context);
    return text === undefined ? undefined : key.seal(text);
  }
  async deserialize(data: string | undefined, context: SerdesContext): Promise<T | undefined> {
    return data === undefined ? undefined : defaultSerdes.deserialize(await key.open(data), context);
  }
}
const whatever: AnySerdes = {
  serialize: async (value) => JSON.stringify(value),
  deserialize: async (data) => (data === undefined ? undefined : JSON.parse(data)),
};
const reading: AnySerdesDeserializer = { deserialize: async (data) => data?.trim() };
const fromClass: AnySerdes = createClassSerdes(Order);
const fromDefault: Serdes<Order> = defaultSerdes;

export async function used(context: DurableContext): Promise<unknown> {
  const order: Order = await context.step('a', async () => Object.assign(new Order(), { id: '1' }), { serdes: orders });
  const again: Order = await context.step('b', async () => new Order(), { serdes: dated });
  const typed: Order = await context.step('c', async () => new Order(), { serdes: new Encrypted<Order>() });
  const loose: Order = await context.step<Order>('d', async () => new Order(), { serdes: whatever });
  const byDefault = await context.step('e', async () => new Order(), { serdes: defaultSerdes });
  const child: Order = await context.runInChildContext('f', async () => new Order(), { serdes: fromClass });
  const batch: BatchResult<Order> = await context.map([1], async () => new Order(), {
    itemSerdes: sealed,
    serdes: new Encrypted<BatchResult<Order>>(),
  });
  return [order.label(), again.label(), typed.label(), loose.label(), byDefault, child.label(), batch.all, fromDefault];
}

export function configured(context: DurableContext): void {
  const config: SerdesConfig = { defaultSerdes: whatever, defaultCallbackDeserializer: reading };
  context.configureSerdes(config);
  context.configureSerdes({ defaultSerdes: orders });
  context.configureSerdes({ defaultSerdes: new Encrypted<unknown>() });
  context.configureSerdes({ defaultCallbackDeserializer: orders });
  context.configureSerdes({ defaultCallbackDeserializer: defaultSerdes });
  context.configureSerdes({});
}

/** What the default reads has no type of its own. */
export async function read(data: string, context: SerdesContext): Promise<string> {
  const value = await defaultSerdes.deserialize(data, context);
  return value.id;
}
