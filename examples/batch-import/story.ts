import type { Check } from '@middy-durable-examples/shared/run-example.ts';
import { onStage, type Stage } from '@middy-durable-examples/shared/stage.ts';
import { planTroubles, readRequests } from './outside/customers.ts';
import { writeCustomers } from './outside/files.ts';

const FILE = 'customers.csv';
const ROWS = 1_000;
const BAD = [17, 256, 401, 402, 640, 999];
const AT_ONCE = 10;

/** Imports a thousand rows, and kills the process in the middle. */
export async function tellStory(signal: AbortSignal): Promise<Check[]> {
  return onStage({ functionName: 'imports', handler: new URL('import.ts', import.meta.url), signal }, playImport);
}

async function playImport(stage: Stage): Promise<Check[]> {
  writeCustomers(FILE, ROWS, BAD);
  planTroubles({ busy: ['customer-20'], silentAfter: ROWS / 2 });
  const { arn } = await stage.start('import-1', { file: FILE });

  // Every lane has saved a row and waits for an answer that does not come.
  const stuck = ROWS / 2 + AT_ONCE;
  await stage.before(arn, 'half of the rows are saved', () => readRequests().length === stuck);
  planTroubles({});
  stage.kill(`${AT_ONCE} rows are saved, and no record says so`);

  const { Status, Result = '{}' } = await stage.end(arn);
  const report = JSON.parse(Result);
  console.log(`\nreport\n  ${JSON.stringify({ ...report, failed: report.failed?.length })}`);
  for (const { reason } of report.failed ?? []) console.log(`  ${reason}`);
  console.log();

  const count = (outcome: string): number => readRequests().filter((request) => request.outcome === outcome).length;
  const good = ROWS - BAD.length;
  return [
    { what: 'the execution succeeded, with a report', holds: Status === 'SUCCEEDED' && report.status === 'complete' },
    { what: `${good} of ${ROWS} rows are imported`, holds: report.imported === good && report.open === 0 },
    { what: `${BAD.length} bad rows are in the report`, holds: sameLines(report.failed) },
    { what: `every good row was saved once: ${good}`, holds: count('saved') === good },
    {
      what: `only rows whose answer was lost were asked for again: ${count('saved before')}`,
      holds: count('saved before') > 0 && count('saved before') <= AT_ONCE * 2,
    },
  ];
}

function sameLines(failed: { line: number }[] | undefined): boolean {
  return JSON.stringify(failed?.map(({ line }) => line)) === JSON.stringify(BAD);
}
