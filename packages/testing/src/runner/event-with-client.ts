import {
  type DurableExecutionClient,
  type DurableExecutionInvocationInput,
  RUNTIME_KEY,
  type Runtime,
} from '@middy-durable/protocol';

const CLASS_NAME = 'DurableExecutionInvocationInputWithClient';

/** Engines, the official one included, know an event that brings its client by this name and tag. */
class DurableExecutionInvocationInputWithClient {
  get [Symbol.toStringTag](): string {
    return CLASS_NAME;
  }
}
// A bundler that renames classes must not break that.
Object.defineProperty(DurableExecutionInvocationInputWithClient, 'name', { value: CLASS_NAME });

/** The event of one delivery of `envelope`, with the client and the time that the handler is to use. */
export function eventWithClient(
  envelope: DurableExecutionInvocationInput,
  client: DurableExecutionClient,
  runtime: Runtime,
): DurableExecutionInvocationInput {
  // A copy for each delivery: what one handler does to its event is nothing that another one sees.
  const event = Object.assign(new DurableExecutionInvocationInputWithClient(), structuredClone(envelope));
  // Not enumerable: an event that is logged shows neither.
  Object.defineProperty(event, 'durableExecutionClient', { value: client });
  return Object.defineProperty(event, RUNTIME_KEY, { value: runtime });
}
