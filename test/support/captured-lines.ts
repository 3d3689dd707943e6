import { afterEach, beforeEach, jest } from '@jest/globals';

type Line = Record<string, unknown>;

/** What the process writes to its streams during each test, line by line. */
export interface CapturedLines {
  /** As it was written. */
  text(): string[];
  all(): Line[];
  messages(): unknown[];
  clear(): void;
}

export function capturedLines(): CapturedLines {
  let written: string[] = [];
  const write = (chunk: unknown): boolean => {
    written.push(...String(chunk).trimEnd().split('\n'));
    return true;
  };
  beforeEach(() => {
    written = [];
    jest.spyOn(process.stdout, 'write').mockImplementation(write as never);
    jest.spyOn(process.stderr, 'write').mockImplementation(write as never);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  const all = (): Line[] => written.map((line) => JSON.parse(line) as Line);
  return {
    text: () => written,
    all,
    messages: () => all().map(({ message }) => message),
    clear: () => {
      written = [];
    },
  };
}
