/**
 * What every execution store must do, as tests. For the tests of this repository only: not part of a published package.
 */
export { describeBackendContract } from './describe-backend-contract.ts';
export { describeStoreContract, type StoreContractOptions } from './describe-store-contract.ts';
export { item, newRun, RUNNING, readAll, STOPPED } from './store-fixtures.ts';
