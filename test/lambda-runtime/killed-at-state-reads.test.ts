import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DurableFunction, type StateGate } from './durable-function.ts';

// A process starts slowly on a busy machine.
jest.setTimeout(30_000);

const ROWS = 14;
/** Reads that the record of so many rows takes. */
const READS = [1, 2];

describe('a process that is killed', () => {
  let fn: DurableFunction;
  afterEach(() => fn.close());

  /** Resumes an execution with a large record. @param gate what happens to the read with this number */
  async function run(count: number, gate: StateGate): Promise<void> {
    fn = await DurableFunction.deploy('order.bulky');
    fn.stateGate = (read, current) => (current === count ? gate(read, current) : read());
    const arn = await fn.start({ rows: ROWS });
    const callbackId = await fn.suspendedOn(arn);
    expect(fn.stateReads).toBe(0);
    await fn.backend.callbacks.succeed(callbackId, 'yes');
    expect(await fn.result(arn)).toEqual({ length: ROWS * 900_000, approval: 'yes' });
    // Nothing runs again that is on a page which was not read.
    expect(fn.effects).toEqual([...Array.from({ length: ROWS }, (_, index) => `row ${index + 1}`), 'ask', 'ship']);
    expect(await fn.invocations(arn)).toEqual(['answered', 'Runtime.ExitError', 'answered']);
    expect(fn.stateReads).toBe(count + READS.length);
    expect(fn.lambda.environments.map(({ dead }) => dead)).toEqual([true, false]);
    expect(fn.lambda.newest.openResources).toEqual([[]]);
  }

  async function kill(): Promise<void> {
    const { newest } = fn.lambda;
    newest.kill();
    await newest.gone;
  }

  it.each(READS)('before state read %i is answered: the next one reads all of it', (count) =>
    run(count, async (read) => {
      await kill();
      return read();
    }),
  );

  it.each(READS)('while the answer to state read %i is on its way: the next one reads all of it', (count) =>
    run(count, async (read) => {
      const page = await read();
      // It takes much longer to send so much.
      setImmediate(() => void kill());
      return page;
    }),
  );
});
