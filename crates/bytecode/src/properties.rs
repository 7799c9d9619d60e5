//! Property tests: encoding, the peephole, serialization and corrupted input, over generated functions.
//!
//! A *tape* of random numbers drives a generator that writes well-formed functions with the builder, so that shrinking
//! the tape shrinks the function. A small interpreter for a handful of instructions gives them meaning: two forms of a
//! function are the same if their traces are. It knows numbers and booleans only and stands in for no real engine.

use crate::code::{CatchPrediction, CodeBlock, FunctionInfo, FunctionKind, FunctionUnit, Span, Suspension};
use crate::constant::{
    ArrayBoilerplate, BoilerplateValue, Constant, DoubleBits, JsString, ObjectBoilerplate, ScopeInfo,
    ScopeKind, ScopeSlot, VariableMode,
};
use crate::encode::{Width, encode_into, field_kinds, width_of};
use crate::opcode::{Instruction, Opcode, OperandKind};
use crate::operand::{Register, RegisterRange, SuspendKind};
use crate::serialize::{TreeError, decode_tree, encode_tree, repair_checksum};
use crate::{BytecodeBuilder, CodeTree, Liveness, RawInstruction, SlotKind, verify};
use proptest::prelude::*;
use std::sync::Arc;

/// A field that fits `width`, from random bits.
fn fit(kind: OperandKind, width: Width, bits: u32) -> u32 {
    let unused = 32 - 8 * width.bytes() as u32;
    match kind {
        OperandKind::Jump => bits,
        kind if kind.is_signed() => ((bits << unused) as i32 >> unused) as u32,
        _ => bits << unused >> unused,
    }
}

fn any_width() -> impl Strategy<Value = Width> {
    prop_oneof![Just(Width::Narrow), Just(Width::Wide), Just(Width::ExtraWide)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn an_instruction_survives_encoding(
        index in 2..Opcode::COUNT,
        width in any_width(),
        bits in prop::collection::vec(any::<u32>(), 8),
        padding in 0..5usize,
    ) {
        let opcode = Opcode::ALL[index];
        let width = if opcode.scaled_fields() == 0 { Width::Narrow } else { width };
        let fields: Vec<u32> =
            field_kinds(opcode).zip(bits).map(|(kind, bits)| fit(kind, width, bits)).collect();
        let mut bytes = vec![Opcode::LdaZero.byte(); padding];
        encode_into(&mut bytes, opcode, width, &fields);
        prop_assert_eq!(bytes.len() - padding, width.instruction_size(opcode));
        prop_assert!(width_of(opcode, &fields) <= width);

        let raw = RawInstruction::decode(&bytes, padding as u32).unwrap();
        prop_assert_eq!(raw.opcode, opcode);
        prop_assert_eq!(raw.width, width);
        prop_assert_eq!(raw.fields(), &fields[..]);
        prop_assert_eq!(raw.end() as usize, bytes.len());
        for cut in padding..bytes.len() {
            prop_assert!(RawInstruction::decode(&bytes[..cut], padding as u32).is_err());
        }
    }

    #[test]
    fn a_register_survives_any_register_count(register in 0..1000u32, count in 0..1000u32) {
        let registers = [Register::THIS, Register::parameter(register), Register::local(register)];
        for register in registers.into_iter().filter(|r| r.as_local().is_none_or(|index| index < count)) {
            prop_assert_eq!(Register::from_operand(register.to_operand(count), count), register);
        }
    }

    #[test]
    fn random_bytes_are_never_a_problem(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for offset in 0..bytes.len() as u32 {
            if let Ok(raw) = RawInstruction::decode(&bytes, offset) {
                let _ = raw.typed(3);
            }
        }
        let _ = decode_tree(&bytes);
    }

    #[test]
    fn the_peephole_changes_nothing_observable(tape in prop::collection::vec(any::<u16>(), 0..120)) {
        let plain = generate(&tape, Suspension::None, BytecodeBuilder::finish_unoptimized);
        let optimized = generate(&tape, Suspension::None, BytecodeBuilder::finish);
        verify(&plain).unwrap();
        verify(&optimized).unwrap();
        prop_assert!(optimized.bytecode.len() <= plain.bytecode.len());
        for argument in [Value::Undefined, Value::Integer(0), Value::Integer(3), Value::Boolean(true)] {
            prop_assert_eq!(run(&plain, argument), run(&optimized, argument), "{}", optimized.disassemble());
        }
    }

    #[test]
    fn dead_registers_do_not_matter(tape in prop::collection::vec(any::<u16>(), 0..120)) {
        let code = generate(&tape, Suspension::None, BytecodeBuilder::finish);
        let expected = run(&code, Value::Integer(1));
        let liveness = Liveness::analyze(&code);
        let spoiled = run_with(&code, Value::Integer(1), &mut |offset, registers, acc| {
            let live = liveness.before(offset);
            for (index, register) in registers.iter_mut().enumerate() {
                if !live.contains(Register::local(index as u32)) {
                    *register = Value::Poison;
                }
            }
            if !live.accumulator() {
                *acc = Value::Poison;
            }
        });
        prop_assert_eq!(expected, spoiled, "{}", code.disassemble().with_liveness());
    }

    #[test]
    fn a_tree_survives_serialization(tape in prop::collection::vec(any::<u16>(), 0..200), kind in 0..4usize) {
        let code = generate(&tape, Suspension::ALL[kind], BytecodeBuilder::finish);
        let bytes = encode_tree(&code).unwrap();
        let decoded = decode_tree(&bytes).unwrap();
        prop_assert_eq!(&*decoded, &code);
        prop_assert_eq!(encode_tree(&decoded).unwrap(), bytes);
    }

    #[test]
    fn a_corrupt_tree_is_an_error_or_valid(
        tape in prop::collection::vec(any::<u16>(), 0..60),
        kind in 0..4usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = encode_tree(&generate(&tape, Suspension::ALL[kind], BytecodeBuilder::finish)).unwrap();
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] ^= byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        // As it is (the checksum catches nearly all of it), and with the checksum made to fit.
        let _ = decode_tree(&bytes);
        repair_checksum(&mut bytes);
        if let Ok(code) = decode_tree(&bytes) {
            let _ = code.disassemble().with_inner_functions().with_liveness().to_string();
        }
        if let Ok(tree) = CodeTree::open(&bytes) {
            for index in 0..tree.len().min(100) {
                let _ = tree.function(index);
            }
        }
    }

    #[test]
    fn corrupt_bytecode_is_rejected_or_harmless(
        tape in prop::collection::vec(any::<u16>(), 0..60),
        kind in 0..4usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..3),
    ) {
        let mut code = generate(&tape, Suspension::ALL[kind], BytecodeBuilder::finish);
        for (index, byte) in damage {
            let index = index.index(code.bytecode.len());
            code.bytecode[index] = byte;
        }
        let _ = code.disassemble().to_string();
        if verify(&code).is_ok() {
            let _ = Liveness::analyze(&code);
        }
    }
}

#[test]
fn a_tree_of_another_version_is_refused() {
    let code = BytecodeBuilder::new(FunctionInfo::new("f", FunctionKind::Normal)).finish();
    let mut bytes = encode_tree(&code).unwrap();
    bytes[9] ^= 1;
    assert_eq!(decode_tree(&bytes), Err(TreeError::WrongVersion));
    bytes[0] = 0;
    assert_eq!(decode_tree(&bytes), Err(TreeError::NotATree));
    bytes = encode_tree(&code).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(decode_tree(&bytes), Err(TreeError::WrongChecksum));
}

#[test]
fn a_tree_decodes_function_by_function() {
    let leaf = |name: &str| BytecodeBuilder::new(FunctionInfo::new(name, FunctionKind::Arrow)).finish();
    let mut middle = BytecodeBuilder::new(FunctionInfo::new("middle", FunctionKind::Normal));
    middle.function(FunctionUnit::compiled(leaf("leaf").into()));
    let mut root = BytecodeBuilder::new(FunctionInfo::new("root", FunctionKind::Script));
    root.function(FunctionUnit::compiled(middle.finish().into()));
    root.function(FunctionUnit::lazy(FunctionInfo::new("lazy", FunctionKind::Method).into()));
    let bytes = encode_tree(&root.finish()).unwrap();

    let tree = CodeTree::open(&bytes).unwrap();
    let names: Vec<String> =
        (0..tree.len()).map(|index| tree.info(index).unwrap().name.to_string_lossy()).collect();
    assert_eq!(names, ["root", "middle", "leaf", "lazy"]);
    let root = tree.function(0).unwrap();
    let inner: Vec<(u32, bool)> =
        root.inner.iter().map(|unit| (unit.info().key, unit.code().is_some())).collect();
    assert_eq!(inner, [(1, false), (3, false)]);
    assert_eq!(tree.function(3), Err(TreeError::NoSuchFunction(3)));
    assert_eq!(tree.function(4), Err(TreeError::NoSuchFunction(4)));
}

#[test]
fn too_deep_a_tree_is_refused() {
    let mut code = BytecodeBuilder::new(FunctionInfo::new("f", FunctionKind::Normal)).finish();
    for _ in 0..=crate::MAX_TREE_DEPTH {
        let mut outer = BytecodeBuilder::new(FunctionInfo::new("f", FunctionKind::Normal));
        outer.function(FunctionUnit::compiled(code.into()));
        code = outer.finish();
    }
    assert_eq!(encode_tree(&code), Err(TreeError::TooDeep));
}

// A generator of functions: a tape of numbers drives a recursive-descent "program".

struct Generator<'a> {
    b: BytecodeBuilder,
    tape: std::slice::Iter<'a, u16>,
    variables: RegisterRange,
    generator: Option<(Register, crate::JumpTableId)>,
    depth: u32,
}

fn generate(tape: &[u16], suspension: Suspension, finish: fn(BytecodeBuilder) -> CodeBlock) -> CodeBlock {
    function(&mut tape.iter(), suspension, finish, 0)
}

fn function(
    tape: &mut std::slice::Iter<'_, u16>,
    suspension: Suspension,
    finish: fn(BytecodeBuilder) -> CodeBlock,
    depth: u32,
) -> CodeBlock {
    let mut b = BytecodeBuilder::new(FunctionInfo {
        formal_count: 2,
        suspension,
        span: Span { start: 3, end: 900 + depth },
        key: depth,
        ..FunctionInfo::new("generated", FunctionKind::Normal)
    });
    let generator = (suspension != Suspension::None).then(|| {
        let generator = b.new_register();
        b.set_new_target_or_generator(generator);
        let table = b.new_jump_table(0, 0);
        let constant = b.jump_table_constant(table);
        b.switch_on_generator_state(generator, constant);
        b.create_generator_object();
        b.star(generator);
        (generator, table)
    });
    let variables = b.new_registers(4);
    let mut g = Generator { b, tape: tape.as_slice().iter(), variables, generator, depth };
    g.statements();
    g.expression();
    g.b.return_();
    *tape = g.tape;
    finish(g.b)
}

impl Generator<'_> {
    fn next(&mut self, choices: u16) -> u16 {
        self.tape.next().copied().unwrap_or(0) % choices
    }

    fn variable(&mut self) -> Register {
        match self.next(6) {
            4 => Register::parameter(0),
            5 => Register::THIS,
            index => self.variables.get(u32::from(index)),
        }
    }

    fn local(&mut self) -> Register {
        let index = self.next(4);
        self.variables.get(u32::from(index))
    }

    fn statements(&mut self) {
        self.depth += 1;
        for _ in 0..self.next(5) {
            self.statement();
        }
        self.depth -= 1;
    }

    fn statement(&mut self) {
        if self.tape.as_slice().is_empty() || self.depth > 6 {
            return;
        }
        let position = self.tape.as_slice().len() as u32;
        match self.next(3) {
            0 => self.b.statement_position(position),
            1 => self.b.expression_position(position),
            _ => {}
        }
        match self.next(12) {
            0 | 1 => {
                self.expression();
                let variable = self.local();
                self.b.star(variable);
            }
            2 => {
                let (from, to) = (self.variable(), self.local());
                self.b.mov(from, to);
            }
            3 | 4 => {
                let (otherwise, end) = (self.b.new_label(), self.b.new_label());
                self.expression();
                match self.next(4) {
                    0 => self.b.jump_if_to_boolean_true(otherwise),
                    1 => self.b.jump_if_undefined(otherwise),
                    2 => {
                        self.b.to_boolean_logical_not();
                        self.b.jump_if_true(otherwise);
                    }
                    _ => self.b.jump_if_to_boolean_false(otherwise),
                }
                self.statements();
                self.b.jump(end);
                self.b.bind(otherwise);
                self.statements();
                self.b.bind(end);
            }
            5 => {
                // A loop that ends: a counter counts down.
                let mark = self.b.mark();
                let counter = self.b.new_register();
                let rounds = self.next(3);
                self.b.load_smi(i32::from(rounds));
                self.b.star(counter);
                let header = self.b.bind_loop_header();
                let end = self.b.new_label();
                self.b.lda_zero();
                let compare = self.b.slot(SlotKind::Compare);
                self.b.test_less_than_or_equal(counter, compare);
                self.b.jump_if_true(end);
                self.statements();
                self.b.ldar(counter);
                let decrement = self.b.slot(SlotKind::BinaryOp);
                self.b.dec(decrement);
                self.b.star(counter);
                let slot = self.b.slot(SlotKind::JumpLoop);
                self.b.jump_loop(self.depth, slot, header);
                self.b.bind(end);
                self.b.release(mark);
            }
            6 => {
                let mark = self.b.mark();
                let context = self.b.new_register();
                self.b.lda_context();
                self.b.star(context);
                let handler = self.b.new_handler(context, CatchPrediction::Caught);
                let end = self.b.new_label();
                self.b.begin_try(handler);
                self.statements();
                self.b.end_try(handler);
                self.b.jump(end);
                self.b.bind_handler(handler);
                let variable = self.local();
                self.b.star(variable);
                self.statements();
                self.b.bind(end);
                self.b.release(mark);
            }
            7 => {
                self.expression();
                self.b.throw();
            }
            8 => {
                self.expression();
                self.b.return_();
            }
            9 => {
                // The little interpreter records acc here.
                self.expression();
                let name = self.b.string("observed");
                self.b.throw_reference_error_if_hole(name);
            }
            10 => self.switch(),
            _ => self.other(),
        }
    }

    fn switch(&mut self) {
        let cases = usize::from(self.next(4));
        let table = self.b.new_jump_table(0, cases);
        let end = self.b.new_label();
        self.b.load_smi(1);
        let constant = self.b.jump_table_constant(table);
        self.b.switch_on_smi(constant);
        self.statements();
        self.b.jump(end);
        for case in 0..cases {
            self.b.bind_case(table, case as i32);
            self.statements();
        }
        self.b.bind(end);
    }

    /// Instructions that the little interpreter skips: they make constants, inner functions and suspensions.
    fn other(&mut self) {
        match (self.next(6), self.generator) {
            (0, _) => {
                let inner = if self.next(2) == 0 {
                    let info = FunctionInfo::new("lazy \u{e9}\u{20ac}", FunctionKind::Arrow);
                    FunctionUnit::lazy(Arc::new(info))
                } else {
                    let suspension = Suspension::ALL[usize::from(self.next(4))];
                    let code = function(&mut self.tape, suspension, BytecodeBuilder::finish, self.depth + 1);
                    FunctionUnit::compiled(Arc::new(code))
                };
                let (constant, slot) = (self.b.function(inner), self.b.slot(SlotKind::Closure));
                self.b.create_closure(constant, slot);
            }
            (1, _) => {
                let properties = (0..self.next(4))
                    .map(|index| (JsString::from(format!("p{index}").as_str()), BoilerplateValue::Pending))
                    .collect();
                let object = ObjectBoilerplate { properties, ..ObjectBoilerplate::default() };
                let elements = vec![
                    BoilerplateValue::Object(Box::new(object)),
                    BoilerplateValue::Double(DoubleBits::new(0.5)),
                ];
                let constant = self.b.constant(Constant::Array(ArrayBoilerplate { elements }));
                let slot = self.b.slot(SlotKind::Literal);
                self.b.create_array_literal(constant, slot);
            }
            (2, _) => {
                let slot = ScopeSlot { name: "x".into(), mode: VariableMode::Let };
                let scope = ScopeInfo::new(ScopeKind::Block, vec![slot]);
                let scope = self.b.constant(Constant::Scope(scope.into()));
                self.b.create_block_context(scope);
            }
            (_, Some((generator, table))) => {
                self.expression();
                let all = RegisterRange::new(generator, 5);
                let id = self.b.add_case(table);
                self.b.suspend_generator(generator, all, id as u32, SuspendKind::Yield);
                self.b.bind_case(table, id);
                self.b.resume_generator(generator, all);
                self.b.throw_if_resume_throw(generator);
            }
            _ => {}
        }
    }

    fn expression(&mut self) {
        match self.next(9) {
            0 => self.b.lda_undefined(),
            1 => {
                let value = self.next(3);
                self.b.load_smi(i32::from(value));
            }
            2 => self.b.lda_true(),
            3 | 4 => {
                let variable = self.variable();
                self.b.ldar(variable);
            }
            5 => {
                self.expression();
                self.b.to_boolean_logical_not();
            }
            6 => {
                let variable = self.variable();
                let slot = self.b.slot(SlotKind::Compare);
                self.expression();
                match self.next(3) {
                    0 => self.b.test_equal_strict(variable, slot),
                    1 => self.b.test_less_than(variable, slot),
                    _ => self.b.test_greater_than(variable, slot),
                }
            }
            7 => {
                let slot = self.b.slot(SlotKind::BinaryOp);
                self.expression();
                self.b.add_smi(1, slot);
            }
            _ => {
                let variable = self.local();
                self.b.lda_smi(7);
                self.b.star(variable);
                self.b.ldar(variable);
            }
        }
    }
}

// A little interpreter of the instructions the generator makes (without suspensions). Adding anything but integers throws.

#[derive(Clone, Copy, PartialEq, Debug)]
enum Value {
    Undefined,
    Boolean(bool),
    Integer(i32),
    Context,
    Error,
    Opaque,
    /// Stands in for a dead value; using it is an error of the test.
    Poison,
}

impl Value {
    fn truthy(self) -> bool {
        match self {
            Value::Undefined => false,
            Value::Boolean(value) => value,
            Value::Integer(value) => value != 0,
            Value::Poison => panic!("a dead value is used"),
            _ => true,
        }
    }

    fn same(self, other: Value) -> bool {
        assert!(self != Value::Poison && other != Value::Poison, "a dead value is used");
        self == other
    }

    fn less_than(self, other: Value) -> Result<bool, Value> {
        match (self, other) {
            (Value::Integer(a), Value::Integer(b)) => Ok(a < b),
            (Value::Poison, _) | (_, Value::Poison) => panic!("a dead value is used"),
            _ => Err(Value::Error),
        }
    }
}

/// What a run does: the accumulator at each `ThrowReferenceErrorIfHole`, and how it ends.
#[derive(PartialEq, Debug)]
struct Trace {
    observed: Vec<Value>,
    result: Result<Value, Value>,
}

fn run(code: &CodeBlock, argument: Value) -> Trace {
    run_with(code, argument, &mut |_, _, _| {})
}

fn run_with(
    code: &CodeBlock,
    argument: Value,
    before: &mut dyn FnMut(u32, &mut [Value], &mut Value),
) -> Trace {
    let count = code.register_count as usize;
    let mut registers = vec![Value::Undefined; count + 3];
    registers[count + 1] = argument;
    let (mut offset, mut acc, mut observed) = (0, Value::Poison, Vec::new());
    for _ in 0..5000 {
        let raw = RawInstruction::decode(&code.bytecode, offset).unwrap();
        before(offset, &mut registers[..count], &mut acc);
        let mut next = raw.end();
        match step(code, &raw, &mut registers, &mut acc, &mut next) {
            Step::Next => offset = next,
            Step::Observe => {
                assert_ne!(acc, Value::Poison);
                observed.push(acc);
                offset = next;
            }
            Step::Return(value) => return Trace { observed, result: Ok(value) },
            Step::Throw(error) => match code.handlers.lookup(offset) {
                Some(handler) => {
                    let context = registers[handler.context.to_operand(code.register_count) as usize];
                    assert_eq!(context, Value::Context, "the handler's context register is intact");
                    acc = error;
                    offset = handler.handler;
                }
                None => return Trace { observed, result: Err(error) },
            },
        }
    }
    Trace { observed, result: Err(Value::Opaque) }
}

enum Step {
    Next,
    Observe,
    Return(Value),
    Throw(Value),
}

fn step(
    code: &CodeBlock,
    raw: &RawInstruction,
    registers: &mut [Value],
    acc: &mut Value,
    next: &mut u32,
) -> Step {
    let index = |register: Register| register.to_operand(code.register_count) as usize;
    let mut jump_if = |condition: bool, target: u32| {
        if condition {
            *next = target;
        }
    };
    let compare = |result: Result<bool, Value>, acc: &mut Value| match result {
        Ok(value) => {
            *acc = Value::Boolean(value);
            Step::Next
        }
        Err(error) => Step::Throw(error),
    };
    let typed = raw.typed(code.register_count).unwrap();
    match typed {
        Instruction::LdaZero {} => *acc = Value::Integer(0),
        Instruction::LdaSmi { value } => *acc = Value::Integer(value),
        Instruction::LdaUndefined {} => *acc = Value::Undefined,
        Instruction::LdaTrue {} => *acc = Value::Boolean(true),
        Instruction::LdaContext {} => *acc = Value::Context,
        Instruction::Ldar { src } => *acc = registers[index(src)],
        Instruction::Star { dst } => registers[index(dst)] = *acc,
        Instruction::Mov { src, dst } => registers[index(dst)] = registers[index(src)],
        Instruction::ToBooleanLogicalNot {} => *acc = Value::Boolean(!acc.truthy()),
        Instruction::TestEqualStrict { lhs, .. } => {
            return compare(Ok(registers[index(lhs)].same(*acc)), acc);
        }
        Instruction::TestLessThan { lhs, .. } => return compare(registers[index(lhs)].less_than(*acc), acc),
        Instruction::TestGreaterThan { lhs, .. } => {
            return compare(acc.less_than(registers[index(lhs)]), acc);
        }
        Instruction::TestLessThanOrEqual { lhs, .. } => {
            return compare(acc.less_than(registers[index(lhs)]).map(|less| !less), acc);
        }
        Instruction::AddSmi { value, .. } => match *acc {
            Value::Integer(old) => *acc = Value::Integer(old.wrapping_add(value)),
            Value::Poison => panic!("a dead value is used"),
            _ => return Step::Throw(Value::Error),
        },
        Instruction::Dec { .. } => match *acc {
            Value::Integer(old) => *acc = Value::Integer(old - 1),
            _ => panic!("only counters are decremented"),
        },
        Instruction::Jump { target } => jump_if(true, target),
        Instruction::JumpLoop { target, .. } => {
            *acc = Value::Poison;
            jump_if(true, target);
        }
        Instruction::JumpIfTrue { target } => jump_if(acc.truthy(), target),
        Instruction::JumpIfFalse { target } => jump_if(!acc.truthy(), target),
        Instruction::JumpIfToBooleanTrue { target } => jump_if(acc.truthy(), target),
        Instruction::JumpIfToBooleanFalse { target } => jump_if(!acc.truthy(), target),
        Instruction::JumpIfUndefined { target } => {
            assert_ne!(*acc, Value::Poison);
            jump_if(*acc == Value::Undefined, target);
        }
        Instruction::SwitchOnSmi { table } => {
            let (Some(Constant::JumpTable(table)), Value::Integer(value)) = (code.constant(table), *acc)
            else {
                panic!("a switch on {acc:?}");
            };
            if let Some(target) = table.target(value) {
                jump_if(true, target);
            }
        }
        Instruction::JumpIfStrictEqual { .. }
        | Instruction::JumpIfNotStrictEqual { .. }
        | Instruction::JumpIfLessThan { .. }
        | Instruction::JumpIfNotLessThan { .. }
        | Instruction::JumpIfGreaterThan { .. }
        | Instruction::JumpIfNotGreaterThan { .. }
        | Instruction::JumpIfLessThanOrEqual { .. }
        | Instruction::JumpIfNotLessThanOrEqual { .. } => {
            let lhs = registers[raw.fields()[0] as usize];
            let result = match raw.opcode {
                Opcode::JumpIfStrictEqual => Ok(lhs.same(*acc)),
                Opcode::JumpIfNotStrictEqual => Ok(!lhs.same(*acc)),
                Opcode::JumpIfLessThan => lhs.less_than(*acc),
                Opcode::JumpIfNotLessThan => lhs.less_than(*acc).map(|holds| !holds),
                Opcode::JumpIfGreaterThan => acc.less_than(lhs),
                Opcode::JumpIfNotGreaterThan => acc.less_than(lhs).map(|holds| !holds),
                Opcode::JumpIfLessThanOrEqual => acc.less_than(lhs).map(|greater| !greater),
                _ => acc.less_than(lhs),
            };
            *acc = Value::Poison;
            match result {
                Ok(holds) => jump_if(holds, raw.jump_targets().next().unwrap()),
                Err(error) => return Step::Throw(error),
            }
        }
        Instruction::ThrowReferenceErrorIfHole { .. } => return Step::Observe,
        Instruction::Return {} => return Step::Return(*acc),
        Instruction::Throw {} => return Step::Throw(*acc),
        Instruction::CreateClosure { .. }
        | Instruction::CreateArrayLiteral { .. }
        | Instruction::CreateBlockContext { .. } => *acc = Value::Opaque,
        other => panic!("{other:?} is not generated"),
    }
    Step::Next
}
