//! Executes graphs. An exit goes on in the interpreter with the registers that its frame state describes.

use std::collections::HashMap;

use unspool_tiering::graph::{
    Captured, FrameStateId, Graph, Helper, NodeId, Op, ResultLocation, ShapeRef, StateKind, TaggedConst,
    TaggedTest, Terminator,
};

use super::compile::{FIRST_FIELD, Program};
use super::world::{ALL_REGISTERS, Js, World, interpret, to_int32};

#[derive(Clone, Debug)]
enum Value {
    Tagged(Js),
    Int32(i32),
    Uint32(u32),
    Float64(f64),
    Bool(bool),
    Captured(u32, u32, Vec<Value>),
    Reference(u32),
}

fn js(constant: TaggedConst) -> Js {
    match (constant, constant.number()) {
        (_, Some(number)) => Js::Number(number),
        (TaggedConst::TRUE, _) => Js::Bool(true),
        (TaggedConst::FALSE, _) => Js::Bool(false),
        _ => Js::Undefined,
    }
}

fn exact(n: f64) -> Option<i32> {
    let i = n as i32;
    (f64::from(i).to_bits() == n.to_bits()).then_some(i)
}

fn int_of(value: Js) -> Option<i32> {
    match value {
        Js::Number(n) => exact(n),
        _ => None,
    }
}

struct Machine<'a> {
    graph: &'a Graph,
    values: HashMap<NodeId, Value>,
    arguments: [Js; 3],
}

enum Step {
    Value(Value),
    Nothing,
    Exit,
}

/// Executes a graph; the `interrupt`th interrupt check leaves it, and so does the return of the `invalidate`th call.
pub(crate) fn execute(
    program: &Program,
    graph: &Graph,
    arguments: [Js; 3],
    (mut interrupt, mut invalidate): (u32, u32),
    world: &mut World,
) -> Js {
    let mut machine = Machine { graph, values: HashMap::new(), arguments };
    let mut block = Graph::ENTRY;
    let mut fuel = 100_000;
    let exit = |machine: &Machine<'_>, state: FrameStateId, world: &mut World, result: Option<Js>| {
        let mut registers = [Js::Undefined; ALL_REGISTERS as usize];
        let frame = machine.graph.state(state);
        let mut objects = HashMap::new();
        for &(register, node) in &frame.registers {
            registers[register as usize] = machine.boxed(&machine.values[&node], &mut objects, world);
        }
        let mut pc = frame.offset as usize;
        if let (StateKind::After(ResultLocation::Register(register)), Some(result)) = (frame.kind, result) {
            registers[register as usize] = result;
            pc += 1;
        }
        interpret(&program.code, pc, &mut registers, world)
    };
    loop {
        for &node in &graph.block(block).nodes {
            fuel -= 1;
            assert!(fuel > 0, "it does not end");
            if let Op::LoopInterruptCheck {} = graph.op(node) {
                interrupt = interrupt.wrapping_sub(1);
                if interrupt == 0 {
                    let state = graph.node(node).states.eager.expect("an eager state");
                    return exit(&machine, state, world, None);
                }
                continue;
            }
            match machine.step(node, world) {
                Step::Nothing => {}
                Step::Value(value) => {
                    if let (Op::Call {}, Value::Tagged(result)) = (graph.op(node), &value) {
                        invalidate = invalidate.wrapping_sub(1);
                        if invalidate == 0 {
                            let state = graph.node(node).states.lazy.expect("a lazy state");
                            return exit(&machine, state, world, Some(*result));
                        }
                    }
                    machine.values.insert(node, value);
                }
                Step::Exit => {
                    let state = graph.node(node).states.eager.expect("an eager state");
                    return exit(&machine, state, world, None);
                }
            }
        }
        block = match &graph.block(block).terminator {
            Terminator::Jump(to, values) => {
                let passed: Vec<Value> = values.iter().map(|v| machine.values[v].clone()).collect();
                for (parameter, value) in graph.block(*to).parameters.iter().zip(passed) {
                    machine.values.insert(*parameter, value);
                }
                *to
            }
            Terminator::Branch(condition, yes, no) => {
                if machine.bool(*condition) {
                    *yes
                } else {
                    *no
                }
            }
            Terminator::Return(value) => return machine.tagged(*value),
            Terminator::Deopt(_, state) => return exit(&machine, *state, world, None),
            other => panic!("{other:?}"),
        };
    }
}

impl Machine<'_> {
    fn tagged(&self, node: NodeId) -> Js {
        match &self.values[&node] {
            Value::Tagged(value) => *value,
            other => panic!("{node} is {other:?}"),
        }
    }
    fn int(&self, node: NodeId) -> i32 {
        match &self.values[&node] {
            Value::Int32(value) => *value,
            Value::Uint32(value) => *value as i32,
            other => panic!("{node} is {other:?}"),
        }
    }
    fn float(&self, node: NodeId) -> f64 {
        match &self.values[&node] {
            Value::Float64(value) => *value,
            other => panic!("{node} is {other:?}"),
        }
    }
    fn bool(&self, node: NodeId) -> bool {
        match &self.values[&node] {
            Value::Bool(value) => *value,
            other => panic!("{node} is {other:?}"),
        }
    }
    fn object(&self, node: NodeId) -> usize {
        match self.tagged(node) {
            Js::Object(id) => id,
            other => panic!("{node} is {other:?}, not an object"),
        }
    }

    /// What the deoptimizer makes of a value.
    fn boxed(&self, value: &Value, objects: &mut HashMap<u32, usize>, world: &mut World) -> Js {
        match value {
            Value::Tagged(value) => *value,
            Value::Int32(value) => Js::Number(f64::from(*value)),
            Value::Uint32(value) => Js::Number(f64::from(*value)),
            Value::Float64(value) => Js::Number(*value),
            Value::Bool(value) => Js::Bool(*value),
            Value::Reference(object) => Js::Object(objects[object]),
            Value::Captured(object, shape, fields) => {
                if let Some(&known) = objects.get(object) {
                    return Js::Object(known);
                }
                let id = world.allocate();
                objects.insert(*object, id);
                world.objects[id].shape = *shape;
                for (i, field) in fields.iter().enumerate() {
                    world.objects[id].fields[i] = self.boxed(field, objects, world);
                }
                Js::Object(id)
            }
        }
    }

    fn step(&self, node: NodeId, world: &mut World) -> Step {
        let inputs = self.graph.inputs(node);
        let t = |i: usize| self.tagged(inputs[i]);
        let n = |i: usize| self.int(inputs[i]);
        let f = |i: usize| self.float(inputs[i]);
        let b = |i: usize| self.bool(inputs[i]);
        let field = |offset: u32| ((offset - FIRST_FIELD) / 8) as usize;
        let checked = |value: Option<i32>| value.map_or(Step::Exit, |v| Step::Value(Value::Int32(v)));
        let value = match *self.graph.op(node) {
            Op::ConstInt32 { value } => Value::Int32(value),
            Op::ConstFloat64 { value } => Value::Float64(value.get()),
            Op::ConstBool { value } => Value::Bool(value),
            Op::ConstTagged { value } => Value::Tagged(js(value)),
            Op::ParameterCallee {} => Value::Tagged(Js::Undefined),
            Op::ParameterFormal { index } => Value::Tagged(self.arguments[index as usize]),
            Op::CheckShape { shapes, .. } => match t(0) {
                Js::Object(id) if shapes.as_slice().contains(&ShapeRef(world.objects[id].shape)) => {
                    Value::Tagged(t(0))
                }
                _ => return Step::Exit,
            },
            Op::CheckInt32 {} => return checked(int_of(t(0))),
            Op::CheckFloat64 {} => match t(0) {
                Js::Number(n) => Value::Float64(n),
                _ => return Step::Exit,
            },
            Op::CheckNumberOrOddball {} => match t(0) {
                Js::Object(_) => return Step::Exit,
                other => Value::Float64(other.number()),
            },
            Op::CheckBool {} => match t(0) {
                Js::Bool(b) => Value::Bool(b),
                _ => return Step::Exit,
            },
            Op::CheckFloat64IsInt32 {} => return checked(exact(f(0))),
            Op::CheckUint32IsInt32 {} => return checked(i32::try_from(n(0) as u32).ok()),
            Op::TagInt32 {} => Value::Tagged(Js::Number(f64::from(n(0)))),
            Op::TagUint32 {} => Value::Tagged(Js::Number(f64::from(n(0) as u32))),
            Op::TagFloat64 {} => Value::Tagged(Js::Number(f(0))),
            Op::TagBool {} => Value::Tagged(Js::Bool(b(0))),
            Op::UntagInt32 {} => Value::Int32(int_of(t(0)).unwrap_or(0)),
            Op::UntagFloat64 {} => Value::Float64(t(0).number()),
            Op::UntagBool {} => Value::Bool(matches!(t(0), Js::Bool(true))),
            Op::Int32ToFloat64 {} => Value::Float64(f64::from(n(0))),
            Op::Uint32ToFloat64 {} => Value::Float64(f64::from(n(0) as u32)),
            Op::TruncateFloat64 {} => Value::Int32(to_int32(f(0))),
            Op::Uint32AsInt32 {} => Value::Int32(n(0)),
            Op::Int32AsUint32 {} => Value::Uint32(n(0) as u32),
            Op::ToBoolean {} => Value::Bool(t(0).truth()),
            Op::Float64ToBoolean {} => Value::Bool(f(0) != 0.0 && !f(0).is_nan()),
            Op::BoolNot {} => Value::Bool(!b(0)),
            Op::TestTagged { test: TaggedTest::Number } => Value::Bool(matches!(t(0), Js::Number(_))),
            Op::Int32AddChecked {} => return checked(n(0).checked_add(n(1))),
            Op::Int32SubChecked {} => return checked(n(0).checked_sub(n(1))),
            Op::Int32MulChecked {} => return checked(exact(f64::from(n(0)) * f64::from(n(1)))),
            Op::Int32DivChecked {} => return checked(exact(f64::from(n(0)) / f64::from(n(1)))),
            Op::Int32ModChecked {} => return checked(exact(f64::from(n(0)) % f64::from(n(1)))),
            Op::Int32Add {} => Value::Int32(n(0).wrapping_add(n(1))),
            Op::Int32Sub {} => Value::Int32(n(0).wrapping_sub(n(1))),
            Op::Int32Mul {} => Value::Int32(n(0).wrapping_mul(n(1))),
            Op::Int32Or {} => Value::Int32(n(0) | n(1)),
            Op::Int32Shr {} => Value::Uint32((n(0) as u32) >> (n(1) as u32 & 31)),
            Op::Int32Compare { condition } => Value::Bool(condition.of(n(0), n(1))),
            Op::Float64Add {} => Value::Float64(f(0) + f(1)),
            Op::Float64Sub {} => Value::Float64(f(0) - f(1)),
            Op::Float64Mul {} => Value::Float64(f(0) * f(1)),
            Op::Float64Div {} => Value::Float64(f(0) / f(1)),
            Op::CallHelper { helper: Helper::Float64Modulo } => Value::Float64(f(0) % f(1)),
            Op::Float64Compare { condition } => Value::Bool(condition.of(f(0), f(1))),
            Op::AllocateObject { .. } => Value::Tagged(Js::Object(world.allocate())),
            Op::LoadField { offset, .. } => {
                Value::Tagged(world.objects[self.object(inputs[0])].fields[field(offset)])
            }
            Op::StoreField { offset, .. } => {
                world.objects[self.object(inputs[0])].fields[field(offset)] = t(1);
                return Step::Nothing;
            }
            Op::StoreShape { shape } => {
                world.objects[self.object(inputs[0])].shape = shape.0;
                return Step::Nothing;
            }
            Op::Call {} => Value::Tagged(world.call(t(2))),
            Op::CapturedObject { object, of: Captured::Object { shape, .. } } => {
                let fields = inputs.iter().map(|input| self.values[input].clone()).collect();
                Value::Captured(object, shape.0, fields)
            }
            Op::CapturedReference { object } => Value::Reference(object),
            ref other => panic!("{other:?} is not executed"),
        };
        Step::Value(value)
    }
}
