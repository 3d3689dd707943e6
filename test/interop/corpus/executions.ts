import { failing } from './pieces.ts';
import type { Workflows } from './workflow.ts';

export const EXECUTIONS: Workflows = {
  'an execution without operations': { input: { a: [1, null, 'x'] }, run: async (_context, event) => event },
  'an execution without a result': async (context) => {
    await context.wait({ seconds: 1 });
  },
  'an execution that throws': async (context) => {
    await context.wait({ seconds: 1 });
    throw Object.assign(new Error('out of stock'), { name: 'StockError' });
  },
  'an execution whose step fails': async (context) => {
    await context.step('before', async () => 1);
    await failing(context, 'charge');
  },
  'an execution whose child context fails': (context) =>
    context.runInChildContext('child', (child) => failing(child, 'charge')),
  'an execution whose result does not fit its answer': async (context) => {
    await context.wait({ seconds: 1 });
    return 'x'.repeat(6_291_440);
  },
};
