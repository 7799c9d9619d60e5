//! Random JavaScript programs that end, print what they compute, and mean the same in every engine.
//!
//! *Ending*: loops count to a small literal; every function first pays from a global budget, `fuel`, and returns when it is
//! used up. *Small*: values are cut to size whenever a variable is assigned. *Same everywhere*: of an exception only
//! its name is printed, of a function only that it is one. Otherwise anything goes: values of all types meet all operators,
//! so most programs throw and catch a lot.

use std::fmt::Write as _;

use crate::random::Random;

/// Statements and expressions nest at most so deep.
const DEPTH: u32 = 4;

/// Definitions that every program starts with.
const PRELUDE: &str = r#"
let fuel = 3000;
function cut(value) {
  if (typeof value === "string" && value.length > 40) return value.slice(0, 40);
  if (typeof value === "bigint") return BigInt.asIntN(64, value);
  if (Array.isArray(value) && value.length > 30) value.length = 30;
  return value;
}
function show(value, depth = 0) {
  if (value === null) return "null";
  switch (typeof value) {
    case "string": return JSON.stringify(value);
    case "bigint": return value + "n";
    case "symbol": return "symbol";
    case "number": return Object.is(value, -0) ? "-0" : String(value);
    case "function": return "function";
    case "object": {
      if (depth > 2) return "...";
      if (Array.isArray(value)) return "[" + Array.from(value, (x) => show(x, depth + 1)).join() + "]";
      return "{" + Object.keys(value).map((key) => key + ":" + show(value[key], depth + 1)).join() + "}";
    }
    default: return String(value);
  }
}
function attempt(label, f) {
  try { print(label, show(f())); } catch (error) { print(label, "throws", error instanceof Error ? error.name : show(error)); }
}
"#;

/// The text of a program for this seed.
#[must_use]
pub fn generate(seed: u64) -> String {
    let mut generator =
        Generator { random: Random::new(seed), scopes: vec![Vec::new()], names: 0, functions: Vec::new() };
    let mut program = PRELUDE.to_owned();
    if generator.random.one_in(3) {
        program.insert_str(0, "\"use strict\";");
    }
    let count = 3 + generator.random.below(8);
    for _ in 0..count {
        let text = generator.declaration();
        program.push_str(&text);
    }
    for step in 0..6 + generator.random.below(10) {
        let text = generator.block(DEPTH, Inside { generator: false, ..Inside::default() });
        let value = generator.expression(2);
        let _ = writeln!(program, "attempt({step}, () => {{ {text} return {value}; }});");
    }
    let names: Vec<String> = generator.scopes[0].iter().map(|name| format!("show({name})")).collect();
    let _ = writeln!(program, "print({});", names.join(", "));
    program
}

/// What the statement being made may use.
#[derive(Clone, Copy, Default)]
struct Inside {
    is_loop: bool,
    generator: bool,
    function: bool,
}

struct Generator {
    random: Random,
    /// Variables in scope; the last list belongs to the innermost block.
    scopes: Vec<Vec<String>>,
    names: u32,
    /// Names of callable things.
    functions: Vec<String>,
}

impl Generator {
    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    fn declare(&mut self, prefix: &str) -> String {
        let name = self.fresh(prefix);
        self.scopes.last_mut().expect("there is always a scope").push(name.clone());
        name
    }

    fn variable(&mut self) -> String {
        let all: Vec<&String> = self.scopes.iter().flatten().collect();
        if all.is_empty() {
            return "fuel".into();
        }
        let index = self.random.below(all.len());
        all[index].clone()
    }

    /// Runs `f` with a scope of its own.
    fn scoped<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        self.scopes.push(Vec::new());
        let functions = self.functions.len();
        let result = f(self);
        self.scopes.pop();
        self.functions.truncate(functions);
        result
    }

    /// A top-level declaration.
    fn declaration(&mut self) -> String {
        match self.random.below(6) {
            0 | 1 => {
                let value = self.expression(2);
                let keyword = *self.random.pick(&["var", "let"]);
                let name = self.declare("v");
                format!("{keyword} {name}; attempt(\"{name}\", () => {name} = cut({value}));\n")
            }
            2 | 3 => {
                let name = self.fresh("f");
                let text = format!("{};\n", self.function(&format!("function {name}"), Inside::default()));
                self.functions.push(name);
                text
            }
            4 => {
                let name = self.fresh("g");
                let text = self
                    .function(&format!("function* {name}"), Inside { generator: true, ..Inside::default() });
                self.functions.push(format!("((...a) => [...{name}(...a)].slice(0, 9))"));
                text + ";\n"
            }
            _ => self.class(),
        }
    }

    fn function(&mut self, head: &str, inside: Inside) -> String {
        self.scoped(|this| {
            let mut parameters = Vec::new();
            for _ in 0..this.random.below(4) {
                let default = this.random.one_in(4).then(|| this.expression(1));
                let name = this.declare("p");
                parameters.push(match default {
                    Some(value) => format!("{name} = {value}"),
                    None if this.random.one_in(8) => format!("[{name}] = [1]"),
                    None => name,
                });
            }
            if this.random.one_in(5) {
                parameters.push(format!("...{}", this.declare("r")));
            }
            let body = this.block(2, Inside { function: true, ..inside });
            let value = this.expression(2);
            format!(
                "{head}({}) {{ if (fuel-- <= 0) return 0; {body} return cut({value}); }}",
                parameters.join(", ")
            )
        })
    }

    fn class(&mut self) -> String {
        let name = self.fresh("C");
        let (field, other) = (self.expression(1), self.expression(1));
        let method = self.function("m", Inside::default());
        let text = format!(
            "class {name} {{ #p = 1; x = {field}; static s = {other}; get g() {{ return this.#p++; }} set g(v) {{ this.#p = cut(v); }} \
             {method} static of(...a) {{ return new {name}(...a).m(...a); }} constructor(y) {{ this.y = y; }} }}"
        );
        self.functions.push(format!("{name}.of"));
        self.functions.push(format!("((...a) => new {name}(...a))"));
        // The initializer of a static field may throw.
        format!("var {name}; attempt(\"{name}\", () => {{ {name} = {text}; }});\n")
    }

    fn block(&mut self, depth: u32, inside: Inside) -> String {
        self.scoped(|this| {
            let mut text = String::new();
            for _ in 0..1 + this.random.below(4) {
                text.push_str(&this.statement(depth, inside));
                text.push(' ');
            }
            text
        })
    }

    fn statement(&mut self, depth: u32, inside: Inside) -> String {
        let simple = depth == 0;
        match self.random.below(if simple { 5 } else { 16 }) {
            0 | 1 => {
                let (target, value) = (self.variable(), self.expression(2));
                let operator = *self
                    .random
                    .pick(&["=", "=", "=", "+=", "-=", "*=", "|=", "??=", "&&=", "||=", "%=", ">>="]);
                format!("{target} {operator} {value}; {target} = cut({target});")
            }
            2 => {
                let value = self.expression(2);
                let keyword = *self.random.pick(&["let", "const", "var"]);
                let name = self.fresh("b");
                let text = format!("{keyword} {name} = cut({value});");
                if keyword != "const" {
                    self.scopes.last_mut().expect("there is always a scope").push(name);
                }
                text
            }
            3 => format!("{};", self.call(1)),
            4 => {
                let (object, key, value) = (self.variable(), self.key(), self.expression(1));
                format!("if ({object} && typeof {object} === \"object\") {object}[{key}] = {value};")
            }
            5 | 6 => {
                let (test, yes, no) =
                    (self.expression(2), self.block(depth - 1, inside), self.block(depth - 1, inside));
                format!("if ({test}) {{ {yes} }} else {{ {no} }}")
            }
            7 => {
                let name = self.fresh("i");
                let body = self.block(depth - 1, Inside { is_loop: true, ..inside });
                let count = 1 + self.random.below(8);
                format!("for (let {name} = 0; {name} < {count}; {name}++) {{ {body} }}")
            }
            8 => {
                let name = self.fresh("w");
                let body = self.block(depth - 1, Inside { is_loop: true, ..inside });
                format!("{{ let {name} = {}; while ({name}-- > 0) {{ {body} }} }}", 1 + self.random.below(5))
            }
            9 => {
                let (name, source) = (self.fresh("x"), self.array(1));
                let body = self.block(depth - 1, Inside { is_loop: true, ..inside });
                let head = match self.random.below(4) {
                    0 => format!("const [{name}] of {source}"),
                    1 => format!("const {name} in {source}"),
                    _ => format!("let {name} of {source}"),
                };
                format!("for ({head}) {{ fuel -= !{name}; {body} }}")
            }
            10 | 11 => {
                let (body, handler) = (self.block(depth - 1, inside), self.block(depth - 1, inside));
                let last = self.block(depth - 1, inside);
                match self.random.below(3) {
                    0 => format!("try {{ {body} }} catch (e) {{ fuel--; {handler} }}"),
                    1 => format!("try {{ {body} }} finally {{ {last} }}"),
                    _ => format!("try {{ {body} }} catch {{ {handler} }} finally {{ {last} }}"),
                }
            }
            12 => {
                let value = self.expression(1);
                let cases: String = (0..3)
                    .map(|_| {
                        let (test, body) = (self.expression(0), self.block(depth - 1, inside));
                        let end = if self.random.one_in(3) { "" } else { "break;" };
                        format!("case {test}: {{ {body} }} {end} ")
                    })
                    .collect();
                format!("switch ({value}) {{ {cases} default: fuel--; }}")
            }
            13 if inside.is_loop => {
                let test = self.expression(1);
                format!("if ({test}) {};", self.random.pick(&["break", "continue"]))
            }
            13 if inside.generator => format!("fuel -= !(yield {});", self.expression(1)),
            14 if inside.function => format!("if ({}) return {};", self.expression(1), self.expression(1)),
            14 => format!("if ({}) throw {};", self.expression(1), self.expression(1)),
            _ => {
                let (a, b, source) = (self.variable(), self.variable(), self.expression(1));
                if self.random.one_in(2) {
                    format!("[{a}, {b} = 1] = [{source}, {a}];")
                } else {
                    format!("({{ x: {a} = 2, ...{b} }} = {{ x: {source}, z: 1 }});")
                }
            }
        }
    }

    fn key(&mut self) -> String {
        (*self.random.pick(&["0", "1", "\"x\"", "\"y\"", "\"length\"", "\"z\" + fuel % 3", "-1", "1.5"]))
            .to_owned()
    }

    fn array(&mut self, depth: u32) -> String {
        let items: Vec<String> = (0..self.random.below(5))
            .map(|_| match self.random.below(9) {
                0 => String::new(),
                1 => "...\"ab\"".to_owned(),
                _ => self.expression(depth.saturating_sub(1)),
            })
            .collect();
        format!("[{}]", items.join(", "))
    }

    fn call(&mut self, depth: u32) -> String {
        let arguments: Vec<String> =
            (0..self.random.below(4)).map(|_| self.expression(depth.saturating_sub(1))).collect();
        let arguments = arguments.join(", ");
        if self.functions.is_empty() || self.random.one_in(4) {
            let value = self.expression(depth.saturating_sub(1));
            return match self.random.below(9) {
                0 => format!("Math.max({arguments})"),
                1 => format!("String({value}).slice(0, 20)"),
                2 => format!("[{arguments}].map((x) => cut({value}))"),
                3 => format!("[{arguments}].sort().join()"),
                4 => format!("Object.keys(Object({value})).length"),
                5 => format!("[{arguments}].reduce((a, b) => cut(a + b), {value})"),
                6 => format!("JSON.stringify([{arguments}])"),
                7 => format!("Number({value})"),
                _ => format!("new Map([[{value}, 1]]).size"),
            };
        }
        let function = self.random.pick(&self.functions.clone()).clone();
        if self.random.one_in(6) {
            format!("{function}(...[{arguments}])")
        } else {
            format!("{function}({arguments})")
        }
    }

    fn expression(&mut self, depth: u32) -> String {
        if depth == 0 {
            return self.leaf();
        }
        match self.random.below(18) {
            0..=4 => {
                let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
                let operator = *self.random.pick(&[
                    "+", "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>", "<", "<=", ">", "===",
                    "!==", "==", "!=", "&&", "||", ",",
                ]);
                format!("({a} {operator} {b})")
            }
            5 => format!("({} ?? {})", self.expression(depth - 1), self.leaf()),
            6 => {
                let operator = *self.random.pick(&["-", "+", "!", "~", "typeof ", "void "]);
                format!("({operator} {})", self.expression(depth - 1))
            }
            7 => format!(
                "({} ? {} : {})",
                self.expression(depth - 1),
                self.expression(depth - 1),
                self.expression(depth - 1)
            ),
            8 => format!("{}?.[{}]", self.variable(), self.key()),
            9 => format!(
                "({})?.{}",
                self.expression(depth - 1),
                self.random.pick(&["x", "y", "length", "g", "constructor?.name"])
            ),
            10 => self.array(depth),
            11 => {
                let (a, b) = (self.expression(depth - 1), self.expression(depth - 1));
                format!(
                    "({{ x: {a}, [{}]: {b}, ...{}, m() {{ return this.x; }} }})",
                    self.key(),
                    self.variable()
                )
            }
            12 | 13 => self.call(depth),
            14 => format!("`${{{}}}|${{cut({})}}`", self.expression(depth - 1), self.variable()),
            15 => {
                let name = self.fresh("a");
                let body = self.scoped(|this| {
                    this.scopes.last_mut().expect("there is always a scope").push(name.clone());
                    this.expression(depth - 1)
                });
                format!("(({name}) => {body})({})", self.expression(depth - 1))
            }
            16 => format!("({}{})", self.variable(), self.random.pick(&["++", "--"])),
            _ => format!(
                "(() => {{ try {{ return {}; }} catch {{ return {}; }} }})()",
                self.expression(depth - 1),
                self.leaf()
            ),
        }
    }

    fn leaf(&mut self) -> String {
        const LITERALS: &[&str] = &[
            "0",
            "1",
            "-1",
            "2",
            "3.5",
            "-0",
            "NaN",
            "Infinity",
            "2147483647",
            "-2147483648",
            "4294967296",
            "1e300",
            "0.1",
            "\"\"",
            "\"a\"",
            "\"10\"",
            "\"x\\u00e9\"",
            "\"\\ud83d\"",
            "true",
            "false",
            "null",
            "undefined",
            "1n",
            "-7n",
            "[]",
            "({})",
            "[1, 2]",
            "({ x: 1 })",
            "Symbol.iterator",
            "(() => 1)",
            "this?.x",
        ];
        if self.random.one_in(2) { self.variable() } else { (*self.random.pick(LITERALS)).to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_program() {
        assert_eq!(generate(7), generate(7));
        assert_ne!(generate(7), generate(8));
    }
}
