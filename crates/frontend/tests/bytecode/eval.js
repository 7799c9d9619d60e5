// Direct eval: everything in reach is in contexts; sloppy eval makes names dynamic.
function sloppy(a) { let b = 1; eval("var c = a + b"); return c + (() => b)(); }
function strict(a) { "use strict"; let b = 1; eval("var c"); return b + c; }
function params(a = eval("var z = 1"), b = () => z) { var z; return a; }
function calls(x) { eval(x, 1); eval(...x); (eval)(x); eval?.(x); with (x) { eval("1"); } }
const arrow = () => eval("this");
