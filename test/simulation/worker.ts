import { parentPort, workerData } from 'node:worker_threads';
import { runSeeds, type SeedsRequest } from './run-seeds.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts is started by main.ts, in a thread.');
await runSeeds(workerData as SeedsRequest, (progress) => port.postMessage(progress));
