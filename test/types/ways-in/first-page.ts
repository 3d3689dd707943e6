import middy from '@middy/core';
import { createRetryStrategy, durableExecution } from '@middy-durable/core';
import { IdempotencyConfig, idempotentExecution, MemoryPersistenceLayer } from '@middy-durable/idempotency';
import { replayAwareLogger } from '@middy-durable/logger';
import { askApprover, logger, type Order, process, validate } from './order.ts';

// What the project's first page shows, as it stands there.

const persistenceStore = new MemoryPersistenceLayer();
const config = new IdempotencyConfig({ eventKeyJmesPath: 'id' });

export const handler = middy<Order>({ executionMode: durableExecution() })
  .use(replayAwareLogger(logger)) // the module's own Powertools logger: each line once
  .use(idempotentExecution({ persistenceStore, config })) // the same order gets the same answer, days later too
  .handler(async (order, context) => {
    const validated = await context.step('validate', () => validate(order));
    const approval = await context.waitForCallback('approval', (callbackId) => askApprover(callbackId, order), {
      timeout: { days: 3 },
    });
    return context.step('process', () => process(validated, approval), {
      retryStrategy: createRetryStrategy({ maxAttempts: 3 }),
    });
  });
