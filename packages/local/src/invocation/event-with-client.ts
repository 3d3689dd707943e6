import type { DurableExecutionClient, DurableExecutionInvocationInput } from '@middy-durable/protocol';

const CLASS_NAME = 'DurableExecutionInvocationInputWithClient';

/**
 * An envelope that brings its client. Engines, the official one included, know it by the name of its class, its string tag
 * and the property `durableExecutionClient`, and use that client instead of a configured one.
 */
class DurableExecutionInvocationInputWithClient {
  get [Symbol.toStringTag](): string {
    return CLASS_NAME;
  }
}
// Recognized by name: a bundler that renames classes must not break that.
Object.defineProperty(DurableExecutionInvocationInputWithClient, 'name', { value: CLASS_NAME });

/** `envelope` with `client`; every other member stays. The client is not enumerable, so an event that is logged shows none. */
export function eventWithClient(
  envelope: DurableExecutionInvocationInput,
  client: DurableExecutionClient,
): DurableExecutionInvocationInput {
  const event = Object.assign(new DurableExecutionInvocationInputWithClient(), envelope);
  return Object.defineProperty(event, 'durableExecutionClient', { value: client });
}
