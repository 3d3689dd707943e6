import { ENGINES } from '../../test/support/dynamodb-engines.ts';
import type { BenchCase } from '../support/bench-case.ts';
import { availableEngines, openDynamoDBRun } from '../support/dynamodb-run.ts';
import type { Handler } from '../support/engines.ts';

const STEPS = 20;
const WARM_UP = 5;

export const benchCase: BenchCase = {
  title: `executions of ${STEPS} steps at once on a DynamoDB of this machine, which answers in about a millisecond of its CPU`,
  rows: () => ENGINES.flatMap((kind) => [1, 100].map((executions) => `${kind}: ${executions} at once`)),
  rounds: 1,
  engines: ['ours'],
  async measure(_engine, row, report) {
    const kind = availableEngines().find((one) => row.startsWith(`${one}: `));
    if (kind === undefined) return report({ 'not run, there is no Java': Number.NaN });
    const executions = Number.parseInt(row.slice(kind.length + 2), 10);
    const place = await openDynamoDBRun(kind);
    const handler: Handler = async (_event, context) => {
      for (let index = 0; index < STEPS; index++) await context.step(`step-${index}`, async () => index);
    };
    await place.together(handler, WARM_UP);
    const ms = await place.together(handler, executions);
    await place.close();
    report({ 'steps in a second': ((executions * STEPS) / ms) * 1000, 'time for all, ms': ms });
  },
};
