import { fn, variable, lexical, Klass } from "../live_cycle.js";
export const seen = [() => fn(), () => variable, () => lexical, () => Klass].map((f) => { try { return String(f()); } catch (e) { return e.name; } });
