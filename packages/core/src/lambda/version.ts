/**
 * The version of this package. It travels in the user agent of the requests to Lambda.
 * @example console.log(`middy-durable ${SDK_VERSION}`);
 */
export const SDK_VERSION: string = '0.0.0';
