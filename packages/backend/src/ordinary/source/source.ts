import type { PendingExecution } from '@middy-durable/protocol';

/** Where an ordinary event came from. `other`: plain invokes, and every source without a shape of its own here. */
export type SourceKind = 'http' | 'sqs' | 'sns' | 'eventbridge' | 'kinesis' | 'dynamodb-stream' | 's3' | 'other';

/** One kind of ordinary events. All functions take the event as parsed JSON, and only `recognises` takes any. */
export interface Source {
  readonly kind: SourceKind;
  recognises(event: unknown): boolean;
  /** What tells this event from others of the function, and stays when it is delivered again. `undefined`: nothing does. */
  identity(event: unknown): readonly string[] | undefined;
  /** What the sender meant, without what transport adds: a value of JSON. */
  meaning(event: unknown): unknown;
  /** `resume` where the source delivers a failed event again by itself. */
  readonly onRedelivery: 'resume' | 'stored';
  /** What the caller gets while the execution goes on. */
  pending(execution: PendingExecution, event: unknown): unknown;
}
