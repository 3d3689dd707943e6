import { pendingObject } from './pending.ts';
import { at, members, textAt } from './read-json.ts';
import type { Source } from './source.ts';

/** Events of a bus, a rule's schedule included. */
export const eventBridge: Source = {
  kind: 'eventbridge',
  recognises: (event) =>
    textAt(event, 'detail-type') !== undefined &&
    textAt(event, 'source') !== undefined &&
    textAt(event, 'id') !== undefined &&
    at(event, 'detail') !== undefined,
  identity: (event) => [textAt(event, 'id') as string],
  meaning: (event) => members(event, 'detail-type', 'source', 'resources', 'detail'),
  onRedelivery: 'resume',
  pending: pendingObject,
};
