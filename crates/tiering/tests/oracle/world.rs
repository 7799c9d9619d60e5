//! A little language with the numbers of JavaScript and objects of two fields, and its interpreter: what graphs are compared with.

use std::collections::HashMap;
use std::fmt::Write as _;

/// Registers that programs name; counters of loops come behind.
pub(crate) const REGISTERS: u8 = 6;
/// All registers.
pub(crate) const ALL_REGISTERS: u8 = REGISTERS + 6;

/// A value of the language.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Js {
    Undefined,
    Bool(bool),
    Number(f64),
    Object(usize),
}

impl Js {
    pub(crate) fn number(self) -> f64 {
        match self {
            Js::Bool(b) => f64::from(u8::from(b)),
            Js::Number(n) => n,
            Js::Undefined | Js::Object(_) => f64::NAN,
        }
    }
    pub(crate) fn int32(self) -> i32 {
        to_int32(self.number())
    }
    pub(crate) fn truth(self) -> bool {
        match self {
            Js::Undefined => false,
            Js::Bool(b) => b,
            Js::Number(n) => n != 0.0 && !n.is_nan(),
            Js::Object(_) => true,
        }
    }
}

pub(crate) fn to_int32(n: f64) -> i32 {
    if n.is_finite() { (n.trunc() % 4_294_967_296.0) as i64 as i32 } else { 0 }
}

/// An object. Both shapes have the same two fields.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) shape: u32,
    pub(crate) fields: [Js; 2],
}

/// What programs can change, and what calls have seen.
#[derive(Default, Debug)]
pub(crate) struct World {
    pub(crate) objects: Vec<Object>,
    pub(crate) log: Vec<String>,
    /// Objects that a call has seen, with the names that the log gives them.
    names: HashMap<usize, usize>,
}

impl World {
    pub(crate) fn allocate(&mut self) -> usize {
        self.objects.push(Object { shape: 0, fields: [Js::Undefined; 2] });
        self.objects.len() - 1
    }

    /// The value with all that it refers to; objects are named in the order in which they are first seen.
    pub(crate) fn text(&mut self, value: Js) -> String {
        let mut text = String::new();
        let mut open = Vec::new();
        self.write(value, &mut text, &mut open);
        text
    }

    fn write(&mut self, value: Js, text: &mut String, open: &mut Vec<usize>) {
        let Js::Object(id) = value else {
            let _ = match value {
                Js::Number(n) if n == 0.0 && n.is_sign_negative() => write!(text, "-0"),
                Js::Number(n) => write!(text, "{n}"),
                other => write!(text, "{other:?}"),
            };
            return;
        };
        let next = self.names.len();
        let name = *self.names.entry(id).or_insert(next);
        let _ = write!(text, "#{name}");
        if !open.contains(&id) {
            open.push(id);
            let Object { shape, fields } = self.objects[id].clone();
            let _ = write!(text, ":{shape}[");
            self.write(fields[0], text, open);
            text.push(' ');
            self.write(fields[1], text, open);
            text.push(']');
        }
    }

    /// Unknown code: sees its argument, and changes all objects that it has ever seen.
    pub(crate) fn call(&mut self, argument: Js) -> Js {
        let text = self.text(argument);
        self.log.push(text);
        let count = self.log.len();
        let mut seen: Vec<(usize, usize)> = self.names.iter().map(|(id, name)| (*name, *id)).collect();
        seen.sort_unstable();
        for (name, id) in seen {
            self.objects[id].fields[(name + count) % 2] = Js::Number(count as f64);
            if count % 4 == 3 {
                self.objects[id].shape = 1;
            }
        }
        match count % 3 {
            0 => argument,
            1 => Js::Number(count as f64 + 0.5),
            _ => Js::Number(count as f64),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Or,
    Shr,
    Less,
    Equal,
}

/// What an instruction has seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Seen {
    Int,
    Float,
    Oddball,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Instruction {
    Const(u8, Js),
    Move(u8, u8),
    Arith(Arith, u8, u8, u8),
    New(u8),
    Load(u8, u8, u8),
    Store(u8, u8, u8),
    Grow(u8),
    Call(u8, u8),
    JumpIfFalse(u8, usize),
    Jump(usize),
    Return(u8),
}

pub(crate) fn arith(op: Arith, a: Js, b: Js) -> Js {
    let (x, y) = (a.number(), b.number());
    match op {
        Arith::Add => Js::Number(x + y),
        Arith::Sub => Js::Number(x - y),
        Arith::Mul => Js::Number(x * y),
        Arith::Div => Js::Number(x / y),
        Arith::Mod => Js::Number(x % y),
        Arith::Or => Js::Number(f64::from(a.int32() | b.int32())),
        Arith::Shr => Js::Number(f64::from((a.int32() as u32) >> (b.int32() as u32 & 31))),
        Arith::Less => Js::Bool(x < y),
        Arith::Equal => Js::Bool(x == y),
    }
}

/// Executes from an instruction on.
pub(crate) fn interpret(code: &[Instruction], mut pc: usize, registers: &mut [Js], world: &mut World) -> Js {
    loop {
        let at = |r: u8, registers: &[Js]| registers[r as usize];
        let instruction = code[pc];
        pc += 1;
        match instruction {
            Instruction::Const(r, value) => registers[r as usize] = value,
            Instruction::Move(r, a) => registers[r as usize] = at(a, registers),
            Instruction::Arith(op, r, a, b) => {
                registers[r as usize] = arith(op, at(a, registers), at(b, registers));
            }
            Instruction::New(r) => registers[r as usize] = Js::Object(world.allocate()),
            Instruction::Load(r, a, field) => {
                registers[r as usize] = match at(a, registers) {
                    Js::Object(id) => world.objects[id].fields[field as usize],
                    _ => Js::Undefined,
                };
            }
            Instruction::Store(a, field, b) => {
                if let Js::Object(id) = at(a, registers) {
                    world.objects[id].fields[field as usize] = at(b, registers);
                }
            }
            Instruction::Grow(a) => {
                if let Js::Object(id) = at(a, registers) {
                    world.objects[id].shape = 1;
                }
            }
            Instruction::Call(r, a) => registers[r as usize] = world.call(at(a, registers)),
            Instruction::JumpIfFalse(a, to) => {
                if !at(a, registers).truth() {
                    pc = to;
                }
            }
            Instruction::Jump(to) => pc = to,
            Instruction::Return(a) => return at(a, registers),
        }
    }
}
