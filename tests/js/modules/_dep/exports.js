export const [destructured, ...rest] = [1, 2, 3], { o = { x: 9 } } = {};
export function fn() {} export class cls {} export function* gen() { yield "gen"; } export async function asyncFn() { return "async"; }
export var v; let local = 1; export { local as z, local as a };
export default function named() {}
