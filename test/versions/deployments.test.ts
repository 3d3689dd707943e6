import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createService, type Service } from '@middy-durable/backend';
import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import { BACKENDS, type OpenBackend } from '../support/backends.ts';
import { VirtualRuntime } from '../support/virtual-runtime.ts';

type Workflow = (context: DurableContext) => Promise<unknown>;

const HOUR = { hours: 1 };
const once = { retryStrategy: () => ({ shouldRetry: false }) };

/** Functions whose code is changed while their executions are in flight. */
describe.each(Object.entries(BACKENDS))('deployments, on %s', (_, makeBackend) => {
  let open: OpenBackend;
  let clock: VirtualRuntime;
  let service: Service;
  let deployed: (event: unknown, context: never) => Promise<unknown>;
  let bodies: string[];
  beforeEach(async () => {
    clock = new VirtualRuntime();
    open = await makeBackend({ clock });
    bodies = [];
    service = createService({
      backend: open.backend,
      retries: { jitter: 'none' },
      invoke: (functionName, envelope, { requestId }) =>
        deployed(envelope, { functionName, awsRequestId: requestId } as never),
    });
  });
  afterEach(() => open.close());

  /** Each deployment is a new process; `codeVersion` is what the hash of its files would be. */
  function deploy(codeVersion: string | undefined, workflow: Workflow): void {
    const options = { backend: open.backend, ...(codeVersion !== undefined && { codeVersion }) };
    deployed = withDurableExecution((_event: unknown, context: DurableContext) => workflow(context), options) as never;
  }
  const step = (context: DurableContext, name: string, fails = false) =>
    context.step(
      name,
      async () => {
        bodies.push(name);
        if (fails) throw new Error(`${name} failed`);
        return name;
      },
      once,
    );
  async function settle(): Promise<void> {
    for (;;) {
      const next = await service.tick();
      await service.idle();
      if (next === undefined || next > clock.now()) return;
    }
  }
  async function pass(seconds: number): Promise<void> {
    const end = clock.now() + seconds * 1000;
    for (;;) {
      await settle();
      const next = await open.backend.engine.store.nextDue();
      if (next === undefined || next > end) break;
      clock.skipTo(next);
    }
    clock.skipTo(end);
  }
  async function start(): Promise<string> {
    const { DurableExecutionArn } = await service.start({ functionName: 'orders' });
    await settle();
    return DurableExecutionArn;
  }
  const get = (arn: string) => open.backend.executions.get(arn);

  const old: Workflow = async (context) => {
    const charged = await step(context, 'charge');
    await context.wait('pause', HOUR);
    return [charged, await step(context, 'ship')];
  };
  /** Does something before what the old code began with, and does not say so. */
  const careless: Workflow = async (context) => {
    await step(context, 'reserve');
    return old(context);
  };
  const careful: Workflow = async (context) => {
    if (await context.version('reserve-first')) await step(context, 'reserve');
    return old(context);
  };

  it('a change that does not fit blocks executions in flight, and a fitting one heals them', async () => {
    deploy('v1', old);
    const arn = await start();
    deploy('v2', careless);
    await pass(3605);
    expect(await get(arn)).toMatchObject({
      Status: 'RUNNING',
      Blocked: { Expected: 'STEP "charge" (Step)', Found: 'STEP "reserve" (Step)' },
    });
    expect(bodies).toEqual(['charge']);
    const fresh = await start();
    deploy('v3', careful);
    await pass(4000);
    expect(await get(arn)).toMatchObject({ Status: 'SUCCEEDED', Result: '["charge","ship"]' });
    expect(await get(arn)).not.toHaveProperty('Blocked');
    expect(bodies).toEqual(['charge', 'reserve', 'charge', 'ship']);
    // Begun by v2, without a mark: v3 takes the old path there, which does not fit.
    expect(await get(fresh)).toMatchObject({ Status: 'RUNNING', Blocked: { Found: 'STEP "charge" (Step)' } });
    deploy('v2', careless);
    await pass(4000);
    expect((await get(fresh)).Status).toBe('SUCCEEDED');
  });

  it('the same code that does not fit itself fails the execution', async () => {
    let turns = 0;
    deploy('v1', async (context) => {
      turns += 1;
      await step(context, `turn ${turns}`);
      await context.wait(HOUR);
    });
    const arn = await start();
    await pass(3600);
    await settle();
    expect(await get(arn)).toMatchObject({
      Status: 'FAILED',
      Error: { ErrorType: 'NonDeterministicExecutionError' },
    });
  });

  it('code of which nothing is known fails the execution, as on the service', async () => {
    deploy(undefined, old);
    const arn = await start();
    deploy(undefined, careless);
    await pass(3600);
    await settle();
    expect((await get(arn)).Status).toBe('FAILED');
  });

  it('marked code takes executions of both kinds, whichever is deployed first, and loses its mark in the end', async () => {
    deploy('v1', old);
    const before = await start();
    deploy('v2', careful);
    const after = await start();
    await pass(3600);
    await settle();
    expect((await get(before)).Result).toBe('["charge","ship"]');
    expect((await get(after)).Result).toBe('["charge","ship"]');
    expect(bodies.filter((name) => name === 'reserve')).toHaveLength(1);
    const marked = await start();
    // No execution of v1 is left: mark and old path go.
    deploy('v3', careless);
    await pass(3600);
    await settle();
    expect((await get(marked)).Status).toBe('SUCCEEDED');
    expect(bodies.filter((name) => name === 'reserve')).toHaveLength(2);
  });

  it('a rollback blocks what the newer code began, and rolling forward heals it', async () => {
    deploy('v2', careful);
    const arn = await start();
    deploy('v1', old);
    await pass(3605);
    expect((await get(arn)).Blocked).toMatchObject({
      Expected: 'STEP "reserve" (Step)',
      Found: 'STEP "charge" (Step)',
    });
    deploy('v2', careful);
    await pass(4000);
    expect((await get(arn)).Status).toBe('SUCCEEDED');
    expect(bodies).toEqual(['reserve', 'charge', 'ship']);
  });

  it('an ordinary event whose execution is blocked gets the pending response, and its result later', async () => {
    const context = { functionName: 'orders', awsRequestId: 'one' };
    const event = { Records: [{ messageId: 'm', body: 'seven', eventSource: 'aws:sqs' }] };
    const deliver = (): Promise<unknown> => deployed(event, context as never);
    deploy('v1', old);
    expect(await deliver()).toMatchObject({ status: 'RUNNING' });
    clock.skipTo(clock.now() + 3_600_000);
    deploy('v2', careless);
    expect(await deliver()).toMatchObject({ status: 'RUNNING' });
    expect((await open.backend.executions.list()).DurableExecutions[0]).toMatchObject({ Blocked: { Invocations: 1 } });
    deploy('v3', careful);
    expect(await deliver()).toEqual(['charge', 'ship']);
  });

  it('a failed execution goes on with the code that mends it, after what was done', async () => {
    deploy('v1', async (context) => {
      await step(context, 'charge');
      return step(context, 'ship', true);
    });
    const arn = await start();
    expect((await get(arn)).Status).toBe('FAILED');
    deploy('v2', async (context) => {
      await step(context, 'charge');
      return step(context, 'ship');
    });
    const { DurableExecutionArn } = await open.backend.executions.redrive(arn);
    await settle();
    expect(await get(DurableExecutionArn)).toMatchObject({ Status: 'SUCCEEDED', Result: '"ship"' });
    expect(bodies).toEqual(['charge', 'ship', 'ship']);
  });

  it('a mark goes over to the execution that goes on with a failed one', async () => {
    let fails = true;
    const workflow: Workflow = async (context) => {
      const reserves = await context.version('reserve-first');
      if (reserves) await step(context, 'reserve');
      return [reserves, await step(context, 'ship', fails)];
    };
    deploy('v2', workflow);
    const arn = await start();
    fails = false;
    const { DurableExecutionArn } = await open.backend.executions.redrive(arn);
    await settle();
    expect((await get(DurableExecutionArn)).Result).toBe('[true,"ship"]');
    expect(bodies).toEqual(['reserve', 'ship', 'ship']);
  });

  it('a run is invoked on the published version that it started on', async () => {
    const invoked: string[] = [];
    const other = createService({
      backend: open.backend,
      invoke: async (functionName, _envelope, { qualifier }) => {
        invoked.push(`${functionName}:${qualifier}`);
        return { Status: 'SUCCEEDED' };
      },
    });
    for (const functionName of ['orders:7', 'orders', 'orders:$LATEST']) await other.start({ functionName });
    await other.tick();
    await other.idle();
    expect(invoked.sort()).toEqual(['orders:$LATEST', 'orders:$LATEST', 'orders:7']);
  });
});
