export let counter = 0;
export function increment() { counter++; }
const internal = "internal value";
export { internal as renamed, internal as "string name" };
export default function () { return "default " + counter; }
export class Klass { get name() { return new.target === undefined ? "class" : "?"; } }
