import { describeMovedHandler } from '@middy-durable-examples/shared/test-support/moved-handler.ts';

describeMovedHandler(import.meta.dirname);
