// The column counts UTF-16 code units; the marker stays below its character.
let ok = "héllo 😀"; let 5x = 1;
