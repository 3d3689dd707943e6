import type { ClientWrapper } from '@middy-durable/testing';

/** When the process dies, seen from the checkpoint that tells that a step has succeeded. */
export type Moment = 'before' | 'after';

/** Crashes the first invocation that is about to record the success of `step`: the checkpoint is lost, or its answer. */
export function crash(moment: Moment, step: string): ClientWrapper {
  let crashed = false;
  return (client) => ({
    ...client,
    async checkpoint(request) {
      const isRecord = request.Updates?.some(({ Name, Action }) => Name === step && Action === 'SUCCEED');
      if (crashed || !isRecord) return client.checkpoint(request);
      crashed = true;
      if (moment === 'after') await client.checkpoint(request);
      throw new Error(`the process dies ${moment} the success of ${step} is recorded`);
    },
  });
}
