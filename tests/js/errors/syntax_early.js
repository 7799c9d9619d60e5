// An early error that is no parse error.
let twice = 1;
print("never printed");
let twice = 2;
