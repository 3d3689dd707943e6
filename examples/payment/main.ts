// npm start: two functions want to charge one invoice, a process is killed when the money has moved, a delivery comes late.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { localTable } from './outside/table.ts';
import { tellStory } from './story.ts';

const table = await localTable();
// The handlers' processes find it by the environment, as on Lambda.
Object.assign(process.env, table.environment);
process.exitCode = await runExample('payment', (signal) => tellStory(table, signal));
await table.close();
