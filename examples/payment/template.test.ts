import { describeDurableTemplate } from '@middy-durable-examples/shared/test-support/durable-template.ts';

const eachOf = (name: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:\${AWS::StackName}-${name}:*`,
});
const TABLE = 'IdempotencyTable';

describeDurableTemplate(import.meta.dirname, {
  // Both write records, and ask whether who holds a key has ended.
  statements: () => [
    {
      Effect: 'Allow',
      Action: ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:DeleteItem'],
      Resource: { 'Fn::GetAtt': [TABLE, 'Arn'] },
    },
    { Effect: 'Allow', Action: 'lambda:GetDurableExecution', Resource: [eachOf('checkout'), eachOf('dunning')] },
  ],
  resources: {
    [TABLE]: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
      },
    },
  },
});
