// The arguments object: mapped, unmapped, escaping, assigned parameters, rest and defaults.
function reads(a, b) { return arguments[0] + arguments.length + a; }
function escapes(a, b) { return f(arguments); }
function assigns(a, b) { a = 1; return arguments[0]; }
function strict(a) { "use strict"; a = 2; return arguments[0]; }
function arrow(a) { return () => arguments[0]; }
function rest(a, ...r) { return r.length; }
function defaults(a, b = a, { c, d = b } = {}, [e] = []) { var a; return () => a + b + c + d + e; }
function dup(a, a, b) { return arguments[0] + a; }
function shadow(arguments) { return arguments; }
function shadowFn() { function arguments() {} return arguments; }
function shadowVar() { var arguments; return arguments; }
function dead(a = b, b) { return a; }
