import { describe, expect, it } from '@jest/globals';
import { dynamoDBResources } from './dynamodb-resources.ts';
import type { DynamoDBResourcesOptions } from './options.ts';
import { dynamoDBTerraform } from './terraform.ts';

const OPTIONS: DynamoDBResourcesOptions = { functions: ['orders'], wakeUp: { code: 'dist/wake-up' } };
const wakeUp = (members: object): object => ({ wakeUp: { ...OPTIONS.wakeUp, ...members } });

describe('options of resources', () => {
  it.each<[object, RegExp]>([
    [{ functions: undefined }, /functions must name/],
    [{ functions: [] }, /at least one/],
    [{ functions: ['orders:7'] }, /functions is 'orders:7', but must be names of functions, without a version/],
    [{ functions: [undefined] }, /functions is undefined/],
    [{ functions: ['*'] }, /functions is '\*'/],
    [{ functions: [{ Ref: 'A', more: 1 }] }, /functions is \[object Object\]/],
    [{ tableName: 'a b' }, /tableName is 'a b'/],
    [{ bucket: 'No_Bucket' }, /bucket is 'No_Bucket'/],
    [{ bucket: 'payloads/*' }, /bucket is/],
    [{ eventBusName: 'bus*' }, /eventBusName is 'bus\*'/],
    [{ kmsKeyArn: 'key' }, /kmsKeyArn is 'key', but must be the ARN/],
    [{ alarmActions: 'arn:aws:sns:eu-west-1:123456789012:a' }, /alarmActions must be a list/],
    [{ alarmActions: ['topic'] }, /alarmActions is 'topic'/],
    [{ keepTable: 'no' }, /keepTable is 'no'/],
    [{ pointInTimeRecovery: 1 }, /pointInTimeRecovery is 1/],
    [{ prefix: 'durable-' }, /prefix is 'durable-'/],
    [{ logRetentionDays: 15 }, /logRetentionDays is 15, but must be one of 1, 3/],
    [{ wakeUp: undefined }, /wakeUp\.code must be/],
    [wakeUp({ code: '' }), /wakeUp\.code/],
    [wakeUp({ code: { S3Bucket: 'packages' } }), /S3Bucket and S3Key/],
    [wakeUp({ handler: 'a b' }), /wakeUp\.handler is 'a b'/],
    [wakeUp({ runtime: 'python3.13' }), /wakeUp\.runtime is 'python3\.13'/],
    [wakeUp({ architecture: 'mips' }), /arm64 or x86_64/],
    [wakeUp({ memorySize: 64 }), /from 128 to 10240/],
    [wakeUp({ timeout: 60 }), /wakeUp\.timeout is 60, but must be a whole number from 75 to 900/],
    [wakeUp({ environment: { TABLE_NAME: 'x' } }), /can't set 'TABLE_NAME'/],
    [wakeUp({ environment: { '1': 'x' } }), /can't set '1'/],
    [wakeUp({ environment: { LEVEL: 3 } }), /wakeUp\.environment\.LEVEL is 3/],
  ])('%j are refused', (wrong, message) => {
    const options = { ...OPTIONS, ...wrong } as DynamoDBResourcesOptions;
    for (const make of [dynamoDBResources, dynamoDBTerraform]) {
      expect(() => make(options)).toThrow(expect.objectContaining({ name: 'ValidationException' }));
      expect(() => make(options)).toThrow(message);
    }
  });

  it('must be there', () => {
    expect(() => dynamoDBResources(undefined as never)).toThrow(/functions must name/);
  });

  it.each<[Partial<DynamoDBResourcesOptions>, string]>([
    [{ functions: [{ Ref: 'Orders' }] }, 'functions'],
    [{ tableName: { 'Fn::Sub': 'a' } }, 'tableName'],
    [{ bucket: { Ref: 'Bucket' } }, 'bucket'],
    [{ eventBusName: { Ref: 'Bus' } }, 'eventBusName'],
    [{ kmsKeyArn: { Ref: 'Key' } }, 'kmsKeyArn'],
    [{ alarmActions: [{ Ref: 'Topic' }] }, 'alarmActions'],
    [wakeUp({ environment: { LEVEL: { Ref: 'Level' } } }), 'LEVEL'],
  ])('%j are for CloudFormation alone', (intrinsic, name) => {
    const options = { ...OPTIONS, ...intrinsic };
    expect(() => dynamoDBResources(options)).not.toThrow();
    expect(() => dynamoDBTerraform(options)).toThrow(`${name} is an intrinsic of CloudFormation`);
  });
});
