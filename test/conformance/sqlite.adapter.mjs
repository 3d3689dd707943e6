// Executions in an SQLite file that this process and the handler's process have open.
import { join } from 'node:path';
import { sqliteStore } from '@middy-durable/local';
import { runHandlerOn } from './run-handler.mjs';

export { capabilities } from './run-handler.mjs';
export const name = 'sqlite';
export const runHandler = runHandlerOn((dir) => sqliteStore({ file: join(dir, 'executions.db') }));
