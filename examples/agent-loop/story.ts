import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { styled } from '@middy-durable-examples/shared/show/text.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import { readInbox } from './outside/approvals.ts';
import { planTrouble, readRefunds } from './outside/shop.ts';

/** A customer wants a refund, a person approves it, and the process is killed when the money is on its way. */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  return onStage({ functionName: 'support', handler: new URL('support.ts', import.meta.url), signal }, playRequest);
}

async function playRequest(stage: Stage): Promise<Check[]> {
  planTrouble('no answer');
  const { arn } = await stage.start('request-1', { task: 'Please refund order-1042, the lamp is broken.' });

  const suspended = (): boolean => stage.invocations.all[0]?.outcome === 'PENDING';
  await stage.before(arn, 'the refund waits for its approval', suspended);
  const [request] = readInbox();
  console.log(`\n${styled('bold', 'grace')}\n  allows ${request?.tool} ${JSON.stringify(request?.input)}`);
  await stage.backend.callbacks.succeed(request?.callbackId ?? '', JSON.stringify({ approved: true, by: 'grace' }));

  await stage.before(arn, 'the money is on its way', () => readRefunds().length === 1);
  stage.kill('the money is on its way, and no record says so');

  const { Status, Result = '{}' } = await stage.end(arn);
  await stage.printTimeline(arn);
  const ran = stage.invocations.all.flatMap((invocation) => invocation.ran).filter((name) => name !== 'refund');
  const refunds = readRefunds().map(({ outcome }) => outcome);
  return [
    { what: 'the customer got an answer', holds: Status === 'SUCCEEDED' && Result.includes('129.90 EUR') },
    {
      what: 'the model was asked three times, once for each turn',
      holds: ran.filter((name) => name.startsWith('model-')).join() === 'model-1,model-2,model-3',
    },
    { what: 'each tool ran once, the refund but for the kill', holds: new Set(ran).size === ran.length },
    { what: 'a person was asked once', holds: readInbox().length === 1 },
    { what: 'the money went back once, asked for twice', holds: refunds.join() === 'refunded,refunded before' },
  ];
}
