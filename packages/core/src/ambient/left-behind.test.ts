import { describe, expect, it } from '@jest/globals';
import type { OperationRecord } from '@middy-durable/protocol';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { durableStep } from './durable-step.ts';

/** Records of ambient calls, in the order in which they began. */
const ambientRecords = ({ service }: DurableRun): OperationRecord[] =>
  [...service.state.operations.values()].filter(({ Id }) => Id.startsWith('x_'));

describe('durableStep, when the execution has left the caller behind,', () => {
  it('never settles and does nothing: suspended', async () => {
    let calls = 0;
    let settled = false;
    let left: (() => void) | undefined;
    const note = durableStep(async function note() {
      calls++;
    });
    const run = new DurableRun(async (context) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      left = resolve;
      const late = promise
        .then(() => note())
        .finally(() => {
          settled = true;
        });
      await context.wait({ hours: 1 });
      await late;
    });
    await run.invoke();
    const requests = run.service.requests.length;
    left?.();
    await run.runtime.pass(60_000);
    expect([calls, settled, run.service.requests.length]).toEqual([0, false, requests]);
  });

  it('never settles and does nothing: finished, also in a body that still runs', async () => {
    const seen: string[] = [];
    const note = durableStep(async function note(from: string) {
      seen.push(from);
    });
    const run = new DurableRun(async (context, { runtime }) => {
      void context.step('left', async () => {
        await runtime.sleep(1000);
        await note('body');
        seen.push('settled');
      });
      void runtime
        .sleep(1000)
        .then(() => note('handler'))
        .then(() => seen.push('settled'));
      return context.step(async () => 'done');
    });
    expect(await run.result()).toBe('done');
    await run.runtime.pass(60_000);
    expect(seen).toEqual([]);
  });

  it('never settles: of a child context that has ended', async () => {
    const seen: string[] = [];
    const note = durableStep(async function note() {
      seen.push('noted');
    });
    const run = new DurableRun(async (context, { runtime }) => {
      await context.runInChildContext(async () => {
        void runtime
          .sleep(10)
          .then(() => note())
          .then(() => seen.push('settled'));
      });
      await context.step(() => runtime.sleep(1000));
    });
    await run.finish();
    expect(seen).toEqual([]);
    expect(ambientRecords(run)).toEqual([]);
  });
});
