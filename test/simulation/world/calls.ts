import type { FaultKind } from './fault-plan.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { REQUEST_FAULTS, type RequestFault, type StruckRequests } from './struck-requests.ts';

type CallFault = Extract<
  FaultKind,
  | 'crash before a call'
  | 'crash after a call'
  | 'refused call'
  | 'lost answer'
  | 'duplicated call'
  | 'crash with a late call'
  | RequestFault
>;

type Answer<T> = { value: T } | { error: unknown };

const STORE_FAULTS: readonly CallFault[] = [
  'crash before a call',
  'crash after a call',
  'crash with a late call',
  'refused call',
  'lost answer',
];
/** There are fewer calls between processes than of stores. */
const OFTEN = 1 / 2;
/** A call of a store is one request to three, mostly. */
const MOST_REQUESTS_BEFORE = 2;
/** What can happen to a call that nobody may die of. */
const HARMLESS_FAULTS: readonly CallFault[] = ['refused call', 'lost answer'];

/** No answer came: nobody knows whether the call was performed. */
export class ConnectionLost extends Error {
  constructor(label: string) {
    super(`The connection was lost (${label}).`);
    this.name = 'ConnectionLost';
  }
}

/**
 * A call of a process to its store: request and answer in one gate, because nobody else sees the time between. `requests`
 * are what the call consists of, when one of them may be struck.
 */
export function storeCall<T>(
  process: SimulatedProcess,
  label: string,
  work: () => Promise<T>,
  requests?: StruckRequests,
): Promise<T> {
  const { world } = process;
  const deadly = requests === undefined ? STORE_FAULTS : [...STORE_FAULTS, ...REQUEST_FAULTS];
  return new Promise<T>((resolve, reject) => {
    world.gate({
      process,
      label,
      async open() {
        const fault = process.alive ? world.faults.strike(process.immortal ? HARMLESS_FAULTS : deadly) : undefined;
        if (fault !== undefined) world.note(`  ${fault}`);
        if (fault === 'crash before a call') return process.kill(fault);
        if (fault === 'crash with a late call') {
          // The write is on its way and arrives when the process is long gone.
          world.schedule(undefined, () => work().then(ignore, ignore), world.random.whole(0, 200_000));
          return process.kill(fault);
        }
        if (fault === 'refused call') return reject(new ConnectionLost(label));
        if (requests !== undefined && isRequestFault(fault)) {
          requests.strike(fault, world.random.whole(0, MOST_REQUESTS_BEFORE));
        }
        const answer = await answerOf(work);
        requests?.calm();
        if (fault === 'crash after a call' || fault === 'crash within a call') return process.kill(fault);
        if (fault === 'lost answer') return reject(new ConnectionLost(label));
        if (!process.alive) return;
        if ('value' in answer) resolve(answer.value);
        else reject(answer.error);
      },
    });
  });
}

/**
 * A call from one process to another: the request passes a gate of the caller, the answer one of the callee. When the
 * callee dies the caller gets an error; a dead caller gets nothing, and its request may still be performed.
 */
export function remoteCall<T>(
  from: SimulatedProcess,
  to: SimulatedProcess,
  label: string,
  work: () => Promise<T>,
): Promise<T> {
  const { world } = from;
  return new Promise<T>((resolve, reject) => {
    let answered = false;
    const answer = (outcome: Answer<T>): void => {
      if (answered || !from.alive) return;
      answered = true;
      if ('value' in outcome) resolve(outcome.value);
      else reject(outcome.error);
    };
    const lost = (): void => answer({ error: new ConnectionLost(label) });
    const perform = async (): Promise<void> => {
      if (!to.alive) return lost();
      const stopListening = to.onDeath(() =>
        world.gate({ process: from, label: `${label} sees ${to.name} dead`, open: lost }),
      );
      const respond = (outcome: Answer<T>): void =>
        world.gate({
          process: to,
          label: `${label} answers`,
          open() {
            stopListening();
            answer(outcome);
          },
        });
      void answerOf(work).then(respond);
    };
    world.gate({
      process: from,
      label,
      async open() {
        const kinds: readonly CallFault[] = from.immortal
          ? [...HARMLESS_FAULTS, 'duplicated call']
          : [...HARMLESS_FAULTS, 'duplicated call', 'crash before a call', 'crash with a late call'];
        const fault = from.alive ? world.faults.strike(kinds, OFTEN) : undefined;
        if (fault !== undefined) world.note(`  ${fault}`);
        if (fault === 'crash before a call') return from.kill(fault);
        if (fault === 'refused call') return lost();
        await perform();
        if (fault === 'lost answer') lost();
        if (fault === 'crash with a late call') from.kill(fault);
        if (fault === 'duplicated call') await perform();
      },
    });
  });
}

function ignore(): void {}

function isRequestFault(fault: CallFault | undefined): fault is RequestFault {
  return REQUEST_FAULTS.some((one) => one === fault);
}

async function answerOf<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}
