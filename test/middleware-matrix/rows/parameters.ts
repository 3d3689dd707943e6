import secretsManager from '@middy/secrets-manager';
import ssm from '@middy/ssm';
import { checkpointed } from '@middy-durable/core/middleware';
import { AwsApi } from '../support/aws-api.ts';
import type { Bench } from '../support/bench.ts';
import type { Row } from '../support/row.ts';

/** Open while the rows run. */
export const awsApi: AwsApi = new AwsApi();

/** Nothing is cached: as in a new environment for each invocation. */
const FRESH = { setToContext: true, disablePrefetch: true, cacheExpiry: 0 };
const limits = (bench: Bench) => bench.noted(ssm({ ...awsApi.ssm(bench), ...FRESH, fetchData: { limit: '/limit' } }));
const secrets = (bench: Bench) =>
  bench.noted(secretsManager({ ...awsApi.secretsManager(bench), ...FRESH, fetchData: { db: 'db' } }));

/** Cells of a middleware that fetches in each invocation a value that changes. */
function fetching(operation: string, [one, two]: [unknown, unknown], says: string): Row['cells'] {
  const again = { hooks: ['before', 'before'], saw: [one, two], effects: [operation, operation] };
  return {
    first: { hooks: ['before'], saw: [one], effects: [operation], says: 'fetched' },
    replay: { ...again, says },
    suspension: { ...again, says },
    failure: { hooks: ['before'], saw: [one], effects: [operation], says: 'the execution fails with the error' },
    thaw: { ...again, says: 'nothing runs late' },
  };
}

const recorded = { hooks: ['before', ''], saw: ['1', '1'], effects: ['GetParameters'] };

export const parameterRows: Row[] = [
  {
    package: '@middy/ssm',
    code: 'ssm({ fetchData, setToContext: true })',
    advice: '`checkpointed(...)` for values that steer the flow',
    use: (bench) => [limits(bench)],
    look: (_event, { limit }) => limit,
    cells: fetching('GetParameters', ['1', '2'], 'fetched again where it is not cached: the value may have changed'),
  },
  {
    package: '@middy/ssm',
    code: "checkpointed(ssm({ ... }), { name: 'limits', save: ['context.limit'] })",
    advice: 'this; never for secrets, which would be stored',
    use: (bench) => [checkpointed(limits(bench), { name: 'limits', save: ['context.limit'] })],
    look: (_event, { limit }) => limit,
    cells: {
      first: { hooks: ['before'], saw: ['1'], effects: ['GetParameters'], says: 'fetched and recorded, as a step' },
      replay: { ...recorded, says: 'the recorded value' },
      suspension: { ...recorded, says: 'the recorded value' },
      failure: {
        hooks: ['before'],
        saw: ['1'],
        effects: ['GetParameters'],
        says: 'the execution fails with the error',
      },
      thaw: { ...recorded, says: 'nothing runs late' },
    },
  },
  {
    package: '@middy/secrets-manager',
    code: 'secretsManager({ fetchData, setToContext: true })',
    advice: 'as it is: secrets are fetched anew and never stored',
    use: (bench) => [secrets(bench)],
    look: (_event, { db }) => db.password,
    cells: fetching(
      'GetSecretValue',
      ['secret 1', 'secret 2'],
      'fetched again where it is not cached: a rotated secret is the new one',
    ),
  },
];
