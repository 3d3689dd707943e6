import middy from '@middy/core';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import { IdempotencyConfig, idempotentExecution, stepIdempotency } from '@middy-durable/idempotency';
import { DynamoDBPersistenceLayer } from '@middy-durable/idempotency/dynamodb';

interface Order {
  orderId: string;
}

/** What the first page calls. */
export const charged: [orderId: string, idempotencyKey: string][] = [];
const payments = {
  charge: async ({ orderId }: Order, idempotencyKey: string) => `receipt ${charged.push([orderId, idempotencyKey])}`,
};

// From here on as the README of the package shows it.

const persistenceStore = new DynamoDBPersistenceLayer({ tableName: 'idempotency' });
const config = new IdempotencyConfig({ eventKeyJmesPath: 'orderId', expiresAfterSeconds: 10 * 86_400 });

export const handler = middy(
  async (order: Order, context: DurableContext) =>
    context.step('charge', ({ idempotencyKey }) => payments.charge(order, idempotencyKey), {
      idempotency: stepIdempotency({ persistenceStore, key: `charge-${order.orderId}` }),
    }),
  { executionMode: durableExecution() },
).use(idempotentExecution({ persistenceStore, config })); // the same order again gets the same result, days later too
