import { callbackClient } from '@middy-durable/callbacks';
import { endpointFor } from './endpoint.ts';

/** The function behind the links: an ordinary one, with a function URL. */
export const handler = endpointFor(callbackClient());
