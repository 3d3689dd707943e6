// Executions in this process's memory; the handler's process reaches them over IPC.
import { memoryStore } from '@middy-durable/backend';
import { runHandlerOn } from './run-handler.mjs';

export { capabilities } from './run-handler.mjs';
export const name = 'memory';
export const runHandler = runHandlerOn(() => memoryStore());
