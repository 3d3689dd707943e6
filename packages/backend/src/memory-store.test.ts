import { describeBackendContract, describeStoreContract } from '../test-support/store-contract.ts';
import { memoryStore } from './memory-store.ts';

describeStoreContract('memoryStore', memoryStore);
describeBackendContract('memoryStore', memoryStore);
