import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

const NAMES = ['TABLE_NAME', 'AWS_LAMBDA_FUNCTION_NAME', 'MIDDY_DURABLE_STORE'] as const;
const usual = NAMES.map((name) => [name, process.env[name]] as const);

/** The backend that a process with these variables has. */
async function backendWith(variables: Partial<Record<(typeof NAMES)[number], string>>): Promise<object> {
  for (const name of NAMES) delete process.env[name];
  Object.assign(process.env, variables);
  jest.resetModules();
  return (await import('./backend.ts')).backend;
}

describe('the place of the executions', () => {
  afterEach(() => {
    for (const [name, value] of usual) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('is the table on Lambda', async () => {
    const backend = await backendWith({ TABLE_NAME: 'durable-executions', AWS_LAMBDA_FUNCTION_NAME: 'orders' });
    expect(backend).toMatchObject({ store: { tableName: 'durable-executions' } });
  });

  it('is a file on this machine', async () => {
    const backend = await backendWith({ MIDDY_DURABLE_STORE: '/nowhere/runs.db' });
    expect(backend).toMatchObject({ store: { file: '/nowhere/runs.db' } });
  });

  it('is never a file on Lambda, which would be lost', async () => {
    await expect(backendWith({ AWS_LAMBDA_FUNCTION_NAME: 'orders' })).rejects.toThrow('TABLE_NAME is not set');
  });

  it('is chosen alike by both examples', () => {
    const [here, there] = ['.', '../legacy-sqs'].map((folder) =>
      readFileSync(join(import.meta.dirname, folder, 'backend.ts'), 'utf8'),
    );
    expect(there).toBe(here);
  });
});
