// Concatenation, indexing, splitting, template strings, a string-keyed table.
var kernel = (() => ({
  expected: 76538,
  run() {
    let text = "";
    for (let i = 0; i < 20000; i++) text += `${i % 97},`;
    let commas = 0;
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === 44) commas++;
    const table = {};
    for (const word of text.split(",")) table["w" + word] = (table["w" + word] ?? 0) + 1;
    const words = Object.keys(table).sort().join(" ").toUpperCase().slice(0, 50);
    return commas + words.length + text.replace(/9\d/g, "x").length + text.lastIndexOf("96") * 0;
  },
}))();
