import type { Tracer } from '@aws-lambda-powertools/tracer';
import { beforeEach, describe, expect, it } from '@jest/globals';
import middy from '@middy/core';
import { type DurableContext, durableExecution } from '@middy-durable/core';
import { DurableRun, type RunHandler } from '../../../test/support/durable-run.ts';
import { VirtualRuntime } from '../../../test/support/virtual-runtime.ts';
import { fakeXRay, type XRay } from '../../../test/support/x-ray.ts';
import { replayAwareTracer, tracedHandler } from './index.ts';

const SECOND = { seconds: 1 };
let xray: XRay;
let tracer: Tracer;
beforeEach(() => {
  xray = fakeXRay();
  tracer = xray.tracer;
});
const HANDLER = 'facade > ## index.handler';

/** Opens a subsegment by hand, as Powertools' documentation has it. */
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const parent = tracer.getSegment();
  const segment = parent?.addNewSubsegment(name);
  if (segment) tracer.setSegment(segment);
  try {
    return await work();
  } finally {
    segment?.close();
    if (parent) tracer.setSegment(parent);
  }
}
const captured = <T>(name: string, work: () => Promise<T>): Promise<T> =>
  tracer.provider.captureAsyncFunc(name, async (segment) => {
    try {
      return await work();
    } finally {
      segment?.close();
    }
  }) as Promise<T>;

const traced = (handler: RunHandler): RunHandler => {
  let run: DurableRun | undefined;
  const inner = tracedHandler(tracer, async (event: unknown, context) => handler(context, run as DurableRun, event));
  return (context, current, event) => {
    run = current;
    return inner(event, context);
  };
};

/** Invokes until the execution ends, each invocation in a segment of its own. */
async function finish(run: DurableRun): Promise<unknown> {
  for (;;) {
    const { output } = await xray.invocation(() => run.invoke());
    if (output.Status !== 'PENDING') return output;
    run.runtime.skipTo(run.service.nextDue() as number);
  }
}

describe('subsegments', () => {
  it('of invocations are closed at suspensions, and steps have one for each attempt', async () => {
    await finish(
      new DurableRun(
        traced(async (context) => {
          await context.step('pay (now)', async () => tracer.putAnnotation('paid', true));
          await context.wait(SECOND);
          await context.step(
            'ship',
            async ({ attempt }) => {
              if (attempt === 1) throw new Error('no truck');
            },
            { retryStrategy: () => ({ shouldRetry: true, delay: SECOND }) },
          );
          return 'done';
        }),
      ),
    );
    expect(xray.names()).toEqual([
      '## index.handler > ### pay _now_',
      HANDLER,
      '## index.handler > ### ship',
      HANDLER,
      '## index.handler > ### ship',
      HANDLER,
    ]);
    const execution_arn = expect.stringMatching(/^arn:.*order-7/);
    const [pay, first, failed, , again, last] = xray.sent;
    expect(pay?.annotations).toEqual({
      execution_arn,
      operation_id: expect.any(String),
      operation_name: 'pay (now)',
      attempt: 1,
      paid: true,
    });
    expect(first?.annotations).toEqual({
      execution_arn,
      invocation_status: 'PENDING',
      Service: 'orders',
      ColdStart: expect.any(Boolean),
    });
    expect(first?.metadata).toBeUndefined();
    expect([failed?.annotations.attempt, failed?.error]).toEqual([1, 'no truck']);
    expect([again?.annotations.attempt, again?.error]).toEqual([2, undefined]);
    expect(last).toMatchObject({
      annotations: { invocation_status: 'SUCCEEDED' },
      metadata: { orders: { 'index.handler response': 'done' } },
    });
    expect(xray.sent.filter(({ open }) => open)).toEqual([]);
  });

  it.each([
    ['by hand', timed],
    ['by captureMethod', captured],
  ])('opened %s are sent once, closed where the invocation ends in them', async (_how, open) => {
    await finish(
      new DurableRun(
        traced(async (context) => {
          await open('validation', async () => context.step('check', async () => open('rules', async () => 1)));
          await open('shipping', async () => {
            await context.wait(SECOND);
            await context.step('ship', async () => 1);
          });
          await open('mail', async () => context.step('send', async () => 1));
        }),
      ),
    );
    expect(xray.names()).toEqual([
      '### check > rules',
      'validation > ### check',
      '## index.handler > validation',
      '## index.handler > shipping', // At the suspension.
      HANDLER,
      '## index.handler > ### ship', // What it was opened in began before.
      'mail > ### send',
      '## index.handler > mail',
      HANDLER,
    ]);
  });

  it('have annotations of the handler in each invocation, for each is a trace of its own', async () => {
    await finish(
      new DurableRun(
        traced(async (context) => {
          tracer.putAnnotation('order', 7);
          tracer.putMetadata('items', [1]);
          await context.wait(SECOND);
        }),
      ),
    );
    expect(xray.sent).toHaveLength(2);
    for (const { annotations, metadata } of xray.sent) {
      expect(annotations).toMatchObject({ order: 7 });
      expect(metadata).toEqual({ orders: { items: [1] } });
    }
  });

  it('of a handler that fails have the error', async () => {
    await finish(
      new DurableRun(
        traced(async (context) => {
          await context.wait(SECOND);
          throw new RangeError('too many');
        }),
      ),
    );
    expect(xray.sent.map(({ error, annotations }) => [error, annotations.invocation_status])).toEqual([
      [undefined, 'PENDING'],
      ['too many', 'FAILED'],
    ]);
  });

  it('of executions side by side, and of branches, stay apart', async () => {
    const runtime = new VirtualRuntime();
    const runs = ['a', 'b'].map(
      (name, index) =>
        new DurableRun(
          traced(async (context) => {
            tracer.putAnnotation('execution', name);
            await runtime.sleep(10 * (2 - index));
            await context.parallel(
              [1, 2].map((branch) => async (child: DurableContext) => {
                await child.step(`${name}${branch}`, async () => {
                  await runtime.sleep(30 - 10 * branch);
                  tracer.putAnnotation('branch', `${name}${branch}`);
                  await timed(`in ${name}${branch}`, () => runtime.sleep(10));
                });
              }),
            );
            tracer.putAnnotation('ended', name);
          }),
          { runtime },
        ),
    );
    await xray.invocation(() => Promise.all(runs.map((run) => run.invoke())));
    const handlers = xray.sent.filter(({ name }) => name === '## index.handler');
    expect(handlers.map(({ annotations: { execution, ended } }) => [execution, ended]).sort()).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    for (const name of ['a1', 'a2', 'b1', 'b2']) {
      expect(xray.sent.find((sent) => sent.name === `### ${name}`)?.annotations.branch).toBe(name);
      expect(xray.names()).toContain(`### ${name} > in ${name}`);
    }
    expect(xray.names().filter((name) => name.startsWith('facade'))).toEqual([HANDLER, HANDLER]);
  });

  it('are not touched by what code does that was left behind', async () => {
    const run = new DurableRun(
      traced(async (context, { runtime }) => {
        void runtime.compute(3_600_000).then(() => timed('late', async () => tracer.putAnnotation('late', 1)));
        await context.wait(SECOND);
      }),
    );
    await xray.invocation(() => run.invoke());
    await run.runtime.pass(7_200_000);
    expect(xray.names()).toEqual([HANDLER]);
    expect(xray.sent[0]?.annotations).not.toHaveProperty('late');
  });
});

describe('as a middleware', () => {
  const work = async (_event: unknown, context: DurableContext): Promise<string> => {
    await context.step('pay', async () => 1);
    await context.wait(SECOND);
    return 'done';
  };
  const runOf = (handler: typeof work, ...options: [{ captureResponse: boolean }?]): DurableRun =>
    DurableRun.of((durableExecutionClient) =>
      middy(handler, { executionMode: durableExecution({ durableExecutionClient }) }).use(
        replayAwareTracer(tracer, ...options),
      ),
    );

  it('does the same', async () => {
    await finish(runOf(work));
    expect(xray.names()).toEqual(['## index.handler > ### pay', HANDLER, HANDLER]);
    expect(xray.sent.at(-1)?.metadata).toEqual({ orders: { 'index.handler response': 'done' } });
  });

  it('leaves the response out where it is told to, and has the error', async () => {
    await finish(runOf(work, { captureResponse: false }));
    await finish(runOf(async () => Promise.reject(new Error('no'))));
    expect(xray.sent.map(({ metadata, error }) => [metadata, error])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
      [undefined, 'no'],
    ]);
  });

  it('does in other handlers what captureLambdaHandler does', async () => {
    const handler = middy(async (event: unknown) => timed('inner', async () => event)).use(replayAwareTracer(tracer));
    const failing = middy(async () => Promise.reject(new Error('no'))).use(replayAwareTracer(tracer));
    await xray.invocation(async () => {
      const facade = tracer.getSegment();
      await handler({ id: 7 }, {} as never);
      await expect(failing({}, {} as never)).rejects.toThrow('no');
      expect(tracer.getSegment()).toBe(facade);
    });
    expect(xray.names()).toEqual(['## index.handler > inner', HANDLER, HANDLER]);
    expect(xray.sent.at(1)?.metadata).toEqual({ orders: { 'index.handler response': { id: 7 } } });
    expect(xray.sent.at(2)?.error).toBe('no');
  });

  it('does nothing where tracing is disabled, or X-Ray has no segment', async () => {
    const run = runOf(work);
    await run.finish(); // Outside of a segment.
    Object.assign(tracer, { tracingEnabled: false });
    await finish(runOf(work));
    expect(xray.names()).toEqual([]);
  });
});

describe('what is passed', () => {
  it('is checked at the start', () => {
    expect(() => replayAwareTracer(undefined as never)).toThrow(
      /no Tracer of Powertools \(undefined\): pass new Tracer/,
    );
    expect(() => tracedHandler({} as never, async () => 1)).toThrow(/no Tracer of Powertools \(object\)/);
    const old = Object.create(tracer, { provider: { value: { ...tracer.provider } } });
    expect(() => replayAwareTracer(old)).toThrow(
      /it has no .*getNamespace.*\. Use @aws-lambda-powertools\/tracer 2\.35/,
    );
    expect(() => replayAwareTracer(tracer, { captureResponse: 'no' as never })).toThrow(
      /replayAwareTracer: option captureResponse must be a boolean/,
    );
  });
});
