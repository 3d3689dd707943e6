export type { DynamoDBRole } from './access.ts';
export { type DurableTemplate, dynamoDBResources, type TemplateResource } from './dynamodb-resources.ts';
export type { DynamoDBResourcesOptions, WakeUpCode, WakeUpFunctionOptions } from './options.ts';
export { durablePolicies, type PolicyArns, type PolicyDocument, type PolicyStatement } from './policies.ts';
export { dynamoDBTerraform, type TerraformConfiguration } from './terraform.ts';
export type { Text } from './text.ts';
