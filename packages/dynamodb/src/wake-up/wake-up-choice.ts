import { type Clock, ValidationException } from '@middy-durable/protocol';
import type { DynamoDBStore } from '../dynamodb-store.ts';
import type { ClientLike } from './aws-clients.ts';
import { ControlItems } from './control-items.ts';
import { DueSoon } from './due-soon.ts';
import { lambdaFunctions } from './lambda-functions.ts';
import { tableOf } from './table-of.ts';
import { WakeUpStarter } from './wake-up-starter.ts';

/** How what is due soon gets somebody to wake it up. */
export interface WakeUpChoice {
  /**
   * The wake-up function, which is started when something falls due before its next tick: without it, an execution goes on
   * up to a minute late. Default: the environment's `DURABLE_WAKE_UP_FUNCTION`, else none.
   */
  functionName?: string | undefined;
  /**
   * The `LambdaClient` for that. Default: one of its own from the environment. From one of yours remove the SDK's recursion
   * detection (`client.middlewareStack.remove('recursionDetectionMiddleware')`).
   */
  lambda?: ClientLike | undefined;
}

/** The parts of a backend that see to wake-ups. */
export function wakeUpStarter(
  store: DynamoDBStore,
  clock: Clock,
  { functionName = process.env.DURABLE_WAKE_UP_FUNCTION, lambda }: WakeUpChoice,
): { starter: WakeUpStarter; dueSoon: DueSoon } {
  if (functionName !== undefined && typeof functionName !== 'string') {
    throw new ValidationException('wakeUp.functionName must be the name or ARN of the wake-up function.');
  }
  const dueSoon = new DueSoon(clock);
  const wakeUp = functionName ? { functionName, functions: lambdaFunctions(lambda, clock) } : undefined;
  const items = new ControlItems(tableOf(store));
  return { starter: new WakeUpStarter({ clock, items, dueSoon, tableName: store.tableName, wakeUp }), dueSoon };
}
