import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { styled } from '@middy-durable-examples/shared/show/text.ts';
import { until } from '@middy-durable-examples/shared/show/until.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { readInbox } from './outside/approvals.ts';
import { ORDER, restRequest } from './outside/client.ts';
import { planTroubles, readRequests } from './outside/services.ts';

const LARGE = { ...ORDER, id: 'order-8', amount: 250_000 };

type Answer = APIGatewayProxyResult | undefined;

/** Two orders: one whose process is killed when the card is charged, and one that waits for a person. */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  const options = {
    functionName: 'orders',
    handler: new URL('after.ts', import.meta.url),
    calls: { 'large-orders': new URL('with-approval.ts', import.meta.url) },
    signal,
  };
  return onStage(options, async (stage) => [...(await playKill(stage, signal)), ...(await playApproval(stage))]);
}

async function playKill(stage: Stage, signal: AbortSignal): Promise<Check[]> {
  const post = (): Promise<Answer> => send(stage, 'orders', 'key-7', ORDER);
  planTroubles({ charge: ['no answer'] });
  const first = post();
  await until('the card is charged', () => asked('order-7', 'charge').length === 1, signal);
  stage.kill('the card is charged, and no record says so');
  const lost = await first;

  const meanwhile = await post();
  const arn = await stage.named('orders', 'key-7');
  await stage.end(arn);
  const answer = await post();
  await stage.printTimeline(arn);
  return [
    { what: 'the client of the killed process got no answer', holds: lost === undefined },
    { what: 'its retry was told that the order goes on', holds: meanwhile?.statusCode === 202 && isIn(arn, meanwhile) },
    { what: 'the order was placed without the client, who got the answer later', holds: answer?.statusCode === 201 },
    {
      what: 'the card was charged once, asked for twice',
      holds: asked('order-7', 'charge').join() === 'done,done before',
    },
    {
      what: 'stock was reserved once, and one mail was sent',
      holds: asked('order-7', 'reserve').length === 1 && asked('order-7', 'mail').length === 1,
    },
  ];
}

async function playApproval(stage: Stage): Promise<Check[]> {
  const post = (): Promise<Answer> => send(stage, 'large-orders', 'key-8', LARGE);
  const accepted = await post();
  const arn = await stage.named('large-orders', 'key-8');
  const before = asked('order-8').length;

  const [request] = readInbox();
  console.log(`\n${styled('bold', 'grace')}\n  approves ${request?.order}`);
  await stage.backend.callbacks.succeed(request?.callbackId ?? '', JSON.stringify({ approved: true, by: 'grace' }));
  await stage.end(arn);
  const after = asked('order-8').length;
  const answer = await post();
  await stage.printTimeline(arn);
  return [
    {
      what: 'a large order was accepted, and nothing happened to it',
      holds: accepted?.statusCode === 202 && isIn(arn, accepted) && before === 0,
    },
    { what: 'once it was approved it was placed, without a request', holds: after === 3 },
    {
      what: 'the next request with its key got the stored answer',
      holds: answer?.statusCode === 201 && asked('order-8').length === after,
    },
  ];
}

async function send(stage: Stage, functionName: string, key: string, order: typeof ORDER): Promise<Answer> {
  console.log(`\n${styled('bold', 'client')}\n  POST /orders ${order.id}, Idempotency-Key: ${key}`);
  return (await stage.send(functionName, restRequest(order, { key }))) as Answer;
}

/** What the services said to the requests about an order. */
function asked(order: string, call?: string): string[] {
  const requests = readRequests().filter((request) => request.order === order);
  return requests.filter((request) => call === undefined || request.call === call).map(({ outcome }) => outcome);
}

function isIn(arn: string, answer: APIGatewayProxyResult): boolean {
  return JSON.parse(answer.body).durableExecutionArn === arn;
}
