// npm start: an order that is suspended, approved by another process, killed in the middle of its payment, and ends well.
import { runExample } from '@middy-durable-examples/shared/run-example.ts';
import { tellStory } from './story.ts';

process.exitCode = await runExample('order-processing', tellStory);
