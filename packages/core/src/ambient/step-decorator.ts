import { describeValue } from '../describe-value.ts';
import { checkOptions } from '../validation.ts';
import { type DurableStepOptions, durableStep } from './durable-step.ts';

/** Decorates a method whose arguments begin with `First`. */
export interface StepDecorator<First extends unknown[] = [], T = unknown, Owner = unknown> {
  /** Under the rules of TC39. */
  <This extends Owner, Args extends [...First, ...unknown[]], R extends T>(
    method: (this: This, ...args: Args) => Promise<R>,
    context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Promise<R>>,
  ): (this: This, ...args: Args) => Promise<R>;
  /** Under the rules of TypeScript's `experimentalDecorators`. */
  <Args extends [...First, ...unknown[]], R extends T>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<(...args: Args) => Promise<R>>,
  ): TypedPropertyDescriptor<(...args: Args) => Promise<R>>;
}

/**
 * Makes a method a step, as {@link durableStep} does with a function: instance, static and private ones, as decorators are
 * in JavaScript and with TypeScript's `experimentalDecorators`. With or without options; its name is the method's.
 * Calls on different objects are not told apart by the default `key`: give one that reads `this` where that counts.
 *
 * @throws TypeError when the class is defined, for what is no method or options that can't be right
 * @example
 * class Orders { @step({ timeout: { seconds: 30 } }) async charge(order: Order): Promise<Receipt> { return pay(order); } }
 */
export function step<This, Args extends unknown[], R>(
  method: (this: This, ...args: Args) => Promise<R>,
  context: ClassMethodDecoratorContext<This, (this: This, ...args: Args) => Promise<R>>,
): (this: This, ...args: Args) => Promise<R>;
export function step<Args extends unknown[], R>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<(...args: Args) => Promise<R>>,
): TypedPropertyDescriptor<(...args: Args) => Promise<R>>;
export function step<First extends unknown[] = [], T = unknown, Owner = unknown>(
  options?: DurableStepOptions<First, T, Owner>,
): StepDecorator<First, T, Owner>;
export function step(...args: unknown[]): unknown {
  // Without parentheses it is called by the language, with two or three arguments.
  if (args.length > 1) return decorate(args, undefined);
  const [options] = args;
  if (typeof options === 'function') throw notAMethod('a class', options.name);
  checkOptions(options, {}, '@step'); // Their members are durableStep's business.
  return (...decorated: unknown[]) => decorate(decorated, options as Options);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Options = DurableStepOptions<unknown[], unknown> | undefined;

function decorate([target, place, descriptor]: unknown[], options: Options): unknown {
  const context = place as { kind: unknown; name: string | symbol } | string | symbol;
  if (typeof context === 'object') {
    if (context.kind !== 'method')
      throw notAMethod(context.kind === 'accessor' ? 'an accessor' : `a ${context.kind}`, context.name);
    return toStep(target as Method, context.name, options);
  }
  const method = (descriptor as PropertyDescriptor | undefined)?.value as unknown;
  if (typeof method !== 'function') throw notAMethod(descriptor ? 'an accessor' : 'a field', context);
  return { ...(descriptor as PropertyDescriptor), value: toStep(method as Method, context, options) };
}

function toStep(method: Method, methodName: string | symbol, options: Options): Method {
  const name = options?.name ?? (typeof methodName === 'symbol' ? methodName.description : methodName);
  return durableStep(method, { ...options, name });
}

function notAMethod(what: string, name: unknown): TypeError {
  const named = name === undefined ? '' : ` ${typeof name === 'symbol' ? String(name) : describeValue(name)}`;
  return new TypeError(`@step decorates methods, and this is ${what}:${named}`);
}
