// What became of the executions with a name: look.ts <name>, with TABLE_NAME for those on Lambda.
import { printExecutions } from '@middy-durable-examples/shared/show/executions.ts';
import { backend } from './backend.ts';

const [, , name] = process.argv;
if (name === undefined) throw new Error('Give the name of an execution: look.ts <name>');
await printExecutions(backend, name);
