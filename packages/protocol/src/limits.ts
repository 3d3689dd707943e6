/** Numbers of the service. Sources: the service model and the developer guide; sizes in bytes of UTF-8, times in seconds. */

/** Longest wait and retry delay, and longest execution: 366 days. */
export const MAX_DURATION_SECONDS = 31_622_400;
/** Largest callback timeout that the wire takes. 0 switches a timeout off. */
export const MAX_CALLBACK_TIMEOUT_SECONDS = 99_999_999;

/** Largest result of a step, context, wait or callback. */
export const MAX_OPERATION_PAYLOAD_BYTES: number = 1024 * 1024;
/** Largest input and output of a chained invoke. */
export const MAX_CHAINED_PAYLOAD_BYTES: number = 1024 * 1024;
/** Largest payload of a whole execution. */
export const MAX_EXECUTION_PAYLOAD_BYTES: number = 6 * 1024 * 1024;
/** Largest error object: all fields together. */
export const MAX_ERROR_BYTES: number = 1024 * 1024;

/** A context result above this is not stored: the body is run again on replay (`ReplayChildren`). */
export const LARGE_CONTEXT_RESULT_BYTES: number = 256 * 1024;
/** A handler result above this does not fit the answer of an invocation and goes through a checkpoint. */
export const LARGE_EXECUTION_RESULT_BYTES: number = 6 * 1024 * 1024 - 50;

/** Updates in one checkpoint request. */
export const MAX_UPDATES_PER_CHECKPOINT = 250;
/** Size of one checkpoint request. */
export const MAX_CHECKPOINT_BYTES: number = 750 * 1024;

/** Longest name of the code that a function runs, in characters. Ours: the service does not ask for one. */
export const MAX_CODE_VERSION_LENGTH = 128;

/** Operations in one page of state, and the default page. */
export const MAX_PAGE_ITEMS = 1000;
export const DEFAULT_PAGE_ITEMS = 100;
/** Bytes of operations in one page of state. */
export const MAX_PAGE_BYTES: number = 5 * 1024 * 1024;

/** How long a repeated checkpoint is answered again: 15 minutes. */
export const CLIENT_TOKEN_WINDOW_SECONDS = 900;

/** Longest name of an operation, and what it may hold: printable ASCII. */
export const MAX_NAME_LENGTH = 256;
export const NAME_PATTERN: RegExp = /^[\x20-\x7e]+$/;
/** Longest subtype, and what it may hold. */
export const MAX_SUBTYPE_LENGTH = 32;
/** Longest id of an operation. */
export const MAX_ID_LENGTH = 64;
/** Ids, subtypes and execution names are made of these. */
export const ID_PATTERN: RegExp = /^[a-zA-Z0-9-_]+$/;
/** Longest execution name. */
export const MAX_EXECUTION_NAME_LENGTH = 64;
/** Longest client token, and what it may hold. */
export const MAX_CLIENT_TOKEN_LENGTH = 64;
export const CLIENT_TOKEN_PATTERN: RegExp = /^[\x21-\x7e]+$/;
/** Checkpoint tokens and callback ids are base64. */
export const BASE64_PATTERN: RegExp = /^[A-Za-z0-9+/]+={0,2}$/;
export const MAX_CHECKPOINT_TOKEN_LENGTH = 2048;
export const MAX_CALLBACK_ID_LENGTH = 1024;
/** Longest name of who completes a callback. Ours: the service does not ask for one. */
export const MAX_WRITER_ID_LENGTH = 128;
/** Tenant of a chained invoke. */
export const TENANT_ID_PATTERN: RegExp = /^[a-zA-Z0-9._:/=+\-@ ]{1,256}$/;
/** Name or ARN of a function, with or without a qualifier. */
export const FUNCTION_NAME_PATTERN: RegExp =
  /^(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;
export const MAX_FUNCTION_NAME_LENGTH = 256;
/** Longest trace header of a chained invoke. */
export const MAX_TRACE_ID_LENGTH = 8192;
/** Longest ARN of an execution. */
export const MAX_EXECUTION_ARN_LENGTH = 1024;
