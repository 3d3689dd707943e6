export type { LambdaClientLike } from './aws-sdk.ts';
export * from './lambda-transport.ts';
export { SDK_VERSION } from './version.ts';
