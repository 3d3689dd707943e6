import {
  BatchItemStatus,
  CompletionOutcome,
  FieldMatchMode,
  FileSystemPathEncoding,
  FileSystemSerdesMode,
  JitterStrategy,
  NestingType,
  PreviewMode,
  StepSemantics,
} from '@aws/durable-execution-sdk-js';

/** Every member as a type, every enumeration as a type, as a value, and by its keys. */
export interface Members {
  batch: BatchItemStatus.SUCCEEDED | BatchItemStatus.FAILED | BatchItemStatus.STARTED;
  outcome: CompletionOutcome.SUCCEEDED | CompletionOutcome.FAILED;
  nesting: NestingType.NESTED | NestingType.FLAT;
  jitter: JitterStrategy.NONE | JitterStrategy.FULL | JitterStrategy.HALF;
  semantics: StepSemantics.AtMostOncePerRetry | StepSemantics.AtLeastOncePerRetry;
  storage: FileSystemSerdesMode.ALWAYS | FileSystemSerdesMode.OVERFLOW;
  encoding: FileSystemPathEncoding.URI | FileSystemPathEncoding.HASH;
  match: FieldMatchMode.ANYWHERE | FieldMatchMode.PATH;
  preview: PreviewMode.INCLUDE_ALL | PreviewMode.EXCLUDE_ALL;
}
export const members: Members = {
  batch: BatchItemStatus.STARTED,
  outcome: CompletionOutcome.FAILED,
  nesting: NestingType.FLAT,
  jitter: JitterStrategy.HALF,
  semantics: StepSemantics.AtMostOncePerRetry,
  storage: FileSystemSerdesMode.OVERFLOW,
  encoding: FileSystemPathEncoding.HASH,
  match: FieldMatchMode.PATH,
  preview: PreviewMode.EXCLUDE_ALL,
};
export const whole: {
  batch: BatchItemStatus;
  outcome: CompletionOutcome;
  nesting: NestingType;
  jitter: JitterStrategy;
  semantics: StepSemantics;
  storage: FileSystemSerdesMode;
  encoding: FileSystemPathEncoding;
  match: FieldMatchMode;
  preview: PreviewMode;
} = { ...members };

export const byName = (name: keyof typeof NestingType): NestingType => NestingType[name];
export const everyStatus: string[] = Object.values(BatchItemStatus).map((status) => status.toLowerCase());
export const text: string = JitterStrategy.FULL;
export function explain(semantics: StepSemantics): string {
  switch (semantics) {
    case StepSemantics.AtLeastOncePerRetry:
      return 'again';
    case StepSemantics.AtMostOncePerRetry:
      return 'never again';
  }
}
export const fromEnvironment = (value: string | undefined): NestingType =>
  value === NestingType.FLAT ? NestingType.FLAT : NestingType.NESTED;
