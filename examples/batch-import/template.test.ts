import { describeDurableTemplate } from '@middy-durable-examples/shared/test-support/durable-template.ts';

describeDurableTemplate(import.meta.dirname);
