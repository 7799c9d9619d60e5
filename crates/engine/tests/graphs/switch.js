function f(x) { switch (x) { case 0: return 10; case 1: return 11; case 2: return 12; case 3: return 13; } return x + 1; }
for (let i = 0; i < 9; i++) f(i);
