import { createHash } from 'node:crypto';
import { MAX_EXECUTION_PAYLOAD_BYTES, type OrdinaryEventOptions, type PendingExecution } from '@middy-durable/protocol';
import { checkBytes } from '../../request-shape.ts';
import { canonicalJson, jsonText } from './canonical-json.ts';
import { nameOf } from './execution-name.ts';
import { chosenFingerprint, chosenInput, chosenName } from './overrides.ts';
import type { SourceKind } from './source.ts';
import { sourceOf } from './sources.ts';

export { fittingName } from './execution-name.ts';
export type { SourceKind } from './source.ts';

/** An ordinary event, as far as executions are concerned. */
export interface DescribedEvent {
  kind: SourceKind;
  /** Fits the protocol: hashed where what identifies the event does not. `undefined`: nothing identifies it. */
  name: string | undefined;
  /** SHA-256 over canonical JSON of what the sender meant, in hex. */
  fingerprint: string;
  /** Serialized event: what is stored and handed to the handler. */
  input: string;
  /** What the same event again means after its run has failed. */
  onRedelivery: 'resume' | 'stored';
  /** What the caller gets while the execution's result is not there yet. */
  pending(execution: PendingExecution): unknown;
}

/**
 * Describes the event of an ordinary invocation by its source and by the user's options. The event is read once, as JSON:
 * each function of the options gets a copy of its own, so none can change what the others see.
 *
 * @throws TypeError when the event or what an option's function gave is no JSON; Error when an option's function threw or a
 *   JMESPath expression failed; InvalidParameterValueException when the input is too large
 */
export async function describeEvent(
  event: unknown,
  lambdaContext: unknown,
  options: OrdinaryEventOptions,
): Promise<DescribedEvent> {
  // Lambda never hands over `undefined`; a local call without an event does.
  const text = jsonText(event ?? null, 'the event');
  const copy = (): unknown => JSON.parse(text);
  const read = copy();
  const source = sourceOf(read);
  const name = (await chosenName(options.executionName, copy, lambdaContext)) ?? nameOf(source.identity(read));
  const meant = options.fingerprint ? chosenFingerprint(options.fingerprint, copy) : source.meaning(read);
  const input = options.input ? chosenInput(options.input, copy) : text;
  checkBytes(input, 'Execution input payload', MAX_EXECUTION_PAYLOAD_BYTES);
  const respond = options.pendingResponse as ((execution: PendingExecution, event: unknown) => unknown) | undefined;
  return {
    kind: source.kind,
    name,
    fingerprint: createHash('sha256').update(canonicalJson(meant)).digest('hex'),
    input,
    onRedelivery: options.onRedelivery ?? source.onRedelivery,
    pending: (execution) => (respond ? respond(execution, copy()) : source.pending(execution, read)),
  };
}
