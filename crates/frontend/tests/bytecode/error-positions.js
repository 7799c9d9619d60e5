let x; let x;
//---
function f() {
  return 1 +;
}
//---
"use strict"; with (a) {}
//---
return 1;
//---
/* 😀 */ var 1;
//---
'unterminated
//---
class { }
//---
// goal: module
await = 1;
//---
@decorator class A {}
//---
class A { accessor x = 1; }
//---
// goal: module
import defer * as ns from "x";
//---
new.target
//---
super.x
//---
class A { m() { this.#missing; } }
//---
f() &&= 1
//---
"use strict"; f() = 1
//---
f() = 1
//---
#!hashbang is fine
<!-- html comment
1
--> another
//---
label: { break other; }
//---
%DebugPrint(1)
//---
a => { "use strict"; 010 }
//---
using x = 1;
//---
import.meta
