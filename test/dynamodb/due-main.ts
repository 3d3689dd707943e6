// npm run due [-- --executions 100000 --processes 4 --engine dynalite]: many executions that fall due at once, on a throttled table.
import { parseArgs } from 'node:util';
import { runDueExecutions } from '../support/due-executions.ts';
import { ENGINES, type EngineKind, isAvailable, openDynamoDB } from '../support/dynamodb-engines.ts';

const { values } = parseArgs({
  options: {
    executions: { type: 'string', default: '100000' },
    processes: { type: 'string', default: '4' },
    engine: { type: 'string', default: ENGINES.findLast(isAvailable) },
  },
});
const [executions, processes] = [Number(values.executions), Number(values.processes)];
const kind = ENGINES.find((one) => one === values.engine) as EngineKind;
if (!(executions >= 1) || !(processes >= 1) || kind === undefined) {
  throw new Error(`Give numbers from 1, and an engine: ${ENGINES.join(' or ')}`);
}

const engine = await openDynamoDB(kind);
console.log(`${executions} executions on ${kind}, ${processes} processes that look for what is due`);
const report = await runDueExecutions(engine, { executions, processes, throttleEvery: 1000 });
await engine.close();
const { ended, invocations, requests, throttled, ms } = report;
console.log(
  `${ended} ended after ${invocations} invocations in ${(ms / 1000).toFixed(1)} s; ` +
    `${(requests / executions).toFixed(1)} requests for each, ${throttled} of them throttled`,
);
if (ended !== executions || invocations !== executions) process.exitCode = 1;
