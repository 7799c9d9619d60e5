// Functions in blocks (annex B.3.3) and assignments to calls.
function hoists(x) { { function a() {} } if (x) function b() {} switch (x) { case 1: function c() {} } return a || b || c; }
function conflicts(p) { let l; { function l() {} function p() {} } { let m; { function m() {} } } try {} catch (e) { { function e() {} } } try {} catch ({ e2 }) { { function e2() {} } } }
function strict() { "use strict"; { function s() {} } return typeof s; }
function target() { f() = 1; for (f() in {}) ; f()++; }
