import type { ClientWrapper } from '@middy-durable/testing';

/** When the process dies, seen from the checkpoint that tells what became of an operation. */
export type Moment = 'before' | 'after';

/**
 * Crashes the first invocation that is about to record an outcome of the operation of that name (default: its success):
 * the checkpoint is lost, or its answer.
 */
export function crash(
  moment: Moment,
  operation: string,
  outcome: 'SUCCEED' | 'FAIL' | 'RETRY' = 'SUCCEED',
): ClientWrapper {
  let crashed = false;
  return (client) => ({
    ...client,
    async checkpoint(request) {
      const isRecord = request.Updates?.some(({ Name, Action }) => Name === operation && Action === outcome);
      if (crashed || !isRecord) return client.checkpoint(request);
      crashed = true;
      if (moment === 'after') await client.checkpoint(request);
      throw new Error(`the process dies ${moment} the ${outcome} of ${operation} is recorded`);
    },
  });
}
