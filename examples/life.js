// Conway's game of life on a torus, with generators, typed arrays and a bit of text.

class Life {
  #width;
  #height;
  #cells;

  constructor(width, height, cells = new Uint8Array(width * height)) {
    this.#width = width;
    this.#height = height;
    this.#cells = cells;
  }

  static parse(text) {
    const rows = text.trim().split("\n").map((row) => row.trim());
    const life = new Life(rows[0].length, rows.length);
    rows.forEach((row, y) => [...row].forEach((cell, x) => (life.#cells[y * life.#width + x] = cell === "#")));
    return life;
  }

  *#neighbours(x, y) {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if (dx || dy) {
          const row = (y + dy + this.#height) % this.#height;
          yield this.#cells[row * this.#width + ((x + dx + this.#width) % this.#width)];
        }
      }
    }
  }

  next() {
    const cells = this.#cells.map((alive, i) => {
      let around = 0;
      for (const cell of this.#neighbours(i % this.#width, Math.floor(i / this.#width))) around += cell;
      return around === 3 || (alive && around === 2);
    });
    return new Life(this.#width, this.#height, cells);
  }

  get population() {
    return this.#cells.reduce((sum, cell) => sum + cell, 0);
  }

  toString() {
    const rows = Array.from({ length: this.#height }, (_, y) =>
      Array.from(this.#cells.subarray(y * this.#width, (y + 1) * this.#width), (cell) => ".#"[cell]).join(""),
    );
    return rows.join("\n");
  }
}

let life = Life.parse(`
  .#..............
  ..#.............
  ###.............
  ................
  ..........###...
  ................
  ................
  ................
`);

for (let generation = 0; generation < 40; generation++) life = life.next();
print(`${life}`);
print(`after 40 generations ${life.population} cells live`);
