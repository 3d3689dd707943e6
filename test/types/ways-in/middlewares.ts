import inputOutputLogger from '@middy/input-output-logger';
import ssm from '@middy/ssm';
import validator from '@middy/validator';
import { checkpointed, type DurableMiddleware, onlyFirst, onResume, onSuspend } from '@middy-durable/core/middleware';
import { type Same, same } from './same.ts';

// The middlewares around middlewares keep their types.

const plain = validator({});
const first = onlyFirst(plain);
same<Same<typeof first, typeof plain>>();
const logger = onlyFirst(inputOutputLogger({ logger: () => {} }));
same<Same<typeof logger, ReturnType<typeof inputOutputLogger>>>();

const parameters = ssm({ fetchData: { limit: '/limit' }, setToContext: true });
const recorded = checkpointed(parameters, { name: 'limits', save: ['context.limit'] });
same<Same<typeof recorded, typeof parameters>>();

const resumed = onResume(({ event }) => event);
same<Same<typeof resumed, DurableMiddleware>>();

onSuspend((request, reason) => {
  same<Same<typeof request.event, unknown>>();
  same<Same<typeof reason, 'suspended' | 'failed' | 'retried'>>();
});

// @ts-expect-error a middleware is an object
onlyFirst(() => {});
// @ts-expect-error a name is needed
checkpointed(parameters, { save: ['context.limit'] });
// @ts-expect-error so is what is to be saved
checkpointed(parameters, { name: 'limits' });
