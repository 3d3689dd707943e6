import { TTL_ATTRIBUTE, tableDefinition } from '../layout.ts';
import { arnsOf } from './arns.ts';
import { checkResourcesOptions, type DynamoDBResourcesOptions } from './options.ts';
import { ALARM, ASSUME_ROLE, ASYNC_RETRIES, LOG_ACTIONS, SCHEDULE, type WakeUpPlan, wakeUpPlan } from './plan.ts';
import { durablePolicies, type PolicyDocument } from './policies.ts';
import type { Text } from './text.ts';

/** A resource of CloudFormation. */
export interface TemplateResource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: 'Retain';
  UpdateReplacePolicy?: 'Retain';
}

/** A template of CloudFormation, which SAM, the CDK and the Serverless Framework take, too. */
export interface DurableTemplate {
  AWSTemplateFormatVersion: '2010-09-09';
  Description: string;
  Resources: Record<string, TemplateResource>;
  Outputs: Record<string, { Description: string; Value: Text }>;
}

/** Policies that others attach to their roles. The wake-up function's is part of its own role. */
const POLICIES = {
  function: ['FunctionPolicy', 'For functions that run executions, and for who stops or redrives them'],
  start: ['StartPolicy', 'For who starts executions and runs none'],
  callback: ['CallbackPolicy', 'For who completes callbacks'],
  read: ['ReadPolicy', 'For who lists and reads executions'],
} as const;

/**
 * All that durable executions on DynamoDB need besides the functions themselves, as a template of CloudFormation: the table,
 * the wake-up function with its role, log, one-minute schedule and alarm, and one managed policy for each role. It is plain
 * data: write it to a file, or put its `Resources` into a template of your own.
 *
 * Throws ValidationException for an option that could not be deployed.
 *
 * @example
 * const template = dynamoDBResources({ functions: ['orders'], wakeUp: { code: 'dist/wake-up' } });
 * console.log(JSON.stringify(template, null, 2));
 */
export function dynamoDBResources(options: DynamoDBResourcesOptions): DurableTemplate {
  checkResourcesOptions(options);
  const { prefix = 'Durable' } = options;
  const names = logicalIds(prefix);
  const arns = arnsOf(
    options,
    { partition: ref('AWS::Partition'), region: ref('AWS::Region'), account: ref('AWS::AccountId') },
    { table: arnOf(names.table), wakeUpFunction: arnOf(names.function) },
  );
  const { wakeUp, ...others } = durablePolicies(arns);
  const plan = wakeUpPlan(options, ref(names.table));
  const policies = Object.entries(POLICIES).map(([role, [suffix, description]]) => {
    const Properties = { Description: description, PolicyDocument: others[role as keyof typeof others] };
    return { id: prefix + suffix, description, resource: { Type: 'AWS::IAM::ManagedPolicy', Properties } };
  });
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Durable executions on DynamoDB: table, wake-up function, policies',
    Resources: {
      [names.table]: table(options),
      ...wakeUpResources(names, plan, wakeUp),
      [names.alarm]: alarm(names, options),
      ...Object.fromEntries(policies.map(({ id, resource }) => [id, resource])),
    },
    Outputs: {
      [`${prefix}TableName`]: { Description: 'The option tableName of the backends', Value: ref(names.table) },
      [`${prefix}WakeUpFunctionName`]: {
        Description: 'The variable DURABLE_WAKE_UP_FUNCTION of the functions',
        Value: ref(names.function),
      },
      ...Object.fromEntries(
        policies.map(({ id, description }) => [`${id}Arn`, { Description: description, Value: ref(id) }]),
      ),
    },
  };
}

type Names = Record<'table' | 'function' | 'role' | 'log' | 'schedule' | 'permission' | 'retries' | 'alarm', string>;

function logicalIds(prefix: string): Names {
  return {
    table: `${prefix}Table`,
    function: `${prefix}WakeUpFunction`,
    role: `${prefix}WakeUpRole`,
    log: `${prefix}WakeUpLog`,
    schedule: `${prefix}WakeUpSchedule`,
    permission: `${prefix}WakeUpPermission`,
    retries: `${prefix}WakeUpRetries`,
    alarm: `${prefix}WakeUpAlarm`,
  };
}

function table({ tableName, keepTable = true, ...options }: DynamoDBResourcesOptions): TemplateResource {
  const { pointInTimeRecovery = true, kmsKeyArn } = options;
  const { TableName: _, ...definition } = tableDefinition('table');
  return {
    Type: 'AWS::DynamoDB::Table',
    ...(keepTable && { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }),
    Properties: {
      ...(tableName !== undefined && { TableName: tableName }),
      ...definition,
      TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: pointInTimeRecovery },
      DeletionProtectionEnabled: keepTable,
      ...(kmsKeyArn !== undefined && {
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: kmsKeyArn },
      }),
    },
  };
}

function wakeUpResources(names: Names, plan: WakeUpPlan, policy: PolicyDocument): Record<string, TemplateResource> {
  const logs = { Sid: 'Logs', Effect: 'Allow', Action: LOG_ACTIONS, Resource: [arnOf(names.log)] };
  return {
    [names.log]: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: plan.logRetentionDays } },
    [names.role]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: ASSUME_ROLE,
        Policies: [{ PolicyName: 'wake-up', PolicyDocument: { ...policy, Statement: [...policy.Statement, logs] } }],
      },
    },
    [names.function]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Description: 'Goes on with durable executions that are due',
        Code: plan.code,
        Handler: plan.handler,
        Runtime: plan.runtime,
        Architectures: [plan.architecture],
        MemorySize: plan.memorySize,
        Timeout: plan.timeout,
        Role: arnOf(names.role),
        Environment: { Variables: plan.environment },
        LoggingConfig: { LogGroup: ref(names.log) },
      },
    },
    [names.retries]: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: ref(names.function),
        Qualifier: '$LATEST',
        MaximumRetryAttempts: ASYNC_RETRIES.attempts,
        MaximumEventAgeInSeconds: ASYNC_RETRIES.ageSeconds,
      },
    },
    [names.schedule]: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: SCHEDULE,
        State: 'ENABLED',
        Targets: [{ Id: 'wake-up', Arn: arnOf(names.function) }],
      },
    },
    [names.permission]: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: ref(names.function),
        Principal: 'events.amazonaws.com',
        SourceArn: arnOf(names.schedule),
      },
    },
  };
}

function alarm(names: Names, { alarmActions }: DynamoDBResourcesOptions): TemplateResource {
  const metrics = Object.entries(ALARM.metrics).map(([Id, MetricName]) => ({
    Id,
    ReturnData: false,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/Lambda',
        MetricName,
        Dimensions: [{ Name: 'FunctionName', Value: ref(names.function) }],
      },
      Period: ALARM.seconds,
      Stat: 'Sum',
    },
  }));
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: ALARM.description,
      Metrics: [...metrics, { Id: 'succeeded', Label: ALARM.label, Expression: ALARM.expression, ReturnData: true }],
      ComparisonOperator: ALARM.comparison,
      Threshold: ALARM.threshold,
      EvaluationPeriods: 1,
      TreatMissingData: ALARM.missing,
      ...(alarmActions !== undefined && { AlarmActions: alarmActions }),
    },
  };
}

function ref(logicalId: string): Text {
  return { Ref: logicalId };
}

function arnOf(logicalId: string): Text {
  return { 'Fn::GetAtt': [logicalId, 'Arn'] };
}
