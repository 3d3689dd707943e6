import { decodeList, encodeList } from './base64-json.ts';
import { staleToken } from './errors.ts';
import { MAX_CHECKPOINT_TOKEN_LENGTH } from './limits.ts';

/** What a checkpoint token stands for: the right to append the item after `sequence` in one invocation of a run. */
export interface CheckpointToken {
  runId: string;
  invocationId: string;
  /** Number of the run's last item when the token was made: a whole number from 0. */
  sequence: number;
}

const KIND = 'checkpoint';

/**
 * The token as text. Throws RangeError for ids that make it longer than the wire takes (2048 characters).
 *
 * A token is not secret by itself: whoever gets one compares it with the run's head.
 */
export function encodeCheckpointToken({ runId, invocationId, sequence }: CheckpointToken): string {
  const text = encodeList([KIND, runId, invocationId, sequence]);
  if (text.length > MAX_CHECKPOINT_TOKEN_LENGTH) {
    throw new RangeError(`The checkpoint token of run ${runId} has ${text.length} characters: use shorter ids.`);
  }
  return text;
}

/** What `text` stands for. Throws the error of a stale token for anything that `encodeCheckpointToken` did not make. */
export function decodeCheckpointToken(text: string): CheckpointToken {
  const [kind, runId, invocationId, sequence, ...more] = decodeList(text, MAX_CHECKPOINT_TOKEN_LENGTH) ?? [];
  if (
    kind !== KIND ||
    typeof runId !== 'string' ||
    typeof invocationId !== 'string' ||
    !isSequence(sequence) ||
    more.length > 0
  ) {
    throw staleToken();
  }
  return { runId, invocationId, sequence };
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
