import {
  type DurableOperation,
  LocalDurableTestRunner,
  OperationType,
  WaitingOperationStatus,
} from '@aws/durable-execution-sdk-js-testing';
import type { CallbackAnswer, Workflow } from '../corpus/workflow.ts';
import { durable, type EngineName } from './engines.ts';
import { DURABLE_FUNCTIONS, ORDINARY_FUNCTIONS } from './functions.ts';
import { type Trace, traceOf } from './trace.ts';

/** Runs a workflow to its end under the official test runner, in real time. */
export async function runOnOfficialRunner(workflow: Workflow, engine: EngineName): Promise<Trace> {
  const runner = new LocalDurableTestRunner({
    handlerFunction: durable(engine, (event, context) => workflow.run(context, event)) as never,
  });
  for (const [name, run] of Object.entries(DURABLE_FUNCTIONS)) {
    runner.registerDurableFunction(name, durable(engine, (event, context) => run(context, event)) as never);
  }
  for (const [name, handler] of Object.entries(ORDINARY_FUNCTIONS)) runner.registerFunction(name, handler);
  const ended = runner.run({ payload: workflow.input ?? {} });
  const answers = Object.entries(workflow.callbacks ?? {}).map(async ([name, answer]) => {
    const operation = runner.getOperation(name);
    await operation.waitForData(WaitingOperationStatus.STARTED);
    // Of a plain callback, SUBMITTED would mean its end.
    if (operation.isWaitForCallback()) await operation.waitForData(WaitingOperationStatus.SUBMITTED);
    await send(operation, answer);
  });
  const [result] = await Promise.all([ended, ...answers]);
  const operations = result.getOperations().map((operation) => operation.getOperationData() ?? {});
  const history = result.getHistoryEvents();
  const end = history.find(({ EventType }) => /^Execution(?!Started)/.test(EventType ?? ''));
  return traceOf({
    status: result.getStatus() ?? 'none',
    result: end?.ExecutionSucceededDetails?.Result?.Payload,
    error: end?.ExecutionFailedDetails?.Error?.Payload,
    operations: operations.filter((operation) => 'Type' in operation && operation.Type !== OperationType.EXECUTION),
    history,
  });
}

async function send(operation: DurableOperation, answer: CallbackAnswer): Promise<void> {
  if ('succeed' in answer) await operation.sendCallbackSuccess(answer.succeed);
  else await operation.sendCallbackFailure(answer.fail);
}
