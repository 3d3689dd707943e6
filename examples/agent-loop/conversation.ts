/** What a model asks for. */
export interface ToolCall {
  tool: string;
  input: Record<string, string | number>;
}

/** What a model answers: calls of tools, or, without any, its last word. */
export interface Reply {
  text: string;
  calls: ToolCall[];
}

export type Message =
  | { role: 'user'; text: string }
  | ({ role: 'model' } & Reply)
  /** What came of a call: the tool's result, or why there is none. */
  | { role: 'tool'; tool: string; text: string };

/** A language model. It need not answer the same twice: what it answered is recorded. */
export type Model = (messages: readonly Message[]) => Promise<Reply>;

export interface Tool {
  /** A person must approve each call. */
  dangerous?: boolean;
  /** @param idempotencyKey the same whenever this call is performed again */
  run(input: ToolCall['input'], idempotencyKey: string): Promise<string>;
}
