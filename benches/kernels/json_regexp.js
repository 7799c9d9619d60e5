// JSON both ways and regular expressions over a text.
var kernel = (() => {
  const data = Array.from({ length: 300 }, (_, id) => ({ id, name: `item ${id}`, tags: ["a", "b", String(id)], nested: { on: id % 2 === 0, ratio: id / 7 } }));
  return {
    expected: 497405,
    run() {
      let total = 0;
      for (let i = 0; i < 5; i++) {
        const text = JSON.stringify(data);
        total += text.length + JSON.parse(text).length;
        for (const match of text.matchAll(/"name":"item (\d+)"/g)) total += Number(match[1]);
        total += text.replace(/\d+\.\d+/g, (x) => x.slice(0, 3)).length;
      }
      return total;
    },
  };
})();
