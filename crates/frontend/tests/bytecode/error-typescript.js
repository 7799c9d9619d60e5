// goal: typescript
enum E { A }
//---
// goal: typescript
namespace N { export const x = 1 }
//---
// goal: typescript
class C { constructor(private x: number) {} }
//---
// goal: typescript
const x: = 1;
