//! The text form.
//!
//! ```text
//! b0:
//!   v0 = ParameterCallee
//!   v3: int32 = CheckInt32 v1 [f0]
//!   Jump b1(v3)
//! b1(v4: int32): loop fn0@6 from b0, b3
//!   …
//! f0 = fn0@2 before {closure v0, context v2, this v5, a0 v1, r0 v3, acc v4} outer f7
//! ```
//!
//! Tagged results show no representation. States stand in brackets: eager bare, `lazy`, `catch`; they are listed after the
//! blocks. The text is stable: cells, shapes and functions show by their number and, where [`Names`] knows one, their name.

use std::fmt::{self, Write as _};

use super::ops::Op;
use super::state::{FrameFlavor, FrameSlot, FrameState, ResultLocation, StateKind};
use super::store::{BlockId, Graph, NodeId, Terminator};
use super::types::{ArgumentsClass, Captured, CellRef, FrameStateId, Repr, ShapeRef, TaggedConst, TargetRef};

/// Names of what the graph refers to by number.
pub trait Names {
    /// What a cell is.
    fn cell(&self, cell: CellRef) -> Option<String>;
    /// A shape's properties.
    fn shape(&self, shape: ShapeRef) -> Option<String>;
    /// A call target's name.
    fn target(&self, target: TargetRef) -> Option<String>;
}

/// Nothing has a name.
#[derive(Clone, Copy, Debug)]
pub struct NoNames;

impl Names for NoNames {
    fn cell(&self, _: CellRef) -> Option<String> {
        None
    }
    fn shape(&self, _: ShapeRef) -> Option<String> {
        None
    }
    fn target(&self, _: TargetRef) -> Option<String> {
        None
    }
}

impl Graph {
    /// The text of the graph with names.
    pub fn to_text(&self, names: &dyn Names) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write(self, names, &mut text);
        text
    }
}

pub(super) fn write(graph: &Graph, names: &dyn Names, f: &mut dyn fmt::Write) -> fmt::Result {
    let mut printer =
        Printer { graph, names, used: vec![false; graph.state_count()], legend: Legend::default() };
    let mut body = String::new();
    for &block in graph.order() {
        printer.block(block, &mut body)?;
    }
    f.write_str(&body)?;
    printer.states(f)?;
    printer.legend(f)
}

#[derive(Default)]
struct Legend {
    cells: Vec<CellRef>,
    shapes: Vec<ShapeRef>,
    targets: Vec<TargetRef>,
}

struct Printer<'a> {
    graph: &'a Graph,
    names: &'a dyn Names,
    used: Vec<bool>,
    legend: Legend,
}

fn note<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

impl Printer<'_> {
    fn block(&mut self, block: BlockId, f: &mut String) -> fmt::Result {
        let data = self.graph.block(block);
        write!(f, "{block}")?;
        if !data.parameters.is_empty() {
            f.push('(');
            for (i, &parameter) in data.parameters.iter().enumerate() {
                write!(f, "{}{}", if i == 0 { "" } else { ", " }, self.typed(parameter))?;
            }
            f.push(')');
        }
        f.push(':');
        if let Some(info) = data.loop_info {
            write!(f, " loop {}@{}", info.function, info.offset)?;
            if let Some(state) = info.entry_state {
                write!(f, " entry {}", self.state(state))?;
            }
        }
        for (i, predecessor) in data.predecessors.iter().enumerate() {
            write!(f, "{}{predecessor}", if i == 0 { " from " } else { ", " })?;
        }
        f.push('\n');
        for &node in &data.nodes {
            self.node(node, f)?;
        }
        self.terminator(&data.terminator, f)
    }

    fn typed(&self, node: NodeId) -> String {
        match self.graph.repr(node) {
            Repr::Tagged => node.to_string(),
            repr => format!("{node}: {}", repr.text()),
        }
    }

    fn node(&mut self, node: NodeId, f: &mut String) -> fmt::Result {
        f.push_str("  ");
        let data = self.graph.node(node);
        if data.op.output() != Repr::None {
            write!(f, "{} = ", self.typed(node))?;
        }
        match &data.op {
            Op::CallHelper { helper } => write!(f, "CallHelper {}", helper.name())?,
            Op::GenericStep { step, .. } => {
                let step = self.graph.step(*step);
                write!(f, "GenericStep {} {}@{}", step.opcode, step.function, step.offset)?;
                if !step.outputs.is_empty() {
                    f.push_str(" ->");
                    step.outputs.iter().try_for_each(|r| write!(f, " r{r}"))?;
                }
            }
            op => {
                f.push_str(op.name());
                op.immediates(&mut |name, value| {
                    let _ = match name {
                        "known_cell" if format!("{value:?}") == "false" => Ok(()),
                        "known_cell" => write!(f, " cell"),
                        _ => write!(f, " {value:?}"),
                    };
                });
            }
        }
        self.note_references(&data.op);
        for (i, input) in self.graph.inputs(node).iter().enumerate() {
            write!(f, "{}{input}", if i == 0 { " " } else { ", " })?;
        }
        let states = data.states;
        for (name, state) in [("", states.eager), ("lazy ", states.lazy), ("catch ", states.catch)] {
            if let Some(state) = state {
                write!(f, " [{name}{}]", self.state(state))?;
            }
        }
        f.push('\n');
        Ok(())
    }

    fn note_references(&mut self, op: &Op) {
        match *op {
            Op::ConstTagged { value: TaggedConst::Cell(cell) }
            | Op::CheckValue { value: TaggedConst::Cell(cell), .. }
            | Op::CheckFeedbackCell { cell }
            | Op::CallNative { cell } => note(&mut self.legend.cells, cell),
            Op::CheckShape { shapes, .. } | Op::TestShape { shapes } => {
                shapes.as_slice().iter().for_each(|&s| note(&mut self.legend.shapes, s));
            }
            Op::StoreShape { shape }
            | Op::AllocateObject { shape, .. }
            | Op::AllocateArray { shape }
            | Op::CapturedObject {
                of:
                    Captured::Object { shape, .. }
                    | Captured::Array { shape }
                    | Captured::Arguments(ArgumentsClass { shape, .. })
                    | Captured::FrameArguments(ArgumentsClass { shape, .. })
                    | Captured::FrameRest { shape, .. },
                ..
            } => note(&mut self.legend.shapes, shape),
            Op::CapturedObject { of: Captured::Closure { template, feedback }, .. } => {
                note(&mut self.legend.cells, template);
                note(&mut self.legend.cells, feedback);
            }
            Op::CallKnown { target } | Op::CallKnownGeneric { target } | Op::ConstructKnown { target } => {
                note(&mut self.legend.targets, target);
            }
            _ => {}
        }
    }

    fn terminator(&mut self, terminator: &Terminator, f: &mut String) -> fmt::Result {
        f.push_str("  ");
        match terminator {
            Terminator::None => f.push_str("(open)"),
            Terminator::Jump(to, values) => {
                write!(f, "Jump {to}")?;
                for (i, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if i == 0 { "(" } else { ", " })?;
                }
                f.push_str(if values.is_empty() { "" } else { ")" });
            }
            Terminator::Branch(value, yes, no) => write!(f, "Branch {value}, {yes}, {no}")?,
            Terminator::Switch { value, base, targets, default } => {
                write!(f, "Switch {value}")?;
                for (i, target) in targets.iter().enumerate() {
                    write!(f, ", {}: {target}", base.wrapping_add(i as i32))?;
                }
                write!(f, ", default: {default}")?;
            }
            Terminator::Return(value) => write!(f, "Return {value}")?,
            Terminator::Deopt(reason, state) => {
                let state = self.state(*state);
                write!(f, "Deopt \"{}\" [{state}]", reason.text())?;
            }
            Terminator::Unreachable => f.push_str("Unreachable"),
        }
        f.push('\n');
        Ok(())
    }

    fn state(&mut self, state: FrameStateId) -> FrameStateId {
        let mut next = Some(state);
        while let Some(id) = next {
            if std::mem::replace(&mut self.used[id.index()], true) {
                break;
            }
            next = self.graph.state(id).outer;
        }
        state
    }

    fn states(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        for (index, _) in self.used.iter().enumerate().filter(|(_, used)| **used) {
            let id = FrameStateId(index as u32);
            writeln!(f, "{id} = {}", self.graph.state(id))?;
        }
        Ok(())
    }

    fn legend(&mut self, f: &mut dyn fmt::Write) -> fmt::Result {
        self.legend.cells.sort_unstable();
        self.legend.shapes.sort_unstable();
        self.legend.targets.sort_unstable();
        for &cell in &self.legend.cells {
            if let Some(name) = self.names.cell(cell) {
                writeln!(f, "{cell} = {name}")?;
            }
        }
        for &shape in &self.legend.shapes {
            if let Some(name) = self.names.shape(shape) {
                writeln!(f, "{shape} = {name}")?;
            }
        }
        for &target in &self.legend.targets {
            if let Some(name) = self.names.target(target) {
                writeln!(f, "{target} = {name}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for FrameSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameSlot::Closure => f.write_str("closure"),
            FrameSlot::Context => f.write_str("context"),
            FrameSlot::Receiver => f.write_str("this"),
            FrameSlot::Argument(i) => write!(f, "a{i}"),
            FrameSlot::Register(r) => write!(f, "r{r}"),
            FrameSlot::Accumulator => f.write_str("acc"),
        }
    }
}

impl fmt::Display for FrameState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} ", self.function, self.offset)?;
        match self.kind {
            StateKind::Before => f.write_str("before")?,
            StateKind::After(ResultLocation::Accumulator) => f.write_str("after -> acc")?,
            StateKind::After(ResultLocation::Register(r)) => write!(f, "after -> r{r}")?,
            StateKind::After(ResultLocation::Ignore) => f.write_str("after")?,
            StateKind::Catch => f.write_str("catch")?,
        }
        match self.flavor {
            FrameFlavor::Call => {}
            FrameFlavor::Construct => f.write_str(" construct")?,
            FrameFlavor::ConstructDerived => f.write_str(" construct-derived")?,
            FrameFlavor::Getter => f.write_str(" getter")?,
            FrameFlavor::Setter => f.write_str(" setter")?,
        }
        f.write_str(" {")?;
        for (i, (slot, value)) in self.values().enumerate() {
            write!(f, "{}{slot} {value}", if i == 0 { "" } else { ", " })?;
        }
        f.write_str("}")?;
        if let Some(count) = self.argument_count {
            write!(f, " argc {count}")?;
        }
        if self.has_handler {
            f.write_char('!')?;
        }
        if let Some(outer) = self.outer {
            write!(f, " outer {outer}")?;
        }
        Ok(())
    }
}
