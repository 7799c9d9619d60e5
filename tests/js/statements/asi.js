// Automatic semicolon insertion and odd but valid syntax.
let a = 1
let b = 2
;[a, b] = [b, a]
print(a, b)
function f() {
  return
  1
}
print(f())
a
++
b
print(a, b)
let c = a
/1
print(c)
do c--
while (c > 0) print("after do", c)
var let_ = 1; var yield_ = 2; { } ; ; 
if (a) ; else print("never")
for (var i = 0; i < 2; i++) ;
print(i)
var \u0061bc = "escaped"; print(abc);
var ünïcödé = 1, $ = 2, _ = 3, 变量 = 4; print(ünïcödé, $, _, 变量);
var let = 5, static = 6, async = 7, of = 8, get = 9; print(let + static + async + of + get);
<!-- an HTML-like comment
print("next line");
--> also a comment
x = 3; y = 1;
while (x --> 0) y *= 2;
print(y);
label: { } print({}.toString(), function () {}.name === "");
