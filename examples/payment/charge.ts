import { type DurableContext, type RetryStrategy, retryPresets } from '@middy-durable/core';
import { stepIdempotency } from '@middy-durable/idempotency';
import { DynamoDBPersistenceLayer } from '@middy-durable/idempotency/dynamodb';
import { CardDeclined, type Charge, charge } from './outside/payments.ts';

export interface Invoice {
  invoiceId: string;
  cents: number;
}

/** Longest time after which somebody may still ask for the same charge: a month. */
export const REMEMBERED_SECONDS = 30 * 86_400;
/** The ExecutionTimeout of both functions in the template: how long a claim stands where nobody can be asked about its owner. */
export const EXECUTION_TIMEOUT_SECONDS = 7 * 86_400;

export const persistenceStore = new DynamoDBPersistenceLayer({
  tableName: process.env.IDEMPOTENCY_TABLE ?? 'idempotency',
});

/** What the card's bank says now it says in a second, too. */
const unlessDeclined: RetryStrategy = (error, attempt) =>
  error instanceof CardDeclined ? { shouldRetry: false } : retryPresets.default(error, attempt);

/** Charges an invoice once, whichever function and execution asks. */
export function chargeOnce(context: DurableContext, { invoiceId, cents }: Invoice): Promise<Charge> {
  return context.step('charge', ({ idempotencyKey }) => charge(invoiceId, cents, idempotencyKey), {
    retryStrategy: unlessDeclined,
    idempotency: stepIdempotency({
      persistenceStore,
      key: `charge-${invoiceId}`,
      data: { cents },
      config: { expiresAfterSeconds: REMEMBERED_SECONDS, payloadValidationJmesPath: 'cents' },
      executionTimeout: EXECUTION_TIMEOUT_SECONDS,
    }),
  });
}
