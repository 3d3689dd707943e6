import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBEngine } from './dynamodb-engines.ts';

/**
 * What happens to one attempt of a request. `lost`: applied, but the answer never arrives. `twice`: applied, and arrives
 * once more before it is answered. Everything else never arrives, and fails with an error of that name.
 */
export type Fault = 'lost' | 'twice' | (string & {});

export interface SentRequest {
  /** `PutItem`, `Query` ... */
  request: string;
  input: Record<string, unknown>;
  capacity: ConsumedCapacity | undefined;
}

export interface ConsumedCapacity {
  CapacityUnits?: number;
  Table?: { CapacityUnits?: number };
  GlobalSecondaryIndexes?: Record<string, { CapacityUnits?: number }>;
}

export interface FaultyDynamoDB {
  readonly client: DynamoDBClient;
  /** Attempts so far. */
  readonly sent: SentRequest[];
  /** Lets `fault` strike the next attempts that `matches`, `times` of them. */
  strike(fault: Fault, matches: (request: string, input: Record<string, unknown>) => boolean, times?: number): void;
  /** Does `work` just before the next request that `matches` arrives: somebody else gets in between. */
  intrude(matches: (request: string, input: Record<string, unknown>) => boolean, work: () => Promise<void>): void;
  /** Takes back what has not struck yet, and says how much that is. */
  calm(): number;
}

/**
 * A client that notes what it sends and what that costs, and fails where it is told to, below the AWS SDK's own retries.
 * `onRequest` is asked for every attempt that nothing else strikes.
 */
export function faultyDynamoDB(
  engine: DynamoDBEngine,
  { onRequest, ...options }: { maxAttempts?: number; onRequest?: (request: string) => Fault | undefined } = {},
): FaultyDynamoDB {
  const client = engine.newClient(options);
  const sent: SentRequest[] = [];
  const strikes: { fault: Fault; matches: (request: string, input: Record<string, unknown>) => boolean }[] = [];
  const intruders: {
    matches: (request: string, input: Record<string, unknown>) => boolean;
    work: () => Promise<void>;
  }[] = [];

  client.middlewareStack.add(
    (next, context) => (args) => {
      context.input = args.input;
      return next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'INDEXES' } as typeof args.input });
    },
    { step: 'initialize', name: 'wantsCapacity' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const request = String(context.commandName).replace(/Command$/, '');
      const input = context.input as Record<string, unknown>;
      const intruder = intruders.findIndex(({ matches }) => matches(request, input));
      if (intruder >= 0) await intruders.splice(intruder, 1)[0]?.work();
      const index = strikes.findIndex(({ matches }) => matches(request, input));
      const fault = index >= 0 ? strikes.splice(index, 1)[0]?.fault : onRequest?.(request);
      const note: SentRequest = { request, input, capacity: undefined };
      sent.push(note);
      if (fault !== undefined && fault !== 'lost' && fault !== 'twice') {
        throw Object.assign(new Error(`${request} was struck.`), {
          name: fault,
          $metadata: { httpStatusCode: fault === 'InternalServerError' ? 500 : 400 },
        });
      }
      if (fault === 'twice') await next(args);
      const answer = await next(args);
      note.capacity = (answer.output as { ConsumedCapacity?: ConsumedCapacity }).ConsumedCapacity;
      if (fault === 'lost') throw Object.assign(new Error('The answer was lost.'), { name: 'TimeoutError' });
      return answer;
    },
    { step: 'deserialize', priority: 'high', name: 'faults' },
  );

  return {
    client,
    sent,
    strike(fault, matches, times = 1) {
      for (let count = 0; count < times; count++) strikes.push({ fault, matches });
    },
    intrude(matches, work) {
      intruders.push({ matches, work });
    },
    calm: () => strikes.splice(0).length + intruders.splice(0).length,
  };
}
