import { ValidationException } from '@middy-durable/protocol';
import { shown } from '../shown.ts';
import { isIntrinsic, type Text } from './text.ts';

/** The package of the wake-up function: a path from the template, or an object in a bucket. */
export type WakeUpCode =
  | string
  | { readonly S3Bucket: string; readonly S3Key: string; readonly S3ObjectVersion?: string | undefined };

/** The wake-up function: a module of yours that exports what `createWakeUpHandler` returned. */
export interface WakeUpFunctionOptions {
  code: WakeUpCode;
  /** Default `wake-up.handler`. */
  handler?: string | undefined;
  /** Default `nodejs24.x`. */
  runtime?: string | undefined;
  /** Default `arm64`. */
  architecture?: 'arm64' | 'x86_64' | undefined;
  /** Megabytes. Default 256. */
  memorySize?: number | undefined;
  /**
   * Seconds, 75 to 900. It stays up to a minute, and needs longer than the ordinary functions take that executions call with
   * `context.invoke`. Default 90.
   */
  timeout?: number | undefined;
  /** Variables besides `TABLE_NAME` and `EVENT_BUS_NAME`. Default: none. */
  environment?: Readonly<Record<string, Text>> | undefined;
}

/** What {@link dynamoDBResources} makes resources for. */
export interface DynamoDBResourcesOptions {
  /**
   * Names of the functions that the wake-up function invokes: those that run executions on the table, and ordinary ones that
   * they call with `context.invoke`.
   */
  functions: readonly Text[];
  wakeUp: WakeUpFunctionOptions;
  /** Default: CloudFormation makes one up; `durable-executions` with Terraform. */
  tableName?: Text | undefined;
  /** What the names of resources begin with: up to 20 letters and digits, a capital letter first. Default `Durable`. */
  prefix?: string | undefined;
  /** Bucket that the backends get as their option `bucket`. It has to exist. Default: none. */
  bucket?: Text | undefined;
  /** Name or ARN of the bus that status changes go to. It has to exist. Default: none. */
  eventBusName?: Text | undefined;
  /** Keeps the table and its data when the stack or the resource is deleted. Default true. */
  keepTable?: boolean | undefined;
  /** Lets the table be restored to any second of the last 35 days. Default true. */
  pointInTimeRecovery?: boolean | undefined;
  /**
   * ARN of a KMS key of yours for the table; its key policy must let the roles use it through DynamoDB. Default: the key that
   * DynamoDB owns.
   */
  kmsKeyArn?: Text | undefined;
  /** ARNs that hear when the wake-up function has not succeeded for five minutes: SNS topics. Default: none. */
  alarmActions?: readonly Text[] | undefined;
  /** Days that the wake-up function's log is kept: one of the numbers that CloudWatch takes. Default 14. */
  logRetentionDays?: number | undefined;
}

const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
const FUNCTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const EVENT_BUS =
  /^[a-zA-Z0-9_./-]{1,256}$|^arn:aws[a-zA-Z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/[a-zA-Z0-9_./-]{1,256}$/;
const ARN = /^arn:aws[a-zA-Z-]*:[a-zA-Z0-9:/_.-]+$/;
const HANDLER = /^[a-zA-Z0-9_./-]{1,128}$/;
const RUNTIME = /^nodejs\d{2}\.x$/;
const PREFIX = /^[A-Z][a-zA-Z0-9]{0,19}$/;
const ANYTHING = /(?:)/;
const VARIABLE = /^[a-zA-Z][a-zA-Z0-9_]+$/;
/** Names of variables that this package gives the wake-up function. */
const OWN_VARIABLES = new Set(['TABLE_NAME', 'EVENT_BUS_NAME']);
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Refuses what could not be deployed, before a template is made of it. */
export function checkResourcesOptions(options: DynamoDBResourcesOptions): void {
  const { functions, wakeUp, alarmActions, logRetentionDays, prefix } = (options ?? {}) as DynamoDBResourcesOptions;
  if (!Array.isArray(functions) || functions.length === 0) {
    throw new ValidationException('functions must name the functions that run executions: at least one.');
  }
  for (const name of functions) checkText('functions', name, FUNCTION_NAME, 'names of functions, without a version');
  if (alarmActions !== undefined && !Array.isArray(alarmActions)) {
    throw new ValidationException('alarmActions must be a list of ARNs.');
  }
  for (const action of alarmActions ?? []) checkText('alarmActions', action, ARN, 'ARNs');
  const { tableName, bucket, eventBusName, kmsKeyArn, keepTable, pointInTimeRecovery } = options;
  checkText('tableName', tableName, TABLE_NAME, 'the name of a DynamoDB table (3 to 255 of a-z, A-Z, 0-9, _ . -)');
  checkText('bucket', bucket, BUCKET, 'the name of an S3 bucket');
  checkText('eventBusName', eventBusName, EVENT_BUS, 'the name or ARN of an event bus');
  checkText('kmsKeyArn', kmsKeyArn, ARN, 'the ARN of a KMS key');
  for (const [name, value] of Object.entries({ keepTable, pointInTimeRecovery })) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new ValidationException(`${name} is ${shown(value)}, but must be true or false.`);
    }
  }
  if (prefix !== undefined && !(typeof prefix === 'string' && PREFIX.test(prefix))) {
    throw new ValidationException(
      `prefix is ${shown(prefix)}, but must be up to 20 letters and digits, a capital letter first.`,
    );
  }
  if (logRetentionDays !== undefined && !LOG_DAYS.includes(logRetentionDays)) {
    throw new ValidationException(
      `logRetentionDays is ${shown(logRetentionDays)}, but must be one of ${LOG_DAYS.join(', ')}.`,
    );
  }
  checkWakeUp(wakeUp);
}

function checkWakeUp(wakeUp: WakeUpFunctionOptions): void {
  const { code, handler, runtime, architecture, memorySize, timeout, environment } = (wakeUp ??
    {}) as WakeUpFunctionOptions;
  if (!isCode(code)) {
    throw new ValidationException(
      'wakeUp.code must be the path of the package of the wake-up function, or its S3Bucket and S3Key.',
    );
  }
  for (const [name, value, pattern, what] of [
    ['handler', handler, HANDLER, 'a module and an export: wake-up.handler'],
    ['runtime', runtime, RUNTIME, 'a Node.js runtime of Lambda: nodejs24.x'],
    ['architecture', architecture, /^(arm64|x86_64)$/, 'arm64 or x86_64'],
  ] as const) {
    if (value !== undefined && !(typeof value === 'string' && pattern.test(value))) {
      throw new ValidationException(`wakeUp.${name} is ${shown(value)}, but must be ${what}.`);
    }
  }
  for (const [name, value, least, most] of [
    ['memorySize', memorySize, 128, 10_240],
    ['timeout', timeout, 75, 900],
  ] as const) {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      throw new ValidationException(
        `wakeUp.${name} is ${shown(value)}, but must be a whole number from ${least} to ${most}.`,
      );
    }
  }
  for (const [variable, value] of Object.entries(environment ?? {})) {
    if (!VARIABLE.test(variable) || OWN_VARIABLES.has(variable)) {
      throw new ValidationException(`wakeUp.environment can't set ${shown(variable)}.`);
    }
    checkText(`wakeUp.environment.${variable}`, value, ANYTHING, 'a text');
  }
}

function isCode(code: unknown): boolean {
  if (typeof code === 'string') return code !== '';
  const { S3Bucket, S3Key, S3ObjectVersion } = (code ?? {}) as Record<string, unknown>;
  const version = S3ObjectVersion === undefined || typeof S3ObjectVersion === 'string';
  return typeof S3Bucket === 'string' && BUCKET.test(S3Bucket) && typeof S3Key === 'string' && S3Key !== '' && version;
}

function checkText(name: string, value: unknown, pattern: RegExp, what: string): void {
  if (value === undefined && name !== 'functions' && name !== 'alarmActions') return;
  if (isIntrinsic(value) || (typeof value === 'string' && pattern.test(value))) return;
  throw new ValidationException(`${name} is ${shown(value)}, but must be ${what}.`);
}
