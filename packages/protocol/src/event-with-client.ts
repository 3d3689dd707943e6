import type { DurableExecutionClient } from './backend.ts';
import type { DurableExecutionInvocationInput } from './wire.ts';

const CLASS_NAME = 'DurableExecutionInvocationInputWithClient';

/**
 * The event of a durable invocation that brings its client: test runners hand theirs over so. Engines, the official one
 * included, know it by the name of its class, its string tag and the property, and use that client instead of a configured
 * one.
 * @example
 * const event = new DurableExecutionInvocationInputWithClient(envelope, client);
 * DurableExecutionInvocationInputWithClient.isInstance(event) // => true
 */
export class DurableExecutionInvocationInputWithClient implements DurableExecutionInvocationInput {
  /** Recognized by its name: a bundler that renames classes must not break that. */
  static readonly name: string = CLASS_NAME;
  declare DurableExecutionArn: string;
  declare CheckpointToken: string;
  declare InitialExecutionState: DurableExecutionInvocationInput['InitialExecutionState'];
  declare UpdatedOperationIds?: string[];
  declare InvocationCount?: number;
  declare AfterAnswer?: boolean;
  /** Not enumerable: an event that is logged does not show it. */
  declare readonly durableExecutionClient: DurableExecutionClient;

  constructor(envelope: DurableExecutionInvocationInput, client: DurableExecutionClient) {
    Object.assign(this, envelope);
    Object.defineProperty(this, 'durableExecutionClient', { value: client });
  }

  get [Symbol.toStringTag](): string {
    return CLASS_NAME;
  }

  /** True for an event of this class, also of another copy of it. */
  static isInstance(event: unknown): event is DurableExecutionInvocationInputWithClient {
    if (event instanceof DurableExecutionInvocationInputWithClient) return true;
    const other = (event ?? {}) as { [Symbol.toStringTag]?: unknown; constructor?: { name?: unknown } };
    const named = other[Symbol.toStringTag] === CLASS_NAME && other.constructor?.name === CLASS_NAME;
    return named && 'durableExecutionClient' in other;
  }
}
