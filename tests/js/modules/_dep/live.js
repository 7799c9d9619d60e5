export let value = 1;
export function set(to) { value = to; }
export const read = () => value;
