import { createRetryStrategy, type DurableContext, seconds, withDurableExecution } from '@middy-durable/core';
import { DatabaseBusy, saveCustomer } from './outside/customers.ts';
import { readText } from './outside/files.ts';
import { check, rowsOf } from './rows.ts';

const whileBusy = createRetryStrategy({
  maxAttempts: 5,
  initialDelay: seconds(1),
  retryableErrorTypes: [DatabaseBusy],
});

/** Imports a file of customers, ten rows at a time. A few bad rows are reported, many of them end the import. */
export const handler = withDurableExecution(async ({ file }: { file: string }, context: DurableContext) => {
  const rows = await context.step('read-file', async ({ logger }) => {
    const found = rowsOf(await readText(file));
    logger.info(`${file} has ${found.length} rows`);
    return found;
  });

  const imported = await context.map(
    'import-rows',
    rows,
    (item, row) =>
      item.step(
        `row-${row.line}`,
        async () => {
          check(row);
          await saveCustomer(row);
        },
        { retryStrategy: whileBusy },
      ),
    {
      maxConcurrency: 10,
      completionConfig: { toleratedFailurePercentage: 2 },
      // A row is one step: a record of its own for its context would say nothing more.
      nesting: 'FLAT',
    },
  );

  return {
    file,
    status: imported.completionReason === 'ALL_COMPLETED' ? 'complete' : 'ended early',
    rows: rows.length,
    imported: imported.successCount,
    failed: imported.failed().map(({ index, error }) => ({ line: rows[index]?.line, reason: error.message })),
    // In work or not begun when the import ended early.
    open: rows.length - imported.successCount - imported.failureCount,
  };
});
