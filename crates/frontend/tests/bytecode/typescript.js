// goal: typescript
import type { T } from "./types.js"; import { type U, value } from "./values.js"; export type { T }; export { type U as V, value as w };
interface I { a: number } type A = I | null; declare const ambient: string; declare function g(): void;
function overloaded(x: number): number; function overloaded(x: string): string; function overloaded(this: any, x: any) { return x!; }
abstract class C<P> extends (Object as any)<P> implements I { declare d: number; a!: number; readonly b?: string = "s"; abstract m(): void; constructor(x: number) { super(); } }
const o = <const T,>(x: T) => x as unknown as number satisfies number; (o as any).call!(1); let n: number | undefined = o<number>(1)!;
