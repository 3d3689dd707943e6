import { describe, expect, it } from '@jest/globals';
import type { OperationUpdate, WireOperation } from '@middy-durable/protocol';
import { type FunctionSide, PENDING, startStep, startWait, succeeded, succeedStep } from './function-side.ts';
import { type MakeStore, type World, worlds } from './world.ts';

/** What an invocation loads: order, pages, pruning. */
export function describeState(makeStore: MakeStore): void {
  const make = worlds(makeStore);
  const state = (world: World, side: FunctionSide, request: { Marker?: string | undefined; MaxItems?: number } = {}) =>
    world.backend.client.getExecutionState({
      DurableExecutionArn: side.arn,
      CheckpointToken: side.token ?? '',
      ...request,
    });

  async function loadAll(world: World, side: FunctionSide, MaxItems?: number): Promise<WireOperation[][]> {
    const pages: WireOperation[][] = [];
    let Marker: string | undefined;
    do {
      const page = await state(world, side, { Marker, ...(MaxItems !== undefined && { MaxItems }) });
      pages.push(page.Operations);
      Marker = page.NextMarker;
    } while (Marker);
    return pages;
  }

  describe('state', () => {
    it('is in order of start, the execution first, in pages of the asked size', async () => {
      const world = await make();
      const side = await world.invoked();
      const ids = Array.from({ length: 7 }, (_, index) => `s${index}`);
      await side.checkpoint(...ids.map((id) => startStep(id)));
      await side.checkpoint(succeedStep('s3', '1'));
      const pages = await loadAll(world, side, 3);
      expect(pages.map(({ length }) => length)).toEqual([3, 3, 2]);
      expect(pages.flat().map(({ Id, Type }) => (Type === 'EXECUTION' ? Type : Id))).toEqual(['EXECUTION', ...ids]);
      // A read takes no token.
      await side.checkpoint();
    });

    it('has 100 operations a page by default, and 1000 at most', async () => {
      const world = await make();
      const side = await world.invoked();
      await side.checkpoint(...Array.from({ length: 120 }, (_, index) => startStep(`s${index}`)));
      expect((await state(world, side)).Operations).toHaveLength(100);
      expect((await state(world, side, { MaxItems: 0 })).Operations).toHaveLength(100);
      const all = await state(world, side, { MaxItems: 1000 });
      expect(all.Operations).toHaveLength(121);
      expect(all.NextMarker).toBeUndefined();
      await expect(state(world, side, { MaxItems: 1001 })).rejects.toMatchObject({ name: 'ValidationException' });
      await expect(state(world, side, { Marker: 'nonsense' })).rejects.toThrow('Invalid Marker');
    });

    it('keeps pages under 5 MiB, in the envelope and after it', async () => {
      const world = await make();
      const big = 'x'.repeat(1024 * 1024);
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 2) return succeeded(String((await loadAll(world, side, 1000)).length));
        for (let index = 0; index < 11; index++) {
          await side.checkpoint(startStep(`s${index}`), succeedStep(`s${index}`, big));
        }
        await side.checkpoint(startWait('w', 1));
        return PENDING;
      };
      const arn = await world.start();
      await world.runOut();
      const [, envelope] = world.envelopes;
      const { Operations = [], NextMarker } = envelope?.InitialExecutionState ?? {};
      expect(Operations).toHaveLength(5);
      expect(NextMarker).toBeTruthy();
      expect((await world.backend.executions.get(arn)).Result).toBe('3');
    });

    it('goes on from the envelope’s marker without a gap', async () => {
      const world = await make();
      const big = 'x'.repeat(1024 * 1024);
      let loaded: string[] = [];
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 1) {
          for (let index = 0; index < 8; index++) {
            await side.checkpoint(startStep(`s${index}`), succeedStep(`s${index}`, big));
          }
          await side.checkpoint(startWait('w', 1));
          return PENDING;
        }
        const { Operations, NextMarker } = side.envelope.InitialExecutionState;
        const rest = await state(world, side, { Marker: NextMarker ?? undefined, MaxItems: 1000 });
        loaded = [...Operations, ...rest.Operations].map(({ Id }) => Id);
        return succeeded();
      };
      await world.start();
      await world.runOut();
      expect(loaded.slice(1)).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7', 'w']);
    });

    it('leaves out what happened in a finished context, unless it asked to keep it', async () => {
      const world = await make();
      const context = (
        Id: string,
        Action: 'START' | 'SUCCEED',
        more: Partial<OperationUpdate> = {},
      ): OperationUpdate => ({
        Id,
        Type: 'CONTEXT',
        Action,
        ...more,
      });
      world.handler = async (side) => {
        if (side.envelope.InvocationCount === 2) return succeeded();
        await side.checkpoint(
          context('a', 'START'),
          { ...startStep('a1'), ParentId: 'a' },
          { ...succeedStep('a1'), ParentId: 'a' },
          context('b', 'START'),
          { ...startStep('b1'), ParentId: 'b' },
        );
        await side.checkpoint(
          context('a', 'SUCCEED', { Payload: '1' }),
          context('b', 'SUCCEED', { ContextOptions: { ReplayChildren: true } }),
          startWait('w', 1),
        );
        return PENDING;
      };
      const arn = await world.start();
      await world.runOut();
      const ids = world.envelopes[1]?.InitialExecutionState.Operations.map(({ Id }) => Id);
      expect(ids?.slice(1)).toEqual(['a', 'b', 'b1', 'w']);
      expect(await world.history(arn)).toContain('StepSucceeded');
    });

    it('is never read while an invocation goes on: store calls grow with the checkpoints alone', async () => {
      const calls = async (operations: number): Promise<Map<string, number>> => {
        const world = await make();
        const side = await world.invoked();
        world.store.calls.clear();
        for (let index = 0; index < operations; index += 4) {
          const ids = [index, index + 1, index + 2, index + 3].map((number) => `s${number}`);
          await side.checkpoint(...ids.flatMap((id) => [startStep(id), succeedStep(id, '1')]));
        }
        return world.store.calls;
      };
      expect(await calls(100)).toEqual(new Map([['append', 25]]));
      expect(await calls(1000)).toEqual(new Map([['append', 250]]));
    });
  });
}
