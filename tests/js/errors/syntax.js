// A syntax error names file, line and column and shows the line.
let fine = 1;

function broken() {
  let x = fine +* 2;
}
