/** How aws-lambda-ric 4.0.2 asks for its compiled half, which is not built here. A test pins it to the installed version. */
export const NATIVE_ADDON = './rapid-client.node';

/** Where the answer of an invocation says what was open in the process when it was given: JSON, the kinds that Node lists. */
export const OPEN_RESOURCES_HEADER = 'x-open-resources';
