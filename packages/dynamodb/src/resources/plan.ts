import type { DynamoDBResourcesOptions, WakeUpCode } from './options.ts';
import type { Text } from './text.ts';

/** What every kind of template says of the wake-up function, with the defaults filled in. */
export interface WakeUpPlan {
  code: WakeUpCode;
  handler: string;
  runtime: string;
  architecture: string;
  memorySize: number;
  timeout: number;
  environment: Readonly<Record<string, Text>>;
  logRetentionDays: number;
}

/** How often the wake-up function is invoked. Whoever suspends counts on it: see `TICK_MS`. */
export const SCHEDULE = 'rate(1 minute)';
/** A tick that could not be started within a minute has a successor. */
export const ASYNC_RETRIES = { attempts: 0, ageSeconds: 60 } as const;
export const LOG_ACTIONS: readonly string[] = ['logs:CreateLogStream', 'logs:PutLogEvents'];

/** Successful invocations of the wake-up function in five minutes; no number at all counts as none. */
export const ALARM = {
  description: 'The wake-up function of durable executions has not succeeded for five minutes: nothing goes on.',
  seconds: 300,
  metrics: { invocations: 'Invocations', errors: 'Errors' },
  expression: 'FILL(invocations, 0) - FILL(errors, 0)',
  label: 'Successful wake-ups',
  comparison: 'LessThanThreshold',
  threshold: 1,
  missing: 'breaching',
} as const;

export const ASSUME_ROLE = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
} as const;

export function wakeUpPlan(options: DynamoDBResourcesOptions, tableName: Text): WakeUpPlan {
  const { wakeUp, eventBusName, logRetentionDays = 14 } = options;
  const {
    code,
    handler = 'wake-up.handler',
    runtime = 'nodejs24.x',
    architecture = 'arm64',
    memorySize = 256,
    timeout = 90,
    environment,
  } = wakeUp;
  return {
    code,
    handler,
    runtime,
    architecture,
    memorySize,
    timeout,
    environment: {
      ...environment,
      TABLE_NAME: tableName,
      ...(eventBusName !== undefined && { EVENT_BUS_NAME: eventBusName }),
    },
    logRetentionDays,
  };
}
