import { describeContract } from './describe-contract.ts';

describeContract('DynamoDB Local');
