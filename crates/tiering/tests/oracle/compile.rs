//! Makes programs of the little language from bytes, as code and as a graph that bets at random.

use unspool_tiering::graph::{
    Barrier, BlockId, Condition, DeoptReason, FrameFlavor, FrameState, FrameStateId, FunctionRef, Graph,
    Helper, LoopInfo, Memory, NodeId, Op, Repr, ResultLocation, ShapeRef, ShapeSet, StateKind, States,
    TaggedConst, Terminator,
};

use super::world::{ALL_REGISTERS, Arith, Instruction, Js, REGISTERS, Seen};

pub(crate) const FIRST_FIELD: u32 = 24;

pub(crate) struct Program {
    pub(crate) code: Vec<Instruction>,
    pub(crate) graph: Graph,
}

struct Compiler<'a> {
    bytes: std::slice::Iter<'a, u8>,
    code: Vec<Instruction>,
    graph: Graph,
    block: BlockId,
    callee: NodeId,
    registers: Vec<NodeId>,
    loops: u8,
    depth: u8,
    /// Set when the block has ended and nothing follows.
    ended: bool,
}

pub(crate) const CONSTANTS: [Js; 12] = [
    Js::Number(0.0),
    Js::Number(1.0),
    Js::Number(-1.0),
    Js::Number(7.0),
    Js::Number(i32::MAX as f64),
    Js::Number(i32::MIN as f64),
    Js::Number(-0.0),
    Js::Number(1.5),
    Js::Number(f64::NAN),
    Js::Bool(true),
    Js::Bool(false),
    Js::Undefined,
];

pub(crate) fn constant(value: Js) -> TaggedConst {
    match value {
        Js::Undefined => TaggedConst::UNDEFINED,
        Js::Bool(b) => TaggedConst::bool(b),
        Js::Number(n) => TaggedConst::Bits(unspool_values::Value::from_f64(n).bits()),
        Js::Object(_) => unreachable!("no constant is an object"),
    }
}

pub(crate) fn compile(bytes: &[u8]) -> Program {
    let mut graph = Graph::new();
    let block = graph.add_block();
    let callee = graph.add(block, Op::ParameterCallee {}, &[], States::NONE);
    let mut registers: Vec<NodeId> =
        (0..3).map(|index| graph.add(block, Op::ParameterFormal { index }, &[], States::NONE)).collect();
    let undefined = graph.add(block, Op::ConstTagged { value: TaggedConst::UNDEFINED }, &[], States::NONE);
    registers.resize(ALL_REGISTERS as usize, undefined);
    let mut compiler = Compiler {
        bytes: bytes.iter(),
        code: Vec::new(),
        graph,
        block,
        callee,
        registers,
        loops: 0,
        depth: 0,
        ended: false,
    };
    compiler.statements();
    if !compiler.ended {
        let result = compiler.tagged(0);
        compiler.code.push(Instruction::Return(0));
        compiler.graph.terminate(compiler.block, Terminator::Return(result));
    }
    compiler.graph.finish();
    Program { code: compiler.code, graph: compiler.graph }
}

impl Compiler<'_> {
    fn byte(&mut self) -> Option<u8> {
        self.bytes.next().copied()
    }
    fn any_register(&mut self) -> u8 {
        self.byte().unwrap_or(0) % REGISTERS
    }

    fn statements(&mut self) {
        while !self.ended {
            let Some(byte) = self.byte() else { return };
            if byte % 16 == 15 {
                return;
            }
            self.statement(byte);
        }
    }

    fn statement(&mut self, byte: u8) {
        match byte % 16 {
            0 => {
                let (r, which) = (self.any_register(), self.byte().unwrap_or(0) as usize);
                let value = CONSTANTS[which % CONSTANTS.len()];
                self.constant(r, value);
            }
            1 => {
                let (r, a) = (self.any_register(), self.any_register());
                self.code.push(Instruction::Move(r, a));
                self.registers[r as usize] = self.registers[a as usize];
            }
            2..=6 => {
                const OPS: [Arith; 9] = [
                    Arith::Add,
                    Arith::Sub,
                    Arith::Mul,
                    Arith::Div,
                    Arith::Mod,
                    Arith::Or,
                    Arith::Shr,
                    Arith::Less,
                    Arith::Equal,
                ];
                let (r, a, b) = (self.any_register(), self.any_register(), self.any_register());
                let op = OPS[(byte / 16) as usize % OPS.len()];
                let seen = [Seen::Int, Seen::Int, Seen::Float, Seen::Oddball][(byte % 4) as usize];
                self.arith(op, seen, r, a, b);
            }
            7 => {
                let r = self.any_register();
                self.code.push(Instruction::New(r));
                let op = Op::AllocateObject { shape: ShapeRef(0), inline_slots: 2 };
                self.registers[r as usize] = self.emit(op, &[]);
            }
            8 | 9 => {
                let (r, a, field) = (self.any_register(), self.any_register(), byte / 16 % 2);
                let object = self.checked(a, byte / 32);
                self.code.push(Instruction::Load(r, a, field));
                let op =
                    Op::LoadField { offset: FIRST_FIELD + 8 * u32::from(field), memory: Memory::Property };
                self.registers[r as usize] = self.emit(op, &[object]);
            }
            10 => {
                let (a, b, field) = (self.any_register(), self.any_register(), byte / 16 % 2);
                let object = self.checked(a, byte / 32);
                let value = self.tagged(b);
                self.code.push(Instruction::Store(a, field, b));
                let offset = FIRST_FIELD + 8 * u32::from(field);
                let op = Op::StoreField { offset, memory: Memory::Property, barrier: Barrier::IfCell };
                self.emit(op, &[object, value]);
            }
            11 => {
                let a = self.any_register();
                let object = self.checked(a, 0);
                self.code.push(Instruction::Grow(a));
                self.emit(Op::StoreShape { shape: ShapeRef(1) }, &[object]);
            }
            12 => {
                let (r, a) = (self.any_register(), self.any_register());
                let argument = self.tagged(a);
                let state = self.state(StateKind::After(ResultLocation::Register(u32::from(r))), Some(r));
                self.code.push(Instruction::Call(r, a));
                let inputs = [self.callee, self.callee, argument];
                self.registers[r as usize] =
                    self.graph.add(self.block, Op::Call {}, &inputs, States::lazy(state));
            }
            13 if self.depth < 3 => self.branch(),
            14 if self.depth < 3 && self.loops < 5 => self.repeat(byte),
            _ => {}
        }
    }

    fn constant(&mut self, r: u8, value: Js) {
        self.code.push(Instruction::Const(r, value));
        self.registers[r as usize] = self.emit(Op::ConstTagged { value: constant(value) }, &[]);
    }

    fn emit(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        self.graph.add(self.block, op, inputs, States::NONE)
    }

    fn check(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        let state = self.state(StateKind::Before, None);
        self.graph.add(self.block, op, inputs, States::eager(state))
    }

    fn state(&mut self, kind: StateKind, without: Option<u8>) -> FrameStateId {
        self.graph.add_state(FrameState {
            function: FunctionRef(0),
            offset: self.code.len() as u32,
            kind,
            flavor: FrameFlavor::Call,
            has_handler: false,
            closure: self.callee,
            context: self.callee,
            receiver: self.callee,
            arguments: Vec::new(),
            argument_count: None,
            registers: (0..ALL_REGISTERS)
                .filter(|r| Some(*r) != without)
                .map(|r| (u32::from(r), self.registers[r as usize]))
                .collect(),
            accumulator: None,
            outer: None,
        })
    }

    fn checked(&mut self, a: u8, which: u8) -> NodeId {
        let value = self.tagged(a);
        let shapes = match which % 4 {
            0 | 3 => ShapeSet::one(ShapeRef(0)),
            1 => ShapeSet::one(ShapeRef(1)),
            _ => ShapeSet::from_slice(&[ShapeRef(0), ShapeRef(1)]).expect("two shapes"),
        };
        self.check(Op::CheckShape { shapes, known_cell: false }, &[value])
    }

    fn tag(&mut self, node: NodeId) -> NodeId {
        let op = match self.graph.repr(node) {
            Repr::Int32 => Op::TagInt32 {},
            Repr::Uint32 => Op::TagUint32 {},
            Repr::Float64 => Op::TagFloat64 {},
            Repr::Bool => Op::TagBool {},
            _ => return node,
        };
        self.emit(op, &[node])
    }
    fn tagged(&mut self, r: u8) -> NodeId {
        self.tag(self.registers[r as usize])
    }

    fn int32(&mut self, r: u8) -> NodeId {
        let node = self.registers[r as usize];
        match self.graph.repr(node) {
            Repr::Int32 => node,
            Repr::Uint32 => self.check(Op::CheckUint32IsInt32 {}, &[node]),
            Repr::Float64 => self.check(Op::CheckFloat64IsInt32 {}, &[node]),
            _ => {
                let node = self.tag(node);
                self.check(Op::CheckInt32 {}, &[node])
            }
        }
    }

    fn float64(&mut self, r: u8, seen: Seen) -> NodeId {
        let node = self.registers[r as usize];
        match self.graph.repr(node) {
            Repr::Int32 => self.emit(Op::Int32ToFloat64 {}, &[node]),
            Repr::Uint32 => self.emit(Op::Uint32ToFloat64 {}, &[node]),
            Repr::Float64 => node,
            _ => {
                let node = self.tag(node);
                let op =
                    if seen == Seen::Oddball { Op::CheckNumberOrOddball {} } else { Op::CheckFloat64 {} };
                self.check(op, &[node])
            }
        }
    }

    fn arith(&mut self, op: Arith, seen: Seen, r: u8, a: u8, b: u8) {
        let result = match (op, seen) {
            (Arith::Or | Arith::Shr, Seen::Int) | (_, Seen::Int) => {
                let (x, y) = (self.int32(a), self.int32(b));
                match op {
                    Arith::Add => self.check(Op::Int32AddChecked {}, &[x, y]),
                    Arith::Sub => self.check(Op::Int32SubChecked {}, &[x, y]),
                    Arith::Mul => self.check(Op::Int32MulChecked {}, &[x, y]),
                    Arith::Div => self.check(Op::Int32DivChecked {}, &[x, y]),
                    Arith::Mod => self.check(Op::Int32ModChecked {}, &[x, y]),
                    Arith::Or => self.emit(Op::Int32Or {}, &[x, y]),
                    Arith::Shr => self.emit(Op::Int32Shr {}, &[x, y]),
                    Arith::Less => self.emit(Op::Int32Compare { condition: Condition::Less }, &[x, y]),
                    Arith::Equal => self.emit(Op::Int32Compare { condition: Condition::Equal }, &[x, y]),
                }
            }
            _ => {
                let (x, y) = (self.float64(a, seen), self.float64(b, seen));
                match op {
                    Arith::Add => self.emit(Op::Float64Add {}, &[x, y]),
                    Arith::Sub => self.emit(Op::Float64Sub {}, &[x, y]),
                    Arith::Mul => self.emit(Op::Float64Mul {}, &[x, y]),
                    Arith::Div => self.emit(Op::Float64Div {}, &[x, y]),
                    Arith::Mod => self.emit(Op::CallHelper { helper: Helper::Float64Modulo }, &[x, y]),
                    Arith::Or | Arith::Shr => {
                        let (x, y) = (
                            self.emit(Op::TruncateFloat64 {}, &[x]),
                            self.emit(Op::TruncateFloat64 {}, &[y]),
                        );
                        let op = if op == Arith::Or { Op::Int32Or {} } else { Op::Int32Shr {} };
                        self.emit(op, &[x, y])
                    }
                    Arith::Less => self.emit(Op::Float64Compare { condition: Condition::Less }, &[x, y]),
                    Arith::Equal => self.emit(Op::Float64Compare { condition: Condition::Equal }, &[x, y]),
                }
            }
        };
        self.code.push(Instruction::Arith(op, r, a, b));
        self.registers[r as usize] = result;
    }

    /// The condition of a jump on a register, asked in one of several ways.
    fn condition(&mut self, r: u8) -> NodeId {
        let node = self.registers[r as usize];
        if self.graph.repr(node) == Repr::Bool {
            return node;
        }
        let node = self.tag(node);
        self.emit(Op::ToBoolean {}, &[node])
    }

    fn new_block(&mut self) -> BlockId {
        self.graph.add_block()
    }

    fn branch(&mut self) {
        let r = self.any_register();
        let jump = self.code.len();
        self.code.push(Instruction::JumpIfFalse(r, 0));
        let condition = self.condition(r);
        let (yes, no) = (self.new_block(), self.new_block());
        // A branch that was never taken is an exit.
        let never = self.byte().unwrap_or(0) % 8;
        self.graph.terminate(self.block, Terminator::Branch(condition, yes, no));
        let before = self.registers.clone();
        self.depth += 1;
        let mut ends = Vec::new();
        for (block, is_yes) in [(yes, true), (no, false)] {
            self.block = block;
            self.registers.clone_from(&before);
            self.ended = false;
            if !is_yes {
                let target = self.code.len() + 1;
                self.code[jump] = Instruction::JumpIfFalse(r, target);
                self.code.push(Instruction::Jump(0));
            }
            if never == u8::from(is_yes) {
                let state = self.state(StateKind::Before, None);
                self.graph.terminate(
                    block,
                    Terminator::Deopt(DeoptReason::InsufficientTypeFeedbackForBinaryOperation, state),
                );
                // The code behind the exit is there, but not in the graph.
                let (graph, registers) = (self.graph.clone(), self.registers.clone());
                self.block = self.new_block();
                self.statements();
                (self.graph, self.registers) = (graph, registers);
                if self.ended {
                    continue;
                }
                self.ended = true;
            } else {
                self.statements();
            }
            if !self.ended {
                ends.push((self.block, self.registers.clone()));
            }
        }
        self.depth -= 1;
        let end = self.code.len();
        let Some(skip) = (match self.code[jump] {
            Instruction::JumpIfFalse(_, target) => Some(target - 1),
            _ => None,
        }) else {
            return;
        };
        self.code[skip] = Instruction::Jump(end);
        self.ended = ends.is_empty();
        if self.ended {
            self.code.push(Instruction::Return(0));
            return;
        }
        let join = self.new_block();
        let mut values: Vec<Vec<NodeId>> = vec![Vec::new(); ends.len()];
        for r in 0..ALL_REGISTERS as usize {
            let first = ends[0].1[r];
            if ends.iter().all(|(_, registers)| registers[r] == first) {
                self.registers[r] = first;
                continue;
            }
            for (i, (block, registers)) in ends.iter().enumerate() {
                self.block = *block;
                let value = self.tag(registers[r]);
                values[i].push(value);
            }
            self.registers[r] = self.graph.add_parameter(join, Repr::Tagged);
        }
        for ((block, _), values) in ends.into_iter().zip(values) {
            self.graph.terminate(block, Terminator::Jump(join, values));
        }
        self.block = join;
    }

    fn repeat(&mut self, byte: u8) {
        let counter = REGISTERS + self.loops;
        self.loops += 1;
        let count = Js::Number(f64::from(byte / 16 % 4));
        let limit = ALL_REGISTERS - 1;
        self.constant(counter, Js::Number(0.0));
        let header_pc = self.code.len();
        let values: Vec<NodeId> = (0..ALL_REGISTERS).map(|r| self.tagged(r)).collect();
        self.registers.clone_from(&values);
        let entry_state = Some(self.state(StateKind::Before, None));
        let header = self.new_block();
        self.graph.terminate(self.block, Terminator::Jump(header, values));
        self.block = header;
        self.registers = (0..ALL_REGISTERS).map(|_| self.graph.add_parameter(header, Repr::Tagged)).collect();
        let info =
            LoopInfo { back_edge: None, function: FunctionRef(0), offset: header_pc as u32, entry_state };
        self.graph.block_mut(header).loop_info = Some(info);
        self.constant(limit, count);
        self.arith(Arith::Less, Seen::Int, limit, counter, limit);
        let jump = self.code.len();
        self.code.push(Instruction::JumpIfFalse(limit, 0));
        let condition = self.condition(limit);
        let (body, after) = (self.new_block(), self.new_block());
        self.graph.terminate(header, Terminator::Branch(condition, body, after));
        let at_exit = self.registers.clone();
        self.block = body;
        self.depth += 1;
        self.statements();
        self.depth -= 1;
        if !self.ended {
            self.constant(limit, Js::Number(1.0));
            self.arith(Arith::Add, Seen::Int, counter, counter, limit);
            let (eager, catch) = (self.state(StateKind::Before, None), self.state(StateKind::Catch, None));
            let states = States { eager: Some(eager), lazy: None, catch: Some(catch) };
            self.graph.add(self.block, Op::LoopInterruptCheck {}, &[], states);
            let values: Vec<NodeId> = (0..ALL_REGISTERS).map(|r| self.tagged(r)).collect();
            self.graph.terminate(self.block, Terminator::Jump(header, values));
            if let Some(info) = &mut self.graph.block_mut(header).loop_info {
                info.back_edge = Some(self.block);
            }
        }
        self.code.push(Instruction::Jump(header_pc));
        self.code[jump] = Instruction::JumpIfFalse(limit, self.code.len());
        self.block = after;
        self.registers = at_exit;
        self.ended = false;
    }
}
