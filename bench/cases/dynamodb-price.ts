import prices from '../prices.json' with { type: 'json' };
import type { BenchCase } from '../support/bench-case.ts';
import { availableEngines, openDynamoDBRun } from '../support/dynamodb-run.ts';
import type { Handler } from '../support/engines.ts';

const MILLION = 1_000_000;
const GIGABYTE = 2 ** 30;
const HERE = 'DynamoDB, our table';
const DURABLE = 'Lambda durable functions';
const STATES = 'Step Functions Standard';
/** Of the order: validate, wait for the approval, process. A transition begins each of them, and the end. */
const ORDER_TRANSITIONS = 5;

/** The order of the first page: a step, an approval, a step. */
const order =
  (ask: (id: string) => Promise<void>): Handler =>
  async (_event, context) => {
    const validated = await context.step('validate', async () => ({ orderId: 'order-7', amount: 129.9, valid: true }));
    const approval = await context.waitForCallback('approval', ask, { timeout: { days: 3 } });
    return context.step('process', async () => ({ ...validated, approval, status: 'processed' }));
  };

export const benchCase: BenchCase = {
  title: `a million runs of the order example, in dollars (list prices of ${prices.date}, ${prices.region}; prices.json), without GB-seconds; data is kept for a month`,
  rows: () => [HERE, DURABLE, STATES],
  rounds: 1,
  engines: ['ours'],
  async measure(_engine, row, report) {
    const { dynamodb, lambda, stepFunctions } = prices;
    const place = await openDynamoDBRun(availableEngines().at(-1) ?? 'dynalite');
    const { writeUnits, readUnits, bytes, invocations, operations } = await place.run(order);
    await place.close();
    const gigabytes = (bytes * MILLION) / GIGABYTE;
    // An order there is two functions, and one that sends the approval.
    const calls = row === STATES ? 3 : invocations;
    const requests = calls * lambda.perMillionRequests;
    if (row === HERE) {
      const units = writeUnits * dynamodb.perMillionWriteUnits + readUnits * dynamodb.perMillionReadUnits;
      const stored = gigabytes * dynamodb.perGigabyteMonth;
      report({
        'all, $': units + stored + requests,
        'write units': writeUnits,
        'read units': readUnits,
        'stored, $': stored,
      });
    } else if (row === DURABLE) {
      const data = gigabytes * (lambda.perGigabyteWritten + lambda.perGigabyteMonth);
      report({ 'all, $': operations * lambda.perMillionDurableOperations + data + requests, operations });
    } else {
      const transitions = ORDER_TRANSITIONS * stepFunctions.perMillionTransitions;
      report({ 'all, $': transitions + requests, transitions: ORDER_TRANSITIONS });
    }
  },
};
