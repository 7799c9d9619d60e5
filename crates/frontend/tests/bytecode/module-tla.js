// goal: module
export default class {}
const x = await 1; function hoisted() { return x; } export { hoisted };
