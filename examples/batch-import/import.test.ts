import { describe, expect, it } from '@jest/globals';
import { createTestRunner, type TestRunnerOptions } from '@middy-durable/testing';
import { crash } from '@middy-durable-examples/shared/test-support/crash.ts';
import { useFreshOutside } from '@middy-durable-examples/shared/test-support/fresh-outside.ts';
import { handler } from './import.ts';
import { planTroubles, readRequests } from './outside/customers.ts';
import { writeCustomers } from './outside/files.ts';

const FILE = 'customers.csv';
const INPUT = { file: FILE };

useFreshOutside();
const importFile = (options: Partial<TestRunnerOptions> = {}) => createTestRunner({ handler, ...options }).run(INPUT);
const ids = (outcome: string): string[] =>
  readRequests()
    .filter((request) => request.outcome === outcome)
    .map(({ id }) => id);

describe('an import', () => {
  it('saves each of a thousand rows once and reports the bad ones', async () => {
    writeCustomers(FILE, 1_000, [3, 700]);
    const run = await importFile();
    expect(run.result).toEqual({
      file: FILE,
      status: 'complete',
      rows: 1_000,
      imported: 998,
      failed: [
        { line: 3, reason: "Line 3: 'unknown' is no email address; correct it." },
        { line: 700, reason: "Line 700: 'unknown' is no email address; correct it." },
      ],
      open: 0,
    });
    expect(new Set(ids('saved')).size).toBe(998);
    expect(readRequests()).toHaveLength(998);
    // The file, the map, and one record for each row: bad rows are not tried again.
    expect(run.operations()).toHaveLength(1_002);
    expect(run.operation('row-3').attempts).toBe(1);
  });

  it('ends early when more than 2 % of the rows are bad, and reports what it did', async () => {
    writeCustomers(FILE, 100, [1, 2, 40, 41]);
    const { result } = await importFile();
    expect(result).toMatchObject({
      status: 'ended early',
      rows: 100,
      failed: [{ line: 1 }, { line: 2 }, { line: 40 }],
    });
    const { imported, open } = result as { imported: number; open: number };
    expect(imported).toBeGreaterThanOrEqual(28);
    expect(imported + open).toBe(97);
    expect(ids('saved')).not.toContain('customer-100');
  });

  it('ends well with a file that has no rows', async () => {
    writeCustomers(FILE, 0);
    expect((await importFile()).result).toMatchObject({ status: 'complete', rows: 0, imported: 0, open: 0 });
  });

  it('tries rows again that the database was too busy for', async () => {
    writeCustomers(FILE, 20);
    planTroubles({ busy: ['customer-2', 'customer-20'] });
    const run = await importFile();
    expect(run.result).toMatchObject({ status: 'complete', imported: 20 });
    expect(ids('busy')).toEqual(['customer-2', 'customer-20']);
    expect(ids('saved')).toHaveLength(20);
    const [started, ended] = [run.startedAt, run.endedAt].map(Number);
    expect(Number(ended) - Number(started)).toBeGreaterThanOrEqual(1_000);
  });

  it('fails when there is no such file', async () => {
    const run = await importFile();
    expect(run).toMatchObject({ status: 'FAILED', error: { ErrorType: 'StepError' } });
    expect(run.error?.ErrorMessage).toContain(FILE);
    expect(run.operations().map(({ name }) => name)).toEqual(['read-file']);
  });

  it.each([
    ['before', 'row-25'],
    ['after', 'row-25'],
    ['before', 'import-rows'],
    ['after', 'import-rows'],
  ] as const)('saves each row once when the process dies %s the end of %s is recorded', async (moment, operation) => {
    writeCustomers(FILE, 50, [25 + 1]);
    const run = await importFile({ wrapClient: crash(moment, operation) });
    expect(run.invocations.map(({ outcome }) => outcome)).toContain('CRASHED');
    expect(run.result).toMatchObject({ status: 'complete', imported: 49, failed: [{ line: 26 }] });
    expect(ids('saved').sort()).toEqual(expectedIds(50, 26));
    expect(ids('saved before').length).toBeLessThanOrEqual(10);
  });

  it('has ten rows in work, and asks only for those again when their answers are lost', async () => {
    writeCustomers(FILE, 50);
    planTroubles({ silentAfter: 0 });
    let stuck: string[] = [];
    const run = await importFile({
      // Nothing is at work in the first invocation: no need to give it real time.
      grace: 1,
      onInvocation: (call, deliver) => {
        // The first invocation has run out of its time.
        if (call.number === 2) {
          stuck = ids('saved');
          planTroubles({});
        }
        return deliver();
      },
    });
    expect(stuck.sort()).toEqual(expectedIds(10));
    expect(run.result).toMatchObject({ status: 'complete', imported: 50 });
    expect(ids('saved before').sort()).toEqual(stuck);
    expect(ids('saved').sort()).toEqual(expectedIds(50));
  });
});

function expectedIds(count: number, without?: number): string[] {
  const lines = Array.from({ length: count }, (_, index) => index + 1).filter((line) => line !== without);
  return lines.map((line) => `customer-${line}`).sort();
}
