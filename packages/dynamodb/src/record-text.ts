/**
 * Records of a log as bytes: one line of JSON with short keys, then the payloads as they are. Payloads are serialized text
 * themselves, so in JSON each of their quotes would be paid for twice. Members and types that have no short form here are
 * written out, so a newer event needs no new version of this file.
 */
type StoredRecord = Record<string, unknown>;

/** Append only: the position is what is stored. */
const TYPES = [
  'ExecutionStarted',
  'ExecutionSucceeded',
  'ExecutionFailed',
  'ExecutionTimedOut',
  'ExecutionStopped',
  'InvocationStarted',
  'InvocationCompleted',
  'ContextStarted',
  'ContextSucceeded',
  'ContextFailed',
  'StepStarted',
  'StepSucceeded',
  'StepFailed',
  'StepReady',
  'WaitStarted',
  'WaitSucceeded',
  'WaitCancelled',
  'CallbackStarted',
  'CallbackSucceeded',
  'CallbackFailed',
  'CallbackTimedOut',
  'ChainedInvokeStarted',
  'ChainedInvokeSucceeded',
  'ChainedInvokeFailed',
  'ChainedInvokeTimedOut',
  'ChainedInvokeStopped',
];

/** Short forms of members, one character each. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['type', 't'],
  ['at', 'a'],
  ['id', 'i'],
  ['name', 'n'],
  ['parentId', 'p'],
  ['subType', 's'],
  ['result', 'r'],
  ['input', 'x'],
  ['error', 'e'],
  ['nextAttemptDelay', 'd'],
  ['replayChildren', 'c'],
  ['seconds', 'w'],
  ['callbackId', 'k'],
  ['timeout', 'o'],
  ['heartbeatTimeout', 'h'],
  ['functionName', 'f'],
  ['tenantId', 'y'],
  ['invocationId', 'v'],
  ['requestId', 'q'],
  ['leaseUntil', 'l'],
  ['livenessMs', 'm'],
  ['startedAt', 'b'],
  ['executionTimeout', 'u'],
  ['answer', 'j'],
]);
const LONG: ReadonlyMap<string, string> = new Map([...SHORT].map(([long, short]) => [short, long]));
const TYPE_NUMBERS: ReadonlyMap<string, number> = new Map(TYPES.map((type, index) => [type, index]));

/** Members whose text stands behind the line. */
const PAYLOADS: ReadonlySet<string> = new Set(['result', 'input', 'answer']);
/** Stands for the id of the record before. */
const SAME = 0;

export function encodeRecords(records: readonly object[]): Buffer {
  const payloads: string[] = [];
  let lastAt = 0;
  let lastId: unknown;
  const short = records.map((record) => {
    const members: [string, unknown][] = [];
    for (const [key, value] of Object.entries(record)) {
      const name = SHORT.get(key) ?? `.${key}`;
      if (value === undefined) continue;
      if (key === 'type') members.push([name, TYPE_NUMBERS.get(value as string) ?? value]);
      else if (key === 'at' && typeof value === 'number') {
        members.push([name, value - lastAt]);
        lastAt = value;
      } else if (key === 'id') {
        members.push([name, value === lastId ? SAME : value]);
        lastId = value;
      } else if (PAYLOADS.has(key) && typeof value === 'string' && value.isWellFormed()) {
        members.push([name, value.length]);
        payloads.push(value);
      } else members.push([name, value]);
    }
    return Object.fromEntries(members);
  });
  return Buffer.from(`${JSON.stringify(short)}\n${payloads.join('')}`);
}

/** Throws SyntaxError or TypeError for bytes that `encodeRecords` did not make. */
export function decodeRecords(bytes: Uint8Array): StoredRecord[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const end = text.indexOf('\n');
  if (end < 0) throw new SyntaxError('The line of records has no end.');
  const short: unknown = JSON.parse(text.slice(0, end));
  if (!Array.isArray(short)) throw new TypeError('The line of records holds no list.');
  let position = end + 1;
  let lastAt = 0;
  let lastId: unknown;
  const records = short.map((members: object) => {
    const record: [string, unknown][] = [];
    for (const [name, value] of Object.entries(members)) {
      const key = LONG.get(name) ?? name.slice(1);
      if (key === 'type' && typeof value === 'number') record.push([key, TYPES[value]]);
      else if (key === 'at' && typeof value === 'number') {
        lastAt += value;
        record.push([key, lastAt]);
      } else if (key === 'id') {
        if (value !== SAME) lastId = value;
        record.push([key, lastId]);
      } else if (PAYLOADS.has(key) && typeof value === 'number') {
        record.push([key, text.slice(position, position + value)]);
        position += value;
      } else record.push([key, value]);
    }
    // Object.fromEntries defines own members, whatever they are called: stored names never reach a prototype.
    return Object.fromEntries(record);
  });
  if (position !== text.length)
    throw new TypeError('The payloads are longer or shorter than the line of records says.');
  return records;
}
