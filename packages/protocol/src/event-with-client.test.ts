import { DurableExecutionInvocationInputWithClient as OfficialInput } from '@aws/durable-execution-sdk-js';
import { describe, expect, it } from '@jest/globals';
import type { DurableExecutionClient } from './backend.ts';
import { DurableExecutionInvocationInputWithClient } from './event-with-client.ts';

const client: DurableExecutionClient = {
  checkpoint: async () => ({ NewExecutionState: {} }),
  getExecutionState: async () => ({ Operations: [] }),
};
const envelope = {
  DurableExecutionArn: 'arn:example',
  CheckpointToken: 'dA==',
  InitialExecutionState: { Operations: [], NextMarker: '' },
  UpdatedOperationIds: ['a'],
  InvocationCount: 2,
};

describe('DurableExecutionInvocationInputWithClient', () => {
  it('keeps every member of the envelope and brings the client', () => {
    const event = new DurableExecutionInvocationInputWithClient(envelope, client);
    expect({ ...event }).toEqual(envelope);
    expect(event.durableExecutionClient).toBe(client);
  });

  it('does not show the client to what prints or serializes the event', () => {
    const event = new DurableExecutionInvocationInputWithClient(envelope, client);
    expect(JSON.stringify(event)).not.toContain('durableExecutionClient');
    expect(Object.keys(event)).not.toContain('durableExecutionClient');
  });

  it('knows instances of itself and of other copies, and nothing else', () => {
    const event = new DurableExecutionInvocationInputWithClient(envelope, client);
    expect(DurableExecutionInvocationInputWithClient.isInstance(event)).toBe(true);
    expect(
      DurableExecutionInvocationInputWithClient.isInstance(new OfficialInput(envelope as never, client as never)),
    ).toBe(true);
    for (const other of [undefined, null, {}, envelope, { ...event }, 'text']) {
      expect(DurableExecutionInvocationInputWithClient.isInstance(other)).toBe(false);
    }
  });

  it('is known to the official SDK', () => {
    expect(OfficialInput.isInstance(new DurableExecutionInvocationInputWithClient(envelope, client))).toBe(true);
  });
});
