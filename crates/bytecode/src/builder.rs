//! Builds a function: instructions with labels, registers, constants, feedback slots, handlers, source positions.
//!
//! The builder keeps instructions in a list and encodes them in [`BytecodeBuilder::finish`], when the number of registers is known
//! (the receiver and parameters follow the last register) and so is the width of every operand. Before
//! that, a peephole pass over the list removes what is not needed; see `peephole`.
//!
//! Every instruction of the table has a method of its own, such as [`BytecodeBuilder::lda_smi`]. Code that cannot be reached (behind
//! a jump, return or throw, until a label is bound that something jumps to) is dropped as it is emitted.
//!
//! Rules for callers, checked in debug builds: labels that are jumped to get bound; only `jump_loop` jumps backwards, to
//! a label bound by [`BytecodeBuilder::bind_loop_header`]; registers are released in the reverse order of their allocation.

use crate::code::{
    CatchPrediction, CodeBlock, FunctionInfo, FunctionUnit, Handler, HandlerTable, ModuleInfo,
};
use crate::constant::{Constant, DoubleBits, JsString, JumpTable, WellKnownSymbol};
use crate::encode::{encode_into, width_of};
use crate::feedback::{FeedbackLayout, SlotKind};
use crate::ids::{IntrinsicId, MessageId, RuntimeId};
use crate::opcode::{FieldValue, FieldWriter, Opcode, OperandKind, operand_type};
use crate::operand::{
    ConstIndex, DefineKeyedFlags, FunctionNamePrefix, LanguageMode, LookupStoreFlags, Register,
    RegisterRange, SlotIndex, SuspendKind, TypeOfLiteral,
};
use crate::peephole;
use crate::position::{SourcePosition, SourcePositionTable};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A place in the code to jump to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Label(u32);

/// An exception handler.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HandlerId(u32);

/// A jump table whose entries are bound one by one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct JumpTableId(u32);

/// How many registers were in use at some moment; see [`BytecodeBuilder::mark`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RegisterMark(u32);

/// One instruction before encoding. Jump fields hold labels, register fields the bits of [`Register`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    pub(crate) opcode: Opcode,
    pub(crate) fields: FieldWriter,
    pub(crate) position: Option<PendingPosition>,
    /// Removed by the peephole.
    pub(crate) dead: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingPosition {
    pub(crate) position: u32,
    pub(crate) is_statement: bool,
}

#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct LabelState {
    /// Index of the instruction that follows.
    pub(crate) bound: Option<usize>,
    pub(crate) referenced: bool,
}

struct HandlerState {
    context: Register,
    prediction: CatchPrediction,
    label: Label,
    open: Option<usize>,
}

struct Region {
    start: usize,
    end: usize,
    handler: HandlerId,
}

struct TableState {
    constant: ConstIndex,
    base: i32,
    labels: Vec<Label>,
}

impl FieldValue for Label {
    fn write(self, out: &mut FieldWriter) {
        out.push(self.0);
    }

    fn read(_: &mut crate::opcode::FieldReader<'_>) -> Option<Self> {
        None
    }
}

/// Collects one function. See the module documentation.
pub struct BytecodeBuilder {
    info: Arc<FunctionInfo>,
    code: Vec<Pending>,
    labels: Vec<LabelState>,
    handlers: Vec<HandlerState>,
    regions: Vec<Region>,
    tables: Vec<TableState>,
    /// The index in `tables` of the table behind a constant.
    table_indices: FxHashMap<ConstIndex, usize>,
    constants: Vec<Constant>,
    constant_indices: FxHashMap<Constant, ConstIndex>,
    slots: Vec<SlotKind>,
    inner: Vec<FunctionUnit>,
    next_register: u32,
    register_count: u32,
    reachable: bool,
    position: Option<PendingPosition>,
    new_target_or_generator: Option<Register>,
    module: Option<Box<ModuleInfo>>,
}

macro_rules! define_methods {
    ($( $(#[doc = $doc:literal])+ $name:ident $method:ident ( $($op:ident : $kind:ident),* )
        | $acc:ident | $flow:ident | [$($effect:ident)*] | $call:ident | $feedback:ident ; )*) => {
        /// One method per instruction.
        impl BytecodeBuilder {
            $(
                $(#[doc = $doc])+
                pub fn $method(&mut self, $($op: operand_type!($kind, Label)),*) {
                    let fields = FieldWriter::default()$(.with($op))*;
                    self.emit(Opcode::$name, fields);
                }
            )*
        }
    };
}

crate::for_each_instruction!(define_methods);

impl BytecodeBuilder {
    /// Starts the function that `info` describes.
    pub fn new(info: impl Into<Arc<FunctionInfo>>) -> BytecodeBuilder {
        BytecodeBuilder {
            info: info.into(),
            code: Vec::new(),
            labels: Vec::new(),
            handlers: Vec::new(),
            regions: Vec::new(),
            tables: Vec::new(),
            table_indices: FxHashMap::default(),
            constants: Vec::new(),
            constant_indices: FxHashMap::default(),
            slots: Vec::new(),
            inner: Vec::new(),
            next_register: 0,
            register_count: 0,
            reachable: true,
            position: None,
            new_target_or_generator: None,
            module: None,
        }
    }

    fn emit(&mut self, opcode: Opcode, fields: FieldWriter) {
        debug_assert!(!opcode.is_prefix(), "prefixes are chosen by the encoder");
        if !self.reachable {
            return;
        }
        for (index, kind) in crate::encode::field_kinds(opcode).enumerate() {
            let field = fields.fields[index];
            match kind {
                OperandKind::Jump => {
                    let label = &mut self.labels[field as usize];
                    debug_assert!(
                        label.bound.is_none() || opcode == Opcode::JumpLoop,
                        "{opcode} jumps backwards"
                    );
                    label.referenced = true;
                }
                OperandKind::Slot => debug_assert!(
                    self.slots.get(field as usize).is_some_and(|kind| opcode
                        .info()
                        .feedback
                        .kinds()
                        .contains(kind)),
                    "{opcode} cannot use slot s{field}"
                ),
                _ => {}
            }
        }
        self.code.push(Pending { opcode, fields, position: self.position.take(), dead: false });
        self.reachable = opcode.info().flow.falls_through();
        if matches!(opcode, Opcode::SwitchOnSmi | Opcode::SwitchOnGeneratorState) {
            let index = usize::from(opcode == Opcode::SwitchOnGeneratorState);
            let constant = ConstIndex(fields.fields[index]);
            if let Some(&table) = self.table_indices.get(&constant) {
                for label in &self.tables[table].labels {
                    self.labels[label.0 as usize].referenced = true;
                }
            }
        }
    }

    /// Whether the next instruction can be reached; otherwise it is dropped.
    pub fn is_reachable(&self) -> bool {
        self.reachable
    }

    // Labels, jumps, tables, handlers.

    /// A new label, to be bound later.
    pub fn new_label(&mut self) -> Label {
        self.labels.push(LabelState::default());
        Label(self.labels.len() as u32 - 1)
    }

    /// Puts `label` here. If something jumps to it, the code that follows is reachable.
    ///
    /// # Panics
    /// If the label is bound already.
    pub fn bind(&mut self, label: Label) {
        let state = &mut self.labels[label.0 as usize];
        assert!(state.bound.is_none(), "label is bound twice");
        state.bound = Some(self.code.len());
        self.reachable |= state.referenced;
    }

    /// A new label bound here, for [`jump_loop`](Self::jump_loop) to jump back to.
    pub fn bind_loop_header(&mut self) -> Label {
        let label = self.new_label();
        self.labels[label.0 as usize].bound = Some(self.code.len());
        label
    }

    /// A jump table for the integers from `base`, with `count` entries. All cases that will be bound must exist before the
    /// switch is emitted; entries that are never bound fall through.
    pub fn new_jump_table(&mut self, base: i32, count: usize) -> JumpTableId {
        let constant = ConstIndex(self.constants.len() as u32);
        self.constants.push(Constant::JumpTable(JumpTable { base, targets: vec![None; count] }));
        let labels = (0..count).map(|_| self.new_label()).collect();
        self.table_indices.insert(constant, self.tables.len());
        self.tables.push(TableState { constant, base, labels });
        JumpTableId(self.tables.len() as u32 - 1)
    }

    /// The table's operand for [`switch_on_smi`](Self::switch_on_smi) and [`switch_on_generator_state`](Self::switch_on_generator_state).
    pub fn jump_table_constant(&self, table: JumpTableId) -> ConstIndex {
        self.tables[table.0 as usize].constant
    }

    /// Makes room for one more entry at the end of `table`, for tables whose size is not known when their switch is
    /// emitted (suspend points), and gives its integer. Where the present code cannot be reached, neither can the entry.
    pub fn add_case(&mut self, table: JumpTableId) -> i32 {
        let label = self.new_label();
        self.labels[label.0 as usize].referenced = self.reachable;
        let table = &mut self.tables[table.0 as usize];
        table.labels.push(label);
        table.base + table.labels.len() as i32 - 1
    }

    /// Puts the entry for `value` here.
    ///
    /// # Panics
    /// If `value` is outside of the table or bound already.
    pub fn bind_case(&mut self, table: JumpTableId, value: i32) {
        let table = &self.tables[table.0 as usize];
        let label = table.labels[(value - table.base) as usize];
        self.bind(label);
    }

    /// A new exception handler; `context` is the register that holds the context to restore. It must not change while
    /// an instruction covered by the handler can run.
    pub fn new_handler(&mut self, context: Register, prediction: CatchPrediction) -> HandlerId {
        let label = self.new_label();
        self.handlers.push(HandlerState { context, prediction, label, open: None });
        HandlerId(self.handlers.len() as u32 - 1)
    }

    /// From here on exceptions go to `handler`. A handler may cover several ranges, one after another.
    pub fn begin_try(&mut self, handler: HandlerId) {
        let at = self.code.len();
        let state = &mut self.handlers[handler.0 as usize];
        assert!(state.open.is_none(), "try region is open already");
        state.open = Some(at);
    }

    /// Ends the range begun last for `handler`. Ranges inside it have ended before.
    pub fn end_try(&mut self, handler: HandlerId) {
        let state = &mut self.handlers[handler.0 as usize];
        let start = state.open.take().expect("no try region is open");
        let (end, label) = (self.code.len(), state.label);
        if start < end {
            self.regions.push(Region { start, end, handler });
            self.labels[label.0 as usize].referenced = true;
        }
    }

    /// Puts the handler's code here; the exception is in the accumulator.
    pub fn bind_handler(&mut self, handler: HandlerId) {
        debug_assert!(self.handlers[handler.0 as usize].open.is_none(), "the handler covers itself");
        self.bind(self.handlers[handler.0 as usize].label);
    }

    // Registers.

    /// A new register, in use until a [`release`](Self::release) to an earlier mark.
    pub fn new_register(&mut self) -> Register {
        self.new_registers(1).first
    }

    /// `count` consecutive new registers.
    pub fn new_registers(&mut self, count: u32) -> RegisterRange {
        let first = Register::local(self.next_register);
        self.next_register += count;
        self.register_count = self.register_count.max(self.next_register);
        RegisterRange { first, count }
    }

    /// The present state of register allocation.
    pub fn mark(&self) -> RegisterMark {
        RegisterMark(self.next_register)
    }

    /// Frees every register allocated since `mark`.
    pub fn release(&mut self, mark: RegisterMark) {
        debug_assert!(mark.0 <= self.next_register, "registers are released in the wrong order");
        self.next_register = mark.0;
    }

    /// Names the local that receives `new.target` or the generator object at entry.
    pub fn set_new_target_or_generator(&mut self, register: Register) {
        self.new_target_or_generator = Some(register);
    }

    // Constants, slots, inner functions.

    /// The index of `constant`, shared with an equal one (jump tables and templates are never shared).
    pub fn constant(&mut self, constant: Constant) -> ConstIndex {
        let index = ConstIndex(self.constants.len() as u32);
        if matches!(constant, Constant::Template(_)) {
            // Each tagged template is a site with an object of its own, which lives in the constant's place.
            self.constants.push(constant);
            return index;
        }
        if let Some(&index) = self.constant_indices.get(&constant) {
            return index;
        }
        self.constants.push(constant.clone());
        self.constant_indices.insert(constant, index);
        index
    }

    /// A constant of its own, even if an equal one exists.
    pub fn unique_constant(&mut self, constant: Constant) -> ConstIndex {
        self.constants.push(constant);
        ConstIndex(self.constants.len() as u32 - 1)
    }

    /// A string constant.
    pub fn string(&mut self, string: impl Into<JsString>) -> ConstIndex {
        self.constant(Constant::String(string.into()))
    }

    /// A well-known symbol constant.
    pub fn symbol(&mut self, symbol: WellKnownSymbol) -> ConstIndex {
        self.constant(Constant::Symbol(symbol))
    }

    /// A new feedback slot.
    pub fn slot(&mut self, kind: SlotKind) -> SlotIndex {
        self.slots.push(kind);
        SlotIndex(self.slots.len() as u32 - 1)
    }

    /// Adds an inner function and gives the constant that names it.
    pub fn function(&mut self, unit: FunctionUnit) -> ConstIndex {
        self.inner.push(unit);
        self.constant(Constant::Function(self.inner.len() as u32 - 1))
    }

    /// Gives the function its module record.
    pub fn set_module(&mut self, module: ModuleInfo) {
        self.module = Some(Box::new(module));
    }

    // Source positions.

    /// A statement begins at byte `position` of the source, with the next instruction.
    pub fn statement_position(&mut self, position: u32) {
        self.position = Some(PendingPosition { position, is_statement: true });
    }

    /// The next instruction belongs to the expression at byte `position` of the source. A statement that begins with the
    /// same instruction still counts as beginning there.
    pub fn expression_position(&mut self, position: u32) {
        let is_statement = self.position.is_some_and(|pending| pending.is_statement);
        self.position = Some(PendingPosition { position, is_statement });
    }

    // Convenience.

    /// acc = the number `value`, by the shortest instruction.
    pub fn load_number(&mut self, value: f64) {
        let smi = value as i32;
        if f64::from(smi) == value && (smi != 0 || value.is_sign_positive()) {
            self.load_smi(smi);
        } else {
            let constant = self.constant(Constant::Double(DoubleBits::new(value)));
            self.lda_constant(constant);
        }
    }

    /// acc = the integer `value`, by the shortest instruction.
    pub fn load_smi(&mut self, value: i32) {
        if value == 0 { self.lda_zero() } else { self.lda_smi(value) }
    }

    /// acc = a string.
    pub fn load_string(&mut self, string: impl Into<JsString>) {
        let constant = self.string(string);
        self.lda_constant(constant);
    }

    /// acc = true or false.
    pub fn load_boolean(&mut self, value: bool) {
        if value { self.lda_true() } else { self.lda_false() }
    }

    /// Calls `callee` with `args`, which begin with the receiver, by the shortest `CallProperty…` form.
    pub fn call_with_receiver(&mut self, callee: Register, args: RegisterRange, slot: SlotIndex) {
        match args.count {
            1 => self.call_property0(callee, args.first, slot),
            2 => self.call_property1(callee, args.get(0), args.get(1), slot),
            3 => self.call_property2(callee, args.get(0), args.get(1), args.get(2), slot),
            _ => self.call_property(callee, args, slot),
        }
    }

    /// Calls `callee` with an undefined receiver and `args`, by the shortest `CallUndefinedReceiver…` form.
    pub fn call_without_receiver(&mut self, callee: Register, args: RegisterRange, slot: SlotIndex) {
        match args.count {
            0 => self.call_undefined_receiver0(callee, slot),
            1 => self.call_undefined_receiver1(callee, args.get(0), slot),
            2 => self.call_undefined_receiver2(callee, args.get(0), args.get(1), slot),
            _ => self.call_undefined_receiver(callee, args, slot),
        }
    }

    fn optimize(&mut self) {
        let (tables, table_indices, labels) = (&self.tables, &self.table_indices, &self.labels);
        let table_labels = |constant: u32| -> Vec<u32> {
            table_indices
                .get(&ConstIndex(constant))
                .into_iter()
                .flat_map(|&table| tables[table].labels.iter().map(|label| label.0))
                .filter(|&label| labels[label as usize].referenced)
                .collect()
        };
        let regions: Vec<_> = self
            .regions
            .iter()
            .map(|region| (region.start, region.end, self.handlers[region.handler.0 as usize].label.0))
            .collect();
        let context = peephole::Context { labels, table_labels: &table_labels, regions: &regions };
        peephole::optimize(&mut self.code, &context);
    }

    /// Encodes everything.
    ///
    /// If the end of the code can be reached, a `LdaUndefined; Return` is added.
    ///
    /// # Panics
    /// If a label that is jumped to was never bound, or a try region is open. In debug builds also if the code does not
    /// pass the verifier.
    pub fn finish(mut self) -> CodeBlock {
        self.end_code();
        self.optimize();
        self.encode()
    }

    /// `finish` without the peephole pass, for comparison.
    #[cfg(test)]
    pub(crate) fn finish_unoptimized(mut self) -> CodeBlock {
        self.end_code();
        self.encode()
    }

    fn end_code(&mut self) {
        if self.reachable || self.code.is_empty() {
            self.reachable = true;
            self.lda_undefined();
            self.return_();
        }
        assert!(self.handlers.iter().all(|handler| handler.open.is_none()), "a try region is still open");
    }

    fn encode(mut self) -> CodeBlock {
        let offsets = self.lay_out();
        let (bytecode, positions) = self.encode_instructions(&offsets);
        let handlers = self.encode_handlers(&offsets);
        self.fill_jump_tables(&offsets);
        let code = CodeBlock {
            info: self.info,
            register_count: self.register_count,
            new_target_or_generator: self.new_target_or_generator,
            bytecode: bytecode.into(),
            constants: self.constants.into(),
            handlers: HandlerTable::new(handlers),
            positions: SourcePositionTable::encode(positions),
            feedback: FeedbackLayout::new(self.slots),
            inner: self.inner.into(),
            module: self.module,
        };
        #[cfg(debug_assertions)]
        if let Err(error) = crate::verify::verify(&code) {
            panic!("invalid bytecode for {}: {error}", code.info.name);
        }
        code
    }

    /// Settles registers and widths. Gives where each instruction starts, and where the code ends; dead instructions have the
    /// offset of what follows.
    fn lay_out(&mut self) -> Vec<u32> {
        let mut offsets = Vec::with_capacity(self.code.len() + 1);
        let mut offset = 0u32;
        for pending in &mut self.code {
            offsets.push(offset);
            if pending.dead {
                continue;
            }
            for (index, kind) in crate::encode::field_kinds(pending.opcode).enumerate() {
                if kind.is_register() {
                    let field = &mut pending.fields.fields[index];
                    *field = Register::from_bits(*field).to_operand(self.register_count);
                }
            }
            let width = width_of(pending.opcode, &pending.fields.fields[..pending.fields.len as usize]);
            offset += width.instruction_size(pending.opcode) as u32;
        }
        offsets.push(offset);
        offsets
    }

    /// The offset of a label that something jumps to.
    fn target(&self, offsets: &[u32], label: Label) -> u32 {
        let index = self.labels[label.0 as usize].bound.expect("a label that is jumped to is not bound");
        offsets[index]
    }

    fn encode_instructions(&self, offsets: &[u32]) -> (Vec<u8>, Vec<SourcePosition>) {
        let end = offsets[self.code.len()];
        let mut bytecode = Vec::with_capacity(end as usize);
        let mut positions: Vec<SourcePosition> = Vec::new();
        for (index, pending) in self.code.iter().enumerate() {
            // A dropped instruction hands a statement's beginning on to the next one.
            if let Some(position) = pending.position
                && (!pending.dead || position.is_statement)
                && offsets[index] < end
            {
                let entry = SourcePosition {
                    offset: offsets[index],
                    position: position.position,
                    is_statement: position.is_statement,
                };
                match positions.last_mut() {
                    Some(last) if last.offset == entry.offset => {
                        *last =
                            SourcePosition { is_statement: last.is_statement || entry.is_statement, ..entry };
                    }
                    _ => positions.push(entry),
                }
            }
            if pending.dead {
                continue;
            }
            let mut fields = pending.fields;
            for (field, kind) in crate::encode::field_kinds(pending.opcode).enumerate() {
                if kind == OperandKind::Jump {
                    let label = Label(fields.fields[field]);
                    fields.fields[field] = self.target(offsets, label).wrapping_sub(offsets[index]);
                }
            }
            let fields = &fields.fields[..fields.len as usize];
            encode_into(&mut bytecode, pending.opcode, width_of(pending.opcode, fields), fields);
        }
        (bytecode, positions)
    }

    /// The regions that cover any code.
    fn encode_handlers(&self, offsets: &[u32]) -> Vec<Handler> {
        self.regions
            .iter()
            .map(|region| {
                let state = &self.handlers[region.handler.0 as usize];
                Handler {
                    start: offsets[region.start],
                    end: offsets[region.end],
                    handler: self.target(offsets, state.label),
                    context: state.context,
                    prediction: state.prediction,
                }
            })
            .filter(|handler| handler.start < handler.end)
            .collect()
    }

    /// Writes the targets of jump tables into their constants; cases that nothing reaches have none.
    fn fill_jump_tables(&mut self, offsets: &[u32]) {
        let end = offsets[self.code.len()];
        for table in &self.tables {
            let targets = table
                .labels
                .iter()
                .map(|label| self.labels[label.0 as usize])
                .map(|state| state.bound.filter(|_| state.referenced).map(|index| offsets[index]))
                .map(|target| target.filter(|&target| target < end))
                .collect();
            self.constants[table.constant.index()] =
                Constant::JumpTable(JumpTable { base: table.base, targets });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::FunctionKind;
    use crate::opcode::Instruction;

    #[test]
    fn receiver_and_parameters_follow_the_last_register() {
        let mut info = FunctionInfo::new("f", FunctionKind::Normal);
        info.formal_count = 1;
        let mut b = BytecodeBuilder::new(info);
        let slot = b.slot(SlotKind::BinaryOp);
        b.ldar(Register::parameter(0));
        b.add(Register::THIS, slot);
        let temporary = b.new_registers(300).get(299);
        b.star(temporary);
        let code = b.finish();
        let typed: Vec<Instruction> =
            code.instructions().map(|raw| raw.unwrap().typed(code.register_count).unwrap()).collect();
        assert_eq!(
            typed,
            [
                Instruction::Ldar { src: Register::parameter(0) },
                Instruction::Add { lhs: Register::THIS, slot },
                Instruction::Star { dst: Register::local(299) },
                Instruction::LdaUndefined {},
                Instruction::Return {},
            ]
        );
    }
}
