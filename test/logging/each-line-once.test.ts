import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import errorLogger from '@middy/error-logger';
import httpErrorHandler from '@middy/http-error-handler';
import httpEventNormalizer from '@middy/http-event-normalizer';
import httpSecurityHeaders from '@middy/http-security-headers';
import inputOutputLogger from '@middy/input-output-logger';
import warmup from '@middy/warmup';
import { createService } from '@middy-durable/backend';
import { type DurableContext, type DurableExecutionClient, durableExecution } from '@middy-durable/core';
import { aroundStep, onSuspend } from '@middy-durable/core/middleware';
import { replayAwareLogger } from '@middy-durable/logger';
import { RUNTIME_KEY } from '@middy-durable/protocol';
import { ProcessLife } from '../interop/hosts/process-life.ts';
import { SkippingClock } from '../interop/hosts/skipping-clock.ts';
import { BACKENDS, type OpenBackend } from '../support/backends.ts';
import { capturedLines } from '../support/captured-lines.ts';

const HOUR = { hours: 1 };
const lines = capturedLines();

// As in a module of a user: made when it is loaded, and used by code that knows nothing of executions.
const logger = new Logger({ serviceName: 'orders' });
const billing = logger.createChild({ persistentKeys: { part: 'billing' } });
const log = logger.info.bind(logger);

async function charge(order: number, item: number): Promise<number> {
  billing.info(`charging item ${item} of ${order}`);
  return item;
}

interface Order {
  id: number;
}

/** Five suspensions, two deaths, a parallel section and a map, ten middlewares. */
function handlerFor(client: DurableExecutionClient, life: ProcessLife) {
  const died = new Set<string>();
  const dieOnce = async (where: string): Promise<void> => {
    if (died.has(where)) return;
    died.add(where);
    await life.die();
  };
  const handler = middy<Order, string, Error, DurableContext>({
    executionMode: durableExecution({ durableExecutionClient: client }),
  })
    .use(replayAwareLogger(logger))
    .use(injectLambdaContext(logger, { logEvent: true, resetKeys: true }))
    .use(onSuspend(({ event }) => log(`left behind ${(event as Order).id}`)))
    .use(
      aroundStep((next, { name, attempt }) => {
        log(`step ${name} ${attempt}`);
        return next();
      }),
    )
    .handler(async ({ id }, context) => {
      logger.appendKeys({ [`order${id}`]: id });
      log(`begun ${id}`);
      await context.step('reserve', async () => log(`reserving ${id}`));
      log(`reserved ${id}`);
      await context.wait(HOUR); // The first suspension.
      log(`waited ${id}`);
      await context.step(
        'dies',
        async ({ attempt }) => {
          log(`attempt ${attempt} of ${id}`);
          await dieOnce(`step ${id}`);
        },
        { onInterrupted: 'retry', retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 5 } }) }, // The second.
      );
      log(`survived ${id}`);
      await context.parallel(
        [
          async (branch) => {
            log(`fast ${id}`);
            await branch.step('a', () => charge(id, 1));
            log(`fast end ${id}`);
          },
          async (branch) => {
            log(`slow ${id}`);
            await branch.wait(HOUR); // The third.
            log(`slow waited ${id}`);
            await branch.step('b', () => charge(id, 2));
            await branch.wait(HOUR); // The fourth.
            log(`slow end ${id}`);
          },
        ],
        { nesting: 'FLAT' },
      );
      context.logger.info(`joined ${id}`);
      await context.runInChildContext('late', async (child) => {
        const [result] = await child.createCallback('answer', { timeout: HOUR }); // The fifth.
        log(`asked ${id}`);
        await result.catch(() => log(`no answer ${id}`));
        await child.step('dies too', () => dieOnce(`child ${id}`));
        log(`child end ${id}`);
      });
      log(`done ${id}`);
      return `order ${id}`;
    });
  const others = [
    warmup(),
    httpEventNormalizer(),
    httpSecurityHeaders(),
    httpErrorHandler(),
    errorLogger({ logger: () => {} }),
    inputOutputLogger({ logger: () => {} }),
  ];
  handler.use(others as never);
  return handler;
}

async function runAll({ backend }: OpenBackend, clock: SkippingClock, ids: number[]): Promise<number[]> {
  const reports: unknown[] = [];
  const invocations = new Map<string, number>();
  const lives = new Map<string, { life: ProcessLife; handler: (event: never, context: never) => Promise<unknown> }>();
  const service = createService({
    backend,
    onError: (error) => reports.push(error),
    invoke: async (functionName, envelope, { requestId }) => {
      const { DurableExecutionArn: arn } = envelope as { DurableExecutionArn: string };
      const life = lives.get(arn)?.life ?? new ProcessLife();
      const handler = lives.get(arn)?.handler ?? (handlerFor(life.clientOf(backend.client), life) as never);
      lives.set(arn, { life, handler });
      invocations.set(arn, (invocations.get(arn) ?? 0) + 1);
      // Without a time that is left: a process that died here would keep its timer.
      const lambdaContext = { awsRequestId: requestId, functionName };
      return Promise.race([
        life.begin(),
        handler({ ...envelope, [RUNTIME_KEY]: clock } as never, lambdaContext as never),
      ]);
    },
  });
  const arns: string[] = [];
  for (const id of ids) {
    arns.push((await service.start({ functionName: 'orders', input: JSON.stringify({ id }) })).DurableExecutionArn);
  }
  for (let turns = 0; ; turns++) {
    if (turns > 200) throw new Error('The executions do not come to an end.');
    await service.tick();
    await service.idle();
    if (reports.length > 0) throw reports[0];
    const statuses = await Promise.all(arns.map(async (arn) => (await backend.executions.get(arn)).Status));
    if (statuses.every((status) => status === 'SUCCEEDED')) return arns.map((arn) => invocations.get(arn) ?? 0);
    if (statuses.includes('FAILED')) throw new Error('An execution failed.');
    const next = await backend.engine.store.nextDue();
    if (next !== undefined && next > clock.now()) clock.skipTo(next);
  }
}

const expectedOf = (id: number): string[] => [
  'Lambda invocation event',
  ...['begun', 'reserving', 'reserved', 'waited', 'survived', 'fast', 'fast end', 'slow'].map(
    (line) => `${line} ${id}`,
  ),
  ...['slow waited', 'slow end', 'joined', 'asked', 'no answer', 'child end', 'done'].map((line) => `${line} ${id}`),
  ...[`attempt 1 of ${id}`, `attempt 2 of ${id}`, `charging item 1 of ${id}`, `charging item 2 of ${id}`],
];

describe.each(Object.entries(BACKENDS))('on %s', (_name, make) => {
  it('a handler with ten middlewares, five suspensions and two deaths prints each line once, two beside each other too', async () => {
    const clock = new SkippingClock();
    const open = await make({ clock });
    try {
      const invocations = await runAll(open, clock, [7, 8]);
      for (const count of invocations) expect(count).toBeGreaterThanOrEqual(8);
      const all = lines.all();
      const arns = new Set(all.map((line) => line.execution_arn));
      expect(arns.size).toBe(2);
      const about = (arn: unknown) =>
        all.filter((line) => line.execution_arn === arn).map(({ message }) => String(message));
      for (const arn of arns) {
        const messages = about(arn);
        const id = messages.includes('begun 7') ? 7 : 8;
        const own = messages.filter((line) => !/^(left behind|step )/.test(line));
        expect(own.sort()).toEqual(expectedOf(id).sort());
        expect(messages.filter((line) => line === `left behind ${id}`)).toHaveLength(5);
        expect(messages.filter((line) => line === 'step dies 1')).toHaveLength(1);
        // What an execution adds stands in its own lines only.
        for (const line of all) if (line.execution_arn === arn) expect(line).not.toHaveProperty(`order${15 - id}`);
      }
      expect(all.find(({ message }) => message === 'done 7')).toMatchObject({ order7: 7, service: 'orders' });
      expect(all.find(({ message }) => message === 'charging item 2 of 7')).toMatchObject({
        part: 'billing',
        operation_name: 'b',
        attempt: 1,
      });
    } finally {
      await open.close();
    }
  }, 60_000);
});
