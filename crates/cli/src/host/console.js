// The console as programs see it: the formatter and the inspector of the WHATWG console namespace, with the output of Node's
// `util.inspect`. Runs at the first call that needs it. `host` has what only the engine can tell:
// write(text), writeError(text), now(), promise(p) -> [state, result], isProxy(o).
(function (host) {
  "use strict";
  const { apply, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const uncurry = (f) => (self, ...rest) => apply(f, self, rest);
  const toStringTag = Symbol.toStringTag;
  const errorToString = uncurry(Error.prototype.toString);
  const objectToString = uncurry(Object.prototype.toString);
  const typedPrototype = getPrototypeOf(Uint8Array.prototype);
  const tagGetter = uncurry(getOwnPropertyDescriptor(typedPrototype, toStringTag).get);
  const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);
  const mapSize = getter(Map.prototype, "size"), setSize = getter(Set.prototype, "size");
  const mapEach = uncurry(Map.prototype.forEach), setEach = uncurry(Set.prototype.forEach);
  const bufferLength = getter(ArrayBuffer.prototype, "byteLength");
  const sharedLength = getter(SharedArrayBuffer.prototype, "byteLength");
  const viewLength = getter(DataView.prototype, "byteLength");
  const getTime = uncurry(Date.prototype.getTime), toISO = uncurry(Date.prototype.toISOString);
  const regExpSource = getter(RegExp.prototype, "source");
  const weakMapHas = uncurry(WeakMap.prototype.has), weakSetHas = uncurry(WeakSet.prototype.has);
  const functionText = uncurry(Function.prototype.toString);
  const boxed = [
    ["Number", uncurry(Number.prototype.valueOf)], ["String", uncurry(String.prototype.valueOf)],
    ["Boolean", uncurry(Boolean.prototype.valueOf)], ["BigInt", uncurry(BigInt.prototype.valueOf)],
    ["Symbol", uncurry(Symbol.prototype.valueOf)],
  ];
  const works = (f, value) => {
    try { f(value); return true; } catch { return false; }
  };
  const BREAK = 80, COMPACT = 3, MAX_ITEMS = 100, MAX_STRING = 10000;

  function quote(text) {
    let mark = "'";
    if (text.includes("'")) {
      if (!text.includes('"')) mark = '"';
      else if (!text.includes("`") && !text.includes("${")) mark = "`";
    }
    let out = "";
    for (let i = 0; i < text.length; i++) {
      const c = text[i], code = text.charCodeAt(i);
      if (c === mark) out += "\\" + c;
      else if (c === "\\") out += "\\\\";
      else if (code < 32 || (code >= 127 && code < 160)) {
        const short = { 8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r" }[code];
        out += short ?? "\\x" + code.toString(16).toUpperCase().padStart(2, "0");
      } else if (code >= 0xd800 && code < 0xe000) {
        const next = text.charCodeAt(i + 1);
        if (code < 0xdc00 && next >= 0xdc00 && next < 0xe000) out += c + text[++i];
        else out += "\\u" + code.toString(16).toUpperCase();
      } else out += c;
    }
    return mark + out + mark;
  }

  const number = (n) => (Object.is(n, -0) ? "-0" : `${n}`);

  function primitive(ctx, value) {
    switch (typeof value) {
      case "string": {
        let rest = "";
        if (value.length > MAX_STRING) {
          const more = value.length - MAX_STRING;
          value = value.slice(0, MAX_STRING);
          rest = `... ${more} more character${more > 1 ? "s" : ""}`;
        }
        if (value.length > 16 && value.length > BREAK - ctx.indent - 4 && value.includes("\n")) {
          return value.split(/(?<=\n)/).map(quote).join(` +\n${" ".repeat(ctx.indent + 2)}`) + rest;
        }
        return quote(value) + rest;
      }
      case "number": return number(value);
      case "bigint": return `${value}n`;
      case "symbol": return Symbol.prototype.toString.call(value);
      default: return `${value}`;
    }
  }

  function constructorName(object) {
    let first;
    for (let o = object; o !== null; o = getPrototypeOf(o)) {
      const found = getOwnPropertyDescriptor(o, "constructor");
      if (found && typeof found.value === "function" && found.value.name !== "" && isInstance(object, found.value)) {
        return found.value.name;
      }
      first ??= o;
    }
    return null;
  }
  function isInstance(object, constructor) {
    try { return object instanceof constructor; } catch { return false; }
  }

  const prefix = (name, tag, fallback, size = "") => {
    if (name === null) {
      return tag !== "" && tag !== fallback ? `[${fallback}${size}: null prototype] [${tag}] ` : `[${fallback}${size}: null prototype] `;
    }
    return tag !== "" && tag !== name ? `${name}${size} [${tag}] ` : `${name}${size} `;
  };

  const isIndex = (key) => typeof key === "string" && /^(0|[1-9][0-9]*)$/.test(key) && +key < 4294967295;

  function visibleKeys(value, withoutIndices) {
    return ownKeys(value).filter((key) => {
      if (withoutIndices && isIndex(key)) return false;
      return getOwnPropertyDescriptor(value, key)?.enumerable;
    });
  }

  function inspect(ctx, value, depth) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return primitive(ctx, value);
    const target = host.isProxy(value) ? host.proxyTarget(value) : value;
    if (target === null) return "<Revoked Proxy>";
    if (target !== value) return inspect(ctx, target, depth);
    if (ctx.seen.includes(value)) {
      let index = ctx.circular.get(value);
      if (index === undefined) ctx.circular.set(value, (index = ctx.circular.size + 1));
      return `[Circular *${index}]`;
    }
    return inspectObject(ctx, value, depth);
  }

  function inspectObject(ctx, value, depth) {
    const name = constructorName(value);
    let tag = "";
    try { tag = value[toStringTag]; } catch {}
    if (typeof tag !== "string" || tag === name || getOwnPropertyDescriptor(value, toStringTag)?.enumerable) tag = "";
    let keys, base = "", braces = ["{", "}"], entries = () => [], isArray = false;
    if (Array.isArray(value)) {
      keys = visibleKeys(value, true);
      const start = name !== "Array" || tag !== "" ? prefix(name, tag, "Array", `(${value.length})`) : "";
      braces = [`${start}[`, "]"];
      if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
      isArray = true;
      entries = () => arrayItems(ctx, value, depth);
    } else if (works(setSize, value)) {
      keys = visibleKeys(value);
      const size = setSize(value);
      braces[0] = `${prefix(name, tag, "Set", `(${size})`)}{`;
      if (size === 0 && keys.length === 0) return `${braces[0]}}`;
      entries = () => {
        const out = [];
        ctx.indent += 2;
        setEach(value, (x) => { if (out.length < MAX_ITEMS) out.push(inspect(ctx, x, depth)); });
        if (size > MAX_ITEMS) out.push(moreItems(size - MAX_ITEMS));
        ctx.indent -= 2;
        return out;
      };
    } else if (works(mapSize, value)) {
      keys = visibleKeys(value);
      const size = mapSize(value);
      braces[0] = `${prefix(name, tag, "Map", `(${size})`)}{`;
      if (size === 0 && keys.length === 0) return `${braces[0]}}`;
      entries = () => {
        const out = [];
        ctx.indent += 2;
        mapEach(value, (x, key) => {
          if (out.length < MAX_ITEMS) out.push(`${inspect(ctx, key, depth)} => ${inspect(ctx, x, depth)}`);
        });
        if (size > MAX_ITEMS) out.push(moreItems(size - MAX_ITEMS));
        ctx.indent -= 2;
        return out;
      };
    } else if (tagGetter(value) !== undefined) {
      const kind = tagGetter(value);
      keys = visibleKeys(value, true);
      braces = [`${prefix(name, tag === kind ? "" : tag, kind, `(${value.length})`)}[`, "]"];
      if (value.length === 0 && keys.length === 0) return `${braces[0]}]`;
      isArray = true;
      entries = () => {
        const out = [];
        for (let i = 0; i < Math.min(value.length, MAX_ITEMS); i++) out.push(primitive(ctx, value[i]));
        if (value.length > MAX_ITEMS) out.push(moreItems(value.length - MAX_ITEMS));
        return out;
      };
    } else {
      keys = visibleKeys(value);
      if (typeof value === "function") {
        base = functionBase(value, name, tag);
        if (keys.length === 0) return base;
      } else if (objectToString(value) === "[object Arguments]" && tag === "") {
        braces[0] = "[Arguments] {";
        if (keys.length === 0) return "[Arguments] {}";
      } else if (works(regExpSource, value) && value !== RegExp.prototype) {
        base = RegExp.prototype.toString.call(value);
        if (name !== "RegExp") base = `${prefix(name, tag, "RegExp")}${base}`;
        if (keys.length === 0) return base;
      } else if (works(getTime, value)) {
        base = Number.isNaN(getTime(value)) ? "Invalid Date" : toISO(value);
        if (name !== "Date") base = `${prefix(name, tag, "Date")}${base}`;
        if (keys.length === 0) return base;
      } else if (Error.isError(value)) {
        base = errorBase(ctx, value, name);
        keys = errorKeys(value, keys);
        if (keys.length === 0) return base;
      } else if (works(bufferLength, value) || works(sharedLength, value)) {
        const shared = !works(bufferLength, value);
        braces[0] = `${prefix(name, tag, shared ? "SharedArrayBuffer" : "ArrayBuffer")}{`;
        entries = () => bufferItems(value);
      } else if (works(viewLength, value)) {
        braces[0] = `${prefix(name, tag, "DataView")}{`;
        entries = () => {
          ctx.indent += 2;
          const out = ["byteLength", "byteOffset", "buffer"].map((key) => `${key}: ${inspect(ctx, value[key], depth)}`);
          ctx.indent -= 2;
          return out;
        };
      } else if (host.promise(value) !== undefined) {
        braces[0] = `${prefix(name, tag, "Promise")}{`;
        entries = () => {
          const [state, result] = host.promise(value);
          if (state === 0) return ["<pending>"];
          ctx.indent += 2;
          const text = inspect(ctx, result, depth);
          ctx.indent -= 2;
          return [state === 2 ? `<rejected> ${text}` : text];
        };
      } else if (works((x) => weakSetHas(x, x), value)) {
        braces[0] = `${prefix(name, tag, "WeakSet")}{`;
        entries = () => ["<items unknown>"];
      } else if (works((x) => weakMapHas(x, x), value)) {
        braces[0] = `${prefix(name, tag, "WeakMap")}{`;
        entries = () => ["<items unknown>"];
      } else {
        const box = boxed.find(([, valueOf]) => works(valueOf, value));
        if (box !== undefined) {
          const [kind, valueOf] = box;
          const inner = valueOf(value);
          if (kind === "String") keys = keys.filter((key) => !(isIndex(key) && +key < inner.length));
          base = `[${kind}${name !== kind ? ` (${name === null ? "null prototype" : name})` : ""}: ${primitive({ indent: -1e9 }, inner)}]`;
          if (tag !== "" && tag !== name) base += ` [${tag}]`;
          if (keys.length === 0) return base;
        } else {
          if (name !== "Object" || tag !== "") braces[0] = `${prefix(name, tag, "Object")}{`;
          if (keys.length === 0) return tag === "Module" ? `[Module: null prototype] {}` : `${braces[0]}}`;
          if (tag === "Module") braces[0] = "[Module: null prototype] {";
        }
      }
    }
    if (depth > ctx.depth) {
      const shown = prefix(name, tag, Array.isArray(value) ? "Array" : "Object").slice(0, -1);
      return `[${shown}]`;
    }
    depth += 1;
    ctx.seen.push(value);
    ctx.current = depth;
    const output = entries();
    for (const key of keys) output.push(property(ctx, value, key, depth));
    ctx.seen.pop();
    const index = ctx.circular.get(value);
    if (index !== undefined) {
      if (base === "") braces[0] = `<ref *${index}> ${braces[0]}`;
      else base = `<ref *${index}> ${base}`;
    }
    return fit(ctx, output, base, braces, isArray, depth, value);
  }

  const moreItems = (n) => `... ${n} more item${n > 1 ? "s" : ""}`;

  function arrayItems(ctx, value, depth) {
    const out = [], length = value.length;
    let i = 0;
    for (; i < length && out.length < MAX_ITEMS; i++) {
      if (!Object.hasOwn(value, i)) {
        let end = i;
        while (end < length && !Object.hasOwn(value, end)) end++;
        out.push(`<${end - i} empty item${end - i > 1 ? "s" : ""}>`);
        i = end - 1;
      } else out.push(property(ctx, value, `${i}`, depth, true));
    }
    if (i < length) out.push(moreItems(length - i));
    return out;
  }

  function bufferItems(value) {
    const bytes = new Uint8Array(value);
    const shown = [...bytes.slice(0, 50)].map((x) => x.toString(16).padStart(2, "0")).join(" ");
    const more = bytes.length - 50;
    return [
      `[Uint8Contents]: <${shown}${more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : ""}>`,
      `byteLength: ${bytes.length}`,
    ];
  }

  function functionBase(value, name, tag) {
    const text = functionText(value);
    if (text.startsWith("class") && text.endsWith("}")) {
      let out = `[class ${Object.hasOwn(value, "name") && value.name !== "" ? value.name : "(anonymous)"}`;
      if (name !== "Function" && name !== null) out += ` [${name}]`;
      if (tag !== "" && name !== tag) out += ` [${tag}]`;
      const parent = getPrototypeOf(value);
      if (name !== null) {
        if (typeof parent === "function" && parent.name) out += ` extends ${parent.name}`;
      } else out += " extends [null prototype]";
      return `${out}]`;
    }
    const kinds = { AsyncFunction: "AsyncFunction", GeneratorFunction: "GeneratorFunction", AsyncGeneratorFunction: "AsyncGeneratorFunction" };
    const type = kinds[tag] ?? kinds[name] ?? "Function";
    let out = `[${type}`;
    if (name === null) out += " (null prototype)";
    out += value.name === "" || typeof value.name !== "string" ? " (anonymous)" : `: ${value.name}`;
    out += "]";
    if (name !== type && name !== null) out += ` ${name}`;
    if (tag !== "" && name !== tag) out += ` [${tag}]`;
    return out;
  }

  function errorKeys(error, keys) {
    const out = keys.slice();
    const text = typeof error.stack === "string" ? error.stack : "";
    for (const key of ["name", "message", "stack"]) {
      const index = out.indexOf(key);
      if (index !== -1 && (typeof error[key] !== "string" || text.includes(error[key]))) out.splice(index, 1);
    }
    for (const key of ["cause", "errors"]) {
      if (Object.hasOwn(error, key) && !out.includes(key) && (key === "cause" || Array.isArray(error.errors))) out.push(key);
    }
    return out;
  }

  function errorBase(ctx, error, name) {
    let text = typeof error.stack === "string" && error.stack !== "" ? error.stack : errorToString(error);
    const own = `${error.name}`;
    if (name !== null && own.endsWith("Error") && text.startsWith(own) && !own.includes(name) && !text.split("\n")[0].includes(name)) {
      text = name.includes("Error") && own === "Error" ? name + text.slice(own.length) : `${name} [${own}]${text.slice(own.length)}`.replace(/^(\S+) \[Error\]/, "$1 [Error]");
      if (own === "Error" && !name.includes("Error")) text = `${name} [Error]${(typeof error.stack === "string" ? error.stack : errorToString(error)).slice(own.length)}`;
    }
    const at = text.indexOf("\n    at ");
    if (at === -1) text = `[${text}]`;
    if (ctx.indent !== 0) text = text.split("\n").join(`\n${" ".repeat(ctx.indent)}`);
    return text;
  }

  function property(ctx, object, key, depth, isItem) {
    const found = getOwnPropertyDescriptor(object, key) ?? { value: object[key], enumerable: true };
    let text;
    if ("value" in found) {
      ctx.indent += 2;
      text = inspect(ctx, found.value, depth);
      ctx.indent -= 2;
    } else if (found.get !== undefined) {
      text = found.set !== undefined ? "[Getter/Setter]" : "[Getter]";
    } else text = found.set !== undefined ? "[Setter]" : "undefined";
    if (isItem) return text;
    let shown;
    if (typeof key === "symbol") shown = `[${Symbol.prototype.toString.call(key)}]`;
    else if (key === "__proto__") shown = "['__proto__']";
    else if (/^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key)) shown = key;
    else shown = quote(key);
    if (found.enumerable === false) shown = `[${shown}]`;
    return `${shown}: ${text}`;
  }

  function fit(ctx, output, base, braces, isArray, depth, value) {
    const entries = output.length;
    if (isArray && entries > 6) output = group(ctx, output, value);
    if (ctx.current - depth < COMPACT && entries === output.length) {
      const start = output.length + ctx.indent + braces[0].length + base.length + 10;
      if (isShort(output, start, base)) {
        const joined = output.join(", ");
        if (!joined.includes("\n")) return `${base ? `${base} ` : ""}${braces[0]} ${joined} ${braces[1]}`;
      }
    }
    const line = `\n${" ".repeat(ctx.indent)}`;
    return `${base ? `${base} ` : ""}${braces[0]}${line}  ${output.join(`,${line}  `)}${line}${braces[1]}`;
  }

  function isShort(output, start, base) {
    let total = output.length + start;
    if (total + output.length > BREAK) return false;
    for (const text of output) {
      total += text.length;
      if (total > BREAK) return false;
    }
    return base === "" || !base.includes("\n");
  }

  // Cells of a terminal, near enough.
  function width(text) {
    let cells = 0;
    for (const c of text) {
      const code = c.codePointAt(0);
      if (code >= 0x300 && code <= 0x36f) continue;
      cells += (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) || (code >= 0xac00 && code <= 0xd7a3) ||
        (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xff60) || (code >= 0x1f300 && code <= 0x1faff) ? 2 : 1;
    }
    return cells;
  }

  function group(ctx, output, value) {
    let total = 0, longest = 0, count = output.length;
    if (output.length > MAX_ITEMS) count--;
    const lengths = [];
    for (let i = 0; i < count; i++) {
      const length = width(output[i]);
      lengths.push(length);
      total += length + 2;
      if (longest < length) longest = length;
    }
    const cell = longest + 2;
    if (!(cell * 3 + ctx.indent < BREAK && (total / cell > 5 || longest <= 6))) return output;
    const bias = Math.sqrt(cell - total / output.length);
    const biased = Math.max(cell - 3 - bias, 1);
    const columns = Math.min(
      Math.round(Math.sqrt(2.5 * biased * count) / biased), Math.floor((BREAK - ctx.indent) / cell), COMPACT * 4, 15);
    if (columns <= 1) return output;
    const widths = [];
    for (let i = 0; i < columns; i++) {
      let most = 0;
      for (let j = i; j < count; j += columns) most = Math.max(most, lengths[j]);
      widths.push(most + 2);
    }
    let numeric = value !== undefined;
    for (let i = 0; numeric && i < output.length; i++) numeric = typeof value[i] === "number" || typeof value[i] === "bigint";
    const rows = [];
    for (let i = 0; i < count; i += columns) {
      const max = Math.min(i + columns, count);
      let row = "", j = i;
      for (; j < max - 1; j++) {
        const padding = widths[j - i] + output[j].length - lengths[j];
        row += numeric ? `${output[j]}, `.padStart(padding) : `${output[j]}, `.padEnd(padding);
      }
      row += numeric ? output[j].padStart(widths[j - i] + output[j].length - lengths[j] - 2) : output[j];
      rows.push(row);
    }
    if (count < output.length) rows.push(output[count]);
    return rows;
  }

  const show = (value, depth = 2) =>
    inspect({ seen: [], circular: new Map(), indent: 0, depth, current: 0 }, value, 0);

  // The formatter of the console: %s %d %i %f %j %o %O %c %%.
  function format(values) {
    let out = "", next = 0;
    if (typeof values[0] === "string") {
      const text = values[0];
      next = 1;
      if (values.length > 1) {
        let last = 0;
        for (let i = 0; i < text.length - 1; i++) {
          if (text[i] !== "%") continue;
          const kind = text[i + 1];
          if (kind === "%") {
            out += text.slice(last, i) + "%";
            last = ++i + 1;
            continue;
          }
          if (next >= values.length || !"sdifjoOc".includes(kind)) continue;
          out += text.slice(last, i) + directive(kind, values[next++]);
          last = ++i + 1;
        }
        out += text.slice(last);
      } else out = text;
    }
    for (; next < values.length; next++) {
      const value = values[next];
      if (next > 0) out += " ";
      out += typeof value === "string" ? value : show(value);
    }
    return out;
  }
  function directive(kind, value) {
    switch (kind) {
      case "s":
        if (typeof value === "number") return number(value);
        if (typeof value === "bigint") return `${value}n`;
        if (typeof value !== "object" || value === null) return typeof value === "function" ? stringOf(value) : String(value);
        return stringOf(value);
      case "d":
        return typeof value === "bigint" ? `${value}n` : typeof value === "symbol" ? "NaN" : number(Number(value));
      case "i":
        return typeof value === "bigint" ? `${value}n` : typeof value === "symbol" ? "NaN" : number(parseInt(value));
      case "f":
        return typeof value === "symbol" ? "NaN" : number(parseFloat(value));
      case "j":
        return JSON.stringify(value);
      case "o":
        return show(value, 4);
      case "O":
        return show(value);
      default:
        return "";
    }
  }
  function stringOf(value) {
    const own = (o) => Object.hasOwn(o, "toString") || Object.hasOwn(o, Symbol.toPrimitive);
    for (let o = value; o !== null && o !== Object.prototype && o !== Array.prototype && o !== Function.prototype; o = getPrototypeOf(o)) {
      if (own(o)) return String(value);
    }
    return show(value, 0);
  }

  let indentation = "";
  const counts = new Map(), timers = new Map();
  const line = (text) => {
    if (indentation !== "") text = indentation + text.replaceAll("\n", `\n${indentation}`);
    return `${text}\n`;
  };
  const out = (text) => host.write(line(text)), err = (text) => host.writeError(line(text));
  const label = (x) => (x === undefined ? "default" : `${x}`);
  function elapsed(start) {
    let ms = host.now() - start;
    if (ms >= 1000) {
      const s = ms / 1000;
      if (s >= 60) {
        const m = Math.floor(s / 60);
        return m >= 60 ? `${Math.floor(m / 60)}:${`${m % 60}`.padStart(2, "0")}:${`${Math.floor(s % 60)}`.padStart(2, "0")} (h:mm:ss)`
          : `${m}:${(s % 60).toFixed(3).padStart(6, "0")} (m:ss.mmm)`;
      }
      return `${s.toFixed(3)}s`;
    }
    return `${Number(ms.toFixed(3))}ms`;
  }
  function timer(name, values, method) {
    const start = timers.get(name);
    if (start === undefined) return err(`Warning: No such label '${name}' for console.${method}()`);
    out(format([`${name}: ${elapsed(start)}`.replaceAll("%", "%%"), ...values]));
  }

  function table(data, columns) {
    if (typeof data !== "object" || data === null) return out(format([data]));
    const cell = (x) => inspect({ seen: [], circular: new Map(), indent: 0, depth: typeof x === "object" && x !== null && Object.keys(x).length > 2 ? -1 : 0, current: 0 }, x, 0);
    let indexName = "(index)", rows = [];
    if (works(mapSize, data)) {
      indexName = "(iteration index)";
      let i = 0;
      const keys = [], values = [];
      mapEach(data, (x, key) => { keys.push(cell(key)); values.push(cell(x)); });
      return out(draw([indexName, "Key", "Values"], keys.map((key) => [`${i++}`, key, values[i - 1]])));
    }
    if (works(setSize, data)) {
      indexName = "(iteration index)";
      const values = [];
      setEach(data, (x) => values.push(x));
      rows = values.map((x, i) => [`${i}`, x]);
    } else rows = Object.keys(data).map((key) => [key, data[key]]);
    const names = columns !== undefined ? [...columns] : [];
    let hasValues = false;
    for (const [, row] of rows) {
      if (typeof row !== "object" || row === null) hasValues = true;
      else if (columns === undefined) for (const key of Object.keys(row)) if (!names.includes(key)) names.push(key);
    }
    const head = [indexName, ...names, ...(hasValues ? ["Values"] : [])];
    out(draw(head, rows.map(([key, row]) => {
      const isObject = typeof row === "object" && row !== null;
      const cells = [key, ...names.map((name) => (isObject && Object.hasOwn(row, name) ? cell(row[name]) : ""))];
      if (hasValues) cells.push(isObject ? "" : cell(row));
      return cells;
    })));
  }
  function draw(head, rows) {
    const widths = head.map((text, i) => Math.max(width(text), ...rows.map((row) => width(row[i]))) + 2);
    const padded = (text, n) => ` ${text}${" ".repeat(n - width(text) - 1)}`;
    const rule = (a, b, c) => a + widths.map((n) => "─".repeat(n)).join(b) + c;
    const row = (cells) => `│${cells.map((text, i) => padded(text, widths[i])).join("│")}│`;
    return [rule("┌", "┬", "┐"), row(head), rule("├", "┼", "┤"), ...rows.map(row), rule("└", "┴", "┘")].join("\n");
  }

  return {
    out: (...values) => out(format(values)),
    err: (...values) => err(format(values)),
    trace: (stack, ...values) => err(`Trace${values.length > 0 ? `: ${format(values)}` : ""}${stack ?? ""}`),
    assert(condition, ...values) {
      if (condition) return;
      if (typeof values[0] === "string") err(format([`Assertion failed: ${values[0]}`, ...values.slice(1)]));
      else err(values.length > 0 ? format(["Assertion failed:", ...values]) : "Assertion failed");
    },
    dir: (value, options) => out(show(value, options?.depth === null ? Infinity : options?.depth ?? 2)),
    table,
    count(x) {
      const name = label(x), n = (counts.get(name) ?? 0) + 1;
      counts.set(name, n);
      out(`${name}: ${n}`);
    },
    countReset(x) {
      if (!counts.delete(label(x))) err(`Warning: Count for '${label(x)}' does not exist`);
    },
    group(...values) {
      if (values.length > 0) out(format(values));
      indentation += "  ";
    },
    groupEnd() {
      indentation = indentation.slice(2);
    },
    time(x) {
      if (timers.has(label(x))) return err(`Warning: Label '${label(x)}' already exists for console.time()`);
      timers.set(label(x), host.now());
    },
    timeLog: (x, ...values) => timer(label(x), values, "timeLog"),
    timeEnd(x) {
      timer(label(x), [], "timeEnd");
      timers.delete(label(x));
    },
    inspect: show,
  };
})
