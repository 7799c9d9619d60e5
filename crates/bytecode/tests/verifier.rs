//! Each rule of the verifier rejects what breaks it: a valid function is damaged in one place.

use std::sync::Arc;
use unspool_bytecode::*;

/// `try { f(a0, "x") } catch {}` with a loop around it; parts are damaged by the tests.
fn valid() -> CodeBlock {
    let mut b = BytecodeBuilder::new(FunctionInfo {
        formal_count: 1,
        ..FunctionInfo::new("f", FunctionKind::Normal)
    });
    let context = b.new_register();
    let args = b.new_registers(3);
    let header = b.bind_loop_header();
    let end = b.new_label();
    b.ldar(Register::parameter(0));
    b.jump_if_null(end);
    b.lda_context();
    b.star(context);
    let handler = b.new_handler(context, CatchPrediction::Caught);
    b.begin_try(handler);
    b.statement_position(10);
    b.load_string("x");
    b.star(args.get(2));
    let call = b.slot(SlotKind::Call);
    b.expression_position(14);
    b.call_property(Register::parameter(0), args, call);
    b.end_try(handler);
    b.bind_handler(handler);
    let back = b.slot(SlotKind::JumpLoop);
    b.jump_loop(0, back, header);
    b.bind(end);
    b.lda_undefined();
    b.return_();
    b.finish()
}

fn broken(code: &CodeBlock) -> Rule {
    verify(code).expect_err("the function is invalid").rule
}

/// Where the first instruction with `opcode` starts.
fn offset_of(code: &CodeBlock, opcode: Opcode) -> usize {
    code.instructions().map(Result::unwrap).find(|raw| raw.opcode == opcode).unwrap().offset as usize
}

/// `valid`, with the byte `field + 1` of the first `opcode` changed.
fn damaged(opcode: Opcode, field: usize, byte: u8) -> CodeBlock {
    let mut code = valid();
    let at = offset_of(&code, opcode) + 1 + field;
    code.bytecode[at] = byte;
    code
}

#[test]
fn the_function_is_valid_before_it_is_damaged() {
    assert_eq!(verify(&valid()), Ok(()));
}

#[test]
fn unknown_and_truncated_instructions() {
    let mut code = valid();
    code.bytecode[0] = 0xff;
    assert_eq!(broken(&code), Rule::Decode);
    let mut code = valid();
    code.bytecode =
        code.bytecode[..code.bytecode.len() - 1].iter().copied().chain([Opcode::Ldar.byte()]).collect();
    assert_eq!(broken(&code), Rule::Decode);
    let mut code = valid();
    code.bytecode = Box::new([]);
    assert_eq!(broken(&code), Rule::Decode);
    let mut code = valid();
    code.bytecode = [Opcode::Wide.byte(), Opcode::Return.byte()].into();
    assert_eq!(broken(&code), Rule::Decode);
}

#[test]
fn registers_out_of_range() {
    assert_eq!(broken(&damaged(Opcode::Star, 0, 6)), Rule::Register);
    // The range of four begins two registers before the end.
    assert_eq!(broken(&damaged(Opcode::CallProperty, 2, 6)), Rule::Register);
    let mut code = valid();
    code.new_target_or_generator = Some(Register::THIS);
    assert_eq!(broken(&code), Rule::Register);
    code.new_target_or_generator = Some(Register::local(4));
    assert_eq!(broken(&code), Rule::Register);
    code.new_target_or_generator = Some(Register::local(3));
    assert_eq!(verify(&code), Ok(()));
}

#[test]
fn constants_missing_or_of_the_wrong_kind() {
    assert_eq!(broken(&damaged(Opcode::LdaConstant, 0, 1)), Rule::Constant);
    let mut code = valid();
    code.constants = [Constant::RegExp(RegExpLiteral::default())].into();
    assert_eq!(broken(&code), Rule::Constant);
    code.constants = [Constant::String("x".into()), Constant::Function(0)].into();
    assert_eq!(broken(&code), Rule::Constant);
    code.constants = [Constant::BigInt("0x1".into())].into();
    assert_eq!(broken(&code), Rule::Constant);
    let mut code = valid();
    code.module = Some(Box::new(ModuleInfo { exports: vec![ExportEntry::Star(0)], ..ModuleInfo::default() }));
    assert_eq!(broken(&code), Rule::Constant);
}

#[test]
fn slots_missing_or_of_the_wrong_kind() {
    assert_eq!(broken(&damaged(Opcode::CallProperty, 3, 7)), Rule::Feedback);
    assert_eq!(broken(&damaged(Opcode::CallProperty, 3, 1)), Rule::Feedback);
}

#[test]
fn jumps_astray() {
    // Into the middle of an instruction, to itself, behind the end.
    assert_eq!(broken(&damaged(Opcode::JumpIfNull, 0, 7)), Rule::Jump);
    assert_eq!(broken(&damaged(Opcode::JumpIfNull, 0, 0)), Rule::Jump);
    assert_eq!(broken(&damaged(Opcode::JumpIfNull, 2, 1)), Rule::Jump);
    // Forwards with JumpLoop.
    let mut code = valid();
    let at = offset_of(&code, Opcode::JumpLoop) + 3;
    code.bytecode[at..at + 4].copy_from_slice(&7u32.to_le_bytes());
    assert_eq!(broken(&code), Rule::Jump);
    let mut code = valid();
    *code.bytecode.last_mut().unwrap() = Opcode::LdaNull.byte();
    assert_eq!(broken(&code), Rule::Jump);
}

#[test]
fn an_unspecified_accumulator_is_read() {
    let code = |opcodes: &[Opcode]| CodeBlock {
        bytecode: opcodes.iter().map(|opcode| opcode.byte()).collect(),
        ..BytecodeBuilder::new(FunctionInfo::new("f", FunctionKind::Normal)).finish()
    };
    assert_eq!(broken(&code(&[Opcode::Return])), Rule::Accumulator);
    assert_eq!(verify(&code(&[Opcode::LdaZero, Opcode::Return])), Ok(()));
    // What cannot be reached may do as it likes.
    assert_eq!(verify(&code(&[Opcode::LdaZero, Opcode::Return, Opcode::Throw])), Ok(()));
    // Clobbered by the store.
    let mut b = BytecodeBuilder::new(FunctionInfo::new("f", FunctionKind::Normal));
    let (name, slot) = (b.string("x"), b.slot(SlotKind::SetNamedStrict));
    b.lda_zero();
    b.set_named_property(Register::THIS, name, slot);
    b.lda_zero();
    b.return_();
    let mut code = b.finish();
    let at = code.bytecode.len() - 2;
    code.bytecode[at] = Opcode::Return.byte();
    assert_eq!(broken(&code), Rule::Accumulator);
    // Specified on one of two paths only: null where the loop ends, unspecified if the jump is not taken.
    let mut b = BytecodeBuilder::new(FunctionInfo::new("f", FunctionKind::Normal));
    let (name, slot, join) = (b.string("x"), b.slot(SlotKind::SetNamedStrict), b.new_label());
    b.lda_null();
    b.jump_if_undefined(join);
    b.set_named_property(Register::THIS, name, slot);
    b.lda_zero();
    b.bind(join);
    b.return_();
    let mut code = b.finish();
    let at = offset_of(&code, Opcode::LdaZero);
    code.bytecode[at] = Opcode::Debugger.byte();
    assert_eq!(broken(&code), Rule::Accumulator);
}

#[test]
fn handlers_out_of_order_or_place() {
    let code = valid();
    let entry = code.handlers.entries()[0];
    let with = |entries: &[Handler]| CodeBlock { handlers: HandlerTable::new(entries.to_vec()), ..valid() };
    assert_eq!(verify(&with(&[entry, Handler { start: 0, ..entry }])), Ok(()));
    for bad in [
        Handler { start: entry.end, end: entry.start, ..entry },
        Handler { end: entry.start, ..entry },
        Handler { start: entry.start + 1, ..entry },
        Handler { end: entry.end - 1, ..entry },
        Handler { end: 1000, ..entry },
        Handler { handler: entry.start, ..entry },
        Handler { handler: entry.handler + 1, ..entry },
        Handler { context: Register::THIS, ..entry },
        Handler { context: Register::local(4), ..entry },
    ] {
        assert_eq!(broken(&with(&[bad])), Rule::Handler, "{bad:?}");
    }
    // The outer one first; overlapping.
    assert_eq!(broken(&with(&[Handler { start: 0, ..entry }, entry])), Rule::Handler);
    let first = Handler { start: 0, end: offset_of(&code, Opcode::Star) as u32 + 4, ..entry };
    let second = Handler { start: offset_of(&code, Opcode::Star) as u32, ..entry };
    assert_eq!(broken(&with(&[first, second])), Rule::Handler);
}

#[test]
fn too_few_arguments() {
    assert_eq!(broken(&damaged(Opcode::CallProperty, 2, 0)), Rule::ArgumentCount);
    let mut b = BytecodeBuilder::new(FunctionInfo::new("f", FunctionKind::Normal));
    let args = b.new_registers(3);
    b.call_runtime(RuntimeId::ImportCall, args);
    b.return_();
    let mut code = b.finish();
    code.bytecode[3] = 2;
    assert_eq!(broken(&code), Rule::ArgumentCount);
}

fn generator() -> CodeBlock {
    let info =
        FunctionInfo { suspension: Suspension::Generator, ..FunctionInfo::new("g", FunctionKind::Normal) };
    let mut b = BytecodeBuilder::new(info);
    let generator = b.new_register();
    let other = b.new_register();
    b.set_new_target_or_generator(generator);
    let table = b.new_jump_table(0, 0);
    let constant = b.jump_table_constant(table);
    b.switch_on_generator_state(generator, constant);
    b.create_generator_object();
    b.star(generator);
    let id = b.add_case(table);
    let all = RegisterRange::new(generator, 2);
    b.suspend_generator(generator, all, id as u32, SuspendKind::Initial);
    b.bind_case(table, id);
    b.resume_generator(generator, all);
    b.star(other);
    b.return_();
    b.finish()
}

#[test]
fn suspensions_that_cannot_be_resumed() {
    assert_eq!(verify(&generator()), Ok(()));
    let mut code = generator();
    code.constants = [Constant::JumpTable(JumpTable { base: 1, targets: vec![] })].into();
    assert_eq!(broken(&code), Rule::Resume);
    // To something that is no ResumeGenerator.
    let at = offset_of(&code, Opcode::Return) as u32;
    code.constants = [Constant::JumpTable(JumpTable { base: 0, targets: vec![Some(at)] })].into();
    assert_eq!(broken(&code), Rule::Resume);
    // With other registers.
    let mut code = generator();
    let at = offset_of(&code, Opcode::ResumeGenerator);
    code.bytecode[at + 3] = 1;
    assert_eq!(broken(&code), Rule::Resume);
    // In a function that cannot suspend, or does not say where the generator arrives.
    let mut code = generator();
    code.new_target_or_generator = Some(Register::local(1));
    assert_eq!(broken(&code), Rule::Resume);
    let info = FunctionInfo { suspension: Suspension::None, ..(*code.info).clone() };
    let code = CodeBlock { info: Arc::new(info), ..generator() };
    assert_eq!(broken(&code), Rule::Resume);
}

#[test]
fn source_positions_astray() {
    let mut code = valid();
    let position = |offset| SourcePosition { offset, position: 0, is_statement: true };
    code.positions = SourcePositionTable::encode([position(1)]);
    assert_eq!(broken(&code), Rule::Position);
    code.positions = SourcePositionTable::from_bytes([0x80]);
    assert_eq!(broken(&code), Rule::Position);
}

#[test]
fn positions_belong_to_the_instructions_that_follow() {
    let entries = [
        SourcePosition { offset: 0, position: 500, is_statement: true },
        SourcePosition { offset: 7, position: 3, is_statement: false },
        SourcePosition { offset: 300, position: 1 << 30, is_statement: false },
    ];
    let table = SourcePositionTable::encode(entries);
    assert!(table.is_well_formed());
    assert_eq!(table.iter().collect::<Vec<_>>(), entries);
    assert_eq!(table.lookup(6), Some(entries[0]));
    assert_eq!(table.lookup(7), Some(entries[1]));
    assert_eq!(table.lookup(9000), Some(entries[2]));
    assert_eq!(SourcePositionTable::default().lookup(0), None);
}
