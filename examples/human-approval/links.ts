import { signedCallbackLinks } from '@middy-durable/callbacks';
import { z } from 'zod';

const { LINK_SECRET: secret = '', LINK_URL: url = 'http://localhost:3000/' } = process.env;

/** Who has the secret makes links, and who has it opens them. It is read when the first link is made, not when this loads. */
export const links = signedCallbackLinks({ secrets: () => [{ id: '1', secret }], url });

/** What may be answered. */
export const ACTIONS = ['approve', 'reject'];

/** What comes with an answer. */
export const Remark = z.object({ comment: z.string().max(500).default('') }).default({ comment: '' });
