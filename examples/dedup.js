// A word index over a text: regular expressions, Map and Set, destructuring, sorting, tagged templates.

const text = `It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of
foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the
season of Darkness, it was the spring of hope, it was the winter of despair`;

function* words(source) {
  let line = 1;
  for (const match of source.matchAll(/(?<word>\p{L}+)|(?<newline>\n)/gu)) {
    const { word, newline } = match.groups;
    if (newline) line++;
    else yield { word: word.toLowerCase(), line };
  }
}

const index = new Map();
for (const { word, line } of words(text)) {
  if (!index.has(word)) index.set(word, { count: 0, lines: new Set() });
  const entry = index.get(word);
  entry.count++;
  entry.lines.add(line);
}

const table = (strings, ...cells) =>
  strings.raw.map((part, i) => part + (i < cells.length ? String(cells[i]).padEnd(12) : "")).join("");

const ranking = [...index].sort(([a, { count: m }], [b, { count: n }]) => n - m || (a < b ? -1 : 1));
for (const [word, { count, lines }] of ranking.slice(0, 8)) {
  print(table`${word}${count} times, lines ${[...lines].join(" ")}`);
}
print(`${index.size} words, ${[...index.values()].filter(({ count }) => count === 1).length} of them once`);
