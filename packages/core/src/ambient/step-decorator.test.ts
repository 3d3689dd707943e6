import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import type { OperationRecord } from '@middy-durable/protocol';
import { type TransformConfig, transformSync } from '@swc/core';
import ts from 'typescript';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { durableStep } from './durable-step.ts';
import { type StepDecorator, step } from './step-decorator.ts';

/** Makes JavaScript of a class with decorators. */
type Compile = (source: string) => string;

const swc =
  (parser: 'typescript' | 'ecmascript', transform: TransformConfig): Compile =>
  (source) =>
    transformSync(source, {
      swcrc: false,
      isModule: false,
      jsc: { parser: { syntax: parser, decorators: true }, target: 'es2022', transform },
    }).code;

const tsc =
  (experimentalDecorators: boolean): Compile =>
  (source) =>
    ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022, experimentalDecorators } })
      .outputText;

const COMPILERS: [string, Compile][] = [
  ['TypeScript, TC39', tsc(false)],
  ['TypeScript, experimentalDecorators', tsc(true)],
  ['swc, TC39 in TypeScript', swc('typescript', { decoratorVersion: '2022-03' })],
  ['swc, TC39 in JavaScript', swc('ecmascript', { decoratorVersion: '2022-03' })],
  ['swc, legacyDecorator in TypeScript', swc('typescript', { legacyDecorator: true })],
  ['swc, legacyDecorator in JavaScript', swc('ecmascript', { legacyDecorator: true })],
];
const TC39 = COMPILERS.filter(([name]) => name.includes('TC39'));

/** Runs compiled source for real; gives the value of `result`. */
function evaluate<T>(compile: Compile, source: string, names: Record<string, unknown> = {}): T {
  const code = `'use strict';\n${compile(source)}\nreturn result;`;
  return new Function('step', ...Object.keys(names), code)(step, ...Object.values(names)) as T;
}

const ambientNames = ({ service }: DurableRun): (string | undefined)[] =>
  [...service.state.operations.values()]
    .filter((record: OperationRecord) => record.Id.startsWith('x_'))
    .map(({ Name }) => Name);

interface Orders {
  readonly bodies: string[];
  charge(id: string): Promise<string>;
  refund(id: string): Promise<string>;
  ship(id: string): Promise<string>;
}

const ORDERS = `
  class Orders {
    bodies = [];
    currency = 'EUR';
    @step async charge(id) { this.bodies.push('charge'); return id + ' in ' + this.currency; }
    @step() async refund(id) { this.bodies.push('refund'); return id + ' out ' + this.currency; }
    @step({ name: 'send', key: (id) => id }) async ship(id) { this.bodies.push('ship'); return id + ' sent'; }
    @step static async count(ids) { Orders.counted = (Orders.counted ?? 0) + 1; return ids.length + this.base; }
    static base = 100;
  }
  const result = Orders;
`;

describe.each(COMPILERS)('@step, compiled by %s', (_name, compile) => {
  it('makes instance and static methods steps, with and without options', async () => {
    const Class = evaluate<(new () => Orders) & { count(ids: string[]): Promise<number>; counted: number }>(
      compile,
      ORDERS,
    );
    const orders = new Class();
    const run = new DurableRun(async (context) => {
      const results = [
        await orders.charge('a'),
        await orders.refund('a'),
        await orders.ship('a'),
        await Class.count(['a', 'b']),
      ];
      await context.wait({ seconds: 1 });
      return results;
    });
    expect(await run.result()).toEqual(['a in EUR', 'a out EUR', 'a sent', 102]);
    expect(orders.bodies).toEqual(['charge', 'refund', 'ship']);
    expect(Class.counted).toBe(1);
    expect(ambientNames(run)).toEqual(['charge', 'refund', 'send', 'count']);
  });

  it('leaves them methods: on the prototype, not enumerable, inherited, with their names', async () => {
    const [base, derived] = evaluate<[new () => Orders, new () => Orders]>(
      compile,
      `
      class Base { @step async charge(id) { return 'base ' + id; } }
      class Derived extends Base { @step async charge(id) { return 'derived ' + await super.charge(id); } }
      const result = [Base, Derived];
    `,
    );
    expect(Object.getOwnPropertyDescriptor(base.prototype, 'charge')).toMatchObject({
      enumerable: false,
      writable: true,
      configurable: true,
    });
    expect(base.prototype.charge.name).toBe('charge');
    const run = new DurableRun(() => new derived().charge('a'));
    expect(await run.result()).toBe('derived base a');
    expect(ambientNames(run)).toEqual(['charge']);
  });

  it('makes methods with computed names and symbols steps', async () => {
    const Class = evaluate<new () => Record<string | symbol, () => Promise<number>>>(
      compile,
      `class Named { @step async ['a-b']() { return 1; } @step async [mark]() { return 2; } } const result = Named;`,
      { mark: Symbol.for('mark') },
    );
    const named = new Class();
    const run = new DurableRun(async () => [await named['a-b']?.(), await named[Symbol.for('mark')]?.()]);
    expect(await run.result()).toEqual([1, 2]);
    expect(ambientNames(run)).toEqual(['a-b', 'mark']);
  });

  it('is a plain call outside of a durable execution', async () => {
    const orders = new (evaluate<new () => Orders>(compile, ORDERS))();
    expect(await orders.charge('a')).toBe('a in EUR');
    expect(await orders.charge('a')).toBe('a in EUR');
    expect(orders.bodies).toEqual(['charge', 'charge']);
  });

  it.each<[string, string, RegExp]>([
    [
      'a getter',
      'class A { @step get total() { return 1; } }',
      /^@step decorates methods, and this is an? .*: "total"$/,
    ],
    ['a setter', 'class A { @step() set total(value) {} }', /^@step decorates methods, and this is an? .*: "total"$/],
    ['a field', 'class A { @step() total = 1; }', /^@step decorates methods, and this is a field: "total"$/],
    ['a class', '@step class A {}', /^@step decorates methods, and this is a class: "A"$/],
    ['bad options', 'class A { @step({ key: 1 }) async b() {} }', /^durableStep "b": option key must be a function/],
    ['options that are no object', 'class A { @step("b") async b() {} }', /: the options must be an object/],
    ['a nameless symbol', 'class A { @step async [Symbol()]() {} }', /^durableStep: a function without a name/],
  ])('refuses %s, when the class is defined', (_what, source, message) => {
    let thrown: unknown;
    try {
      evaluate(compile, `${source} const result = 1;`);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect((thrown as Error).message).toMatch(message);
  });
});

describe.each(TC39)('@step, compiled by %s', (_name, compile) => {
  it('makes private methods steps, instance and static', async () => {
    const Class = evaluate<(new () => { run(): Promise<unknown> }) & { run(): Promise<unknown> }>(
      compile,
      `
      class Orders {
        id = 'o-1';
        @step async #charge(amount) { return this.id + ' ' + amount; }
        @step() static async #count() { return this.name; }
        run() { return this.#charge(5); }
        static run() { return this.#count(); }
      }
      const result = Orders;
    `,
    );
    const run = new DurableRun(async () => [await new Class().run(), await Class.run()]);
    expect(await run.result()).toEqual(['o-1 5', 'Orders']);
    expect(ambientNames(run)).toEqual(['#charge', '#count']);
  });
});

it('@step is refused for an accessor', () => {
  const define = () => evaluate(tsc(false), 'class A { @step accessor total = 1; } const result = A;');
  expect(define).toThrow('@step decorates methods, and this is an accessor: "total"');
});

describe('@step without decorators in the language', () => {
  it('is called as they would call it', async () => {
    const decorate = step({ name: 'charge' }) as StepDecorator;
    const target = {
      async charge(id: string): Promise<string> {
        return id;
      },
    };
    const descriptor = Object.getOwnPropertyDescriptor(target, 'charge') as TypedPropertyDescriptor<
      typeof target.charge
    >;
    Object.defineProperty(target, 'charge', decorate(target, 'charge', descriptor));
    const run = new DurableRun(() => target.charge('a'));
    expect(await run.result()).toBe('a');
    expect(ambientNames(run)).toEqual(['charge']);
  });

  it('is not called with a function: that is durableStep', () => {
    expect(() => step(function charge() {} as never)).toThrow('@step decorates methods, and this is a class: "charge"');
    expect(durableStep(function charge() {}).name).toBe('charge');
  });
});

describe('the types of @step', () => {
  const source = (how: 'tc39' | 'legacy'): string => `
    import { step } from './step-decorator.ts';
    interface Order { id: string }
    export class Orders {
      currency = 'EUR';
      @step async bare(order: Order, n?: number): Promise<string> { return order.id + this.currency + n; }
      @step() async empty(order: Order): Promise<number> { return order.id.length; }
      @step({ key: (order: Order) => order.id }) async keyed(order: Order, amount: number): Promise<number> { return amount; }
      @step({ key(this: Orders, order: Order) { return this.currency + order.id; } }) async owned(order: Order): Promise<void> {}
      @step({ timeout: { seconds: 1 } }) static async fixed(): Promise<void> {}
      ${how === 'tc39' ? '@step() async #secret(n: number): Promise<number> { return n; } reveal() { return this.#secret(1); }' : ''}
      // @ts-expect-error a step is asynchronous
      @step() sync(): number { return 1; }
      // @ts-expect-error the key is of another argument
      @step({ key: (order: Order) => order.id }) async misfit(n: number): Promise<number> { return n; }
    }
    export const results: [Promise<string>, Promise<number>] = [new Orders().bare({ id: 'a' }), new Orders().empty({ id: 'a' })];
  `;

  it.each(['tc39', 'legacy'] as const)(
    'keep those of the method: %s',
    (how) => {
      const file = join(fileURLToPath(import.meta.url), `../example-${how}.ts`);
      const options: ts.CompilerOptions = {
        strict: true,
        noEmit: true,
        target: ts.ScriptTarget.ES2022,
        lib: ['lib.es2024.d.ts'],
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
        customConditions: ['@middy-durable/source'],
        types: ['node'],
        experimentalDecorators: how === 'legacy',
      };
      const host = ts.createCompilerHost(options);
      const { getSourceFile, fileExists } = host;
      host.fileExists = (name) => name === file || fileExists(name);
      host.getSourceFile = (name, ...rest) =>
        name === file ? ts.createSourceFile(name, source(how), ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
      const program = ts.createProgram([file], options, host);
      const root = program.getSourceFile(file);
      const found = [...program.getSyntacticDiagnostics(root), ...program.getSemanticDiagnostics(root)];
      expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    },
    60_000,
  );
});
