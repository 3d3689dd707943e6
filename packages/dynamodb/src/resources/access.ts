import {
  BEAT_KEY,
  CLAIM_KEY,
  type IndexKind,
  logPartition,
  nameKey,
  outsidePartition,
  partsPartition,
} from '../layout.ts';
import { noteKey } from '../wake-up/status-outbox.ts';

/**
 * Who uses the table:
 *  - `function`: a function that runs executions; also who stops or redrives them
 *  - `wakeUp`: the wake-up function
 *  - `start`: starts executions, and runs none
 *  - `callback`: completes callbacks, and sends their heartbeats
 *  - `read`: lists executions and reads them and their histories
 */
export type DynamoDBRole = 'function' | 'wakeUp' | 'start' | 'callback' | 'read';

export type TableAction = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'GetItem' | 'Query';

/** Actions on a partition of the table, which is a pattern with `*`; and without what nobody needs them. */
export type PartitionAccess = readonly [
  partition: string,
  actions: readonly TableAction[],
  onlyWith?: 'wakeUpFunction' | 'eventBus',
];

/** What a role does. A test holds this against the requests that the code sends: each is allowed, and each right is used. */
export interface Access {
  table: readonly PartitionAccess[];
  /** Partitions of the index that are queried. */
  index: readonly IndexKind[];
  /** On the objects of large bodies, where there is a bucket. */
  objects: readonly ('PutObject' | 'GetObject')[];
  /** What is invoked. */
  invokes: 'functions' | 'wakeUp' | 'nothing';
  /** Whether status changes go to the event bus, where there is one. */
  putsEvents: boolean;
}

const ANY = '*';
const LOG = logPartition(ANY);
const NAME = nameKey(ANY, ANY).pk;
const OUTSIDE = outsidePartition(ANY);
const PARTS = partsPartition(ANY, ANY);
const NOTE = noteKey(ANY, 'start').pk;
const BEAT = BEAT_KEY.pk;
const CLAIM = CLAIM_KEY.pk;

/** Who has something to be started: looks whether somebody stays, else takes the claim, or gives it up again. */
const STARTS_WAKE_UP: PartitionAccess = [CLAIM, ['GetItem', 'PutItem', 'DeleteItem'], 'wakeUpFunction'];
const NOTES_CHANGES: PartitionAccess = [NOTE, ['PutItem', 'DeleteItem'], 'eventBus'];

export const ACCESS: Readonly<Record<DynamoDBRole, Access>> = {
  function: {
    table: [
      [LOG, ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query']],
      [NAME, ['GetItem', 'PutItem', 'UpdateItem']],
      [OUTSIDE, ['GetItem', 'PutItem', 'UpdateItem', 'Query']],
      [PARTS, ['PutItem', 'Query']],
      NOTES_CHANGES,
      [BEAT, ['GetItem']],
      STARTS_WAKE_UP,
    ],
    index: [],
    objects: ['PutObject', 'GetObject'],
    invokes: 'wakeUp',
    putsEvents: false,
  },
  wakeUp: {
    table: [
      [LOG, ['GetItem', 'PutItem', 'UpdateItem', 'Query']],
      [NAME, ['GetItem', 'PutItem', 'UpdateItem']],
      [OUTSIDE, ['GetItem', 'UpdateItem', 'Query']],
      [PARTS, ['PutItem', 'Query']],
      NOTES_CHANGES,
      [BEAT, ['PutItem']],
      [CLAIM, ['GetItem', 'PutItem', 'DeleteItem']],
    ],
    index: ['due', 'event'],
    objects: ['PutObject', 'GetObject'],
    invokes: 'functions',
    putsEvents: true,
  },
  start: {
    table: [
      [LOG, ['GetItem', 'PutItem', 'DeleteItem', 'Query']],
      [NAME, ['GetItem', 'PutItem']],
      [PARTS, ['PutItem']],
      NOTES_CHANGES,
      STARTS_WAKE_UP,
    ],
    index: [],
    objects: ['PutObject'],
    invokes: 'wakeUp',
    putsEvents: false,
  },
  callback: {
    table: [
      [LOG, ['GetItem', 'Query']],
      [NAME, ['GetItem']],
      [OUTSIDE, ['GetItem', 'UpdateItem', 'Query']],
      [PARTS, ['PutItem', 'Query']],
      STARTS_WAKE_UP,
    ],
    index: [],
    objects: ['PutObject', 'GetObject'],
    invokes: 'wakeUp',
    putsEvents: false,
  },
  read: {
    table: [
      [LOG, ['GetItem', 'Query']],
      [NAME, ['GetItem']],
      [PARTS, ['Query']],
    ],
    index: ['list'],
    objects: ['GetObject'],
    invokes: 'nothing',
    putsEvents: false,
  },
};
