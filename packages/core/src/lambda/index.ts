export type { LambdaClientLike } from './aws-sdk.ts';
export { lambdaCallbacks } from './lambda-callbacks.ts';
export type { LambdaTransportOptions } from './lambda-service.ts';
export * from './lambda-transport.ts';
export { SDK_VERSION } from './version.ts';
