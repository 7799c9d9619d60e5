//! Walks a translation along the grammar of the [module](super) and tells a visitor what each instruction stands for.
//! The verifier and the text form share it, so they cannot disagree about structure.

use super::{
    Decoder, Instruction, InterpretedFrame, MAX_NESTING, MAX_VALUES, Position, RecipeType, Representation,
    ResultLocation, VerifyErrorKind,
};

/// What a value is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Function,
    Receiver,
    Formal(u32),
    Context,
    Register(u32),
    Accumulator,
    Parameter(u32),
    Surplus(u32),
    /// Part of the value above.
    Part(u32),
}

/// What the walk tells. Errors end it.
pub(crate) trait Visitor {
    fn head(&mut self, instruction: &Instruction) -> Result<(), VerifyErrorKind>;
    fn position(&mut self, frame: &InterpretedFrame, position: Position, topmost: bool);
    fn value(&mut self, role: Role, nesting: u32, instruction: &Instruction) -> Result<(), VerifyErrorKind>;
}

/// Collects all instructions.
#[derive(Default)]
pub(super) struct Collector(pub(super) Vec<Instruction>);

impl Visitor for Collector {
    fn head(&mut self, instruction: &Instruction) -> Result<(), VerifyErrorKind> {
        self.0.push(*instruction);
        Ok(())
    }
    fn position(&mut self, _: &InterpretedFrame, position: Position, _: bool) {
        self.0.push(Instruction::Position(position));
    }
    fn value(&mut self, _: Role, _: u32, instruction: &Instruction) -> Result<(), VerifyErrorKind> {
        self.0.push(*instruction);
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Anything,
    Operand(RecipeType),
    Base,
}

pub(crate) fn walk(decoder: &mut Decoder<'_>, visitor: &mut impl Visitor) -> Result<(), VerifyErrorKind> {
    let mut walk = Walk { decoder, visitor, values: 0 };
    loop {
        walk.record()?;
        if !walk.decoder.at_boundary() {
            return Err(VerifyErrorKind::TrailingRun);
        }
        if !walk.decoder.next_record()? {
            return Ok(());
        }
    }
}

/// Walks the current record alone, of a translation with so many values around it.
pub(super) fn walk_record(
    decoder: &mut Decoder<'_>,
    visitor: &mut impl Visitor,
    values: u32,
) -> Result<(), VerifyErrorKind> {
    let mut walk = Walk { decoder, visitor, values };
    walk.record()?;
    if walk.decoder.at_boundary() { Ok(()) } else { Err(VerifyErrorKind::TrailingRun) }
}

struct Walk<'w, 'b, V> {
    decoder: &'w mut Decoder<'b>,
    visitor: &'w mut V,
    values: u32,
}

impl<V: Visitor> Walk<'_, '_, V> {
    fn record(&mut self) -> Result<(), VerifyErrorKind> {
        let (outermost, topmost) = (self.decoder.is_outermost(), self.decoder.is_innermost());
        let mut inlined = None;
        loop {
            let head = self.head()?;
            match head {
                Instruction::Interpreted(frame) => return self.interpreted(&frame, inlined, topmost),
                Instruction::Continuation(frame) if inlined.is_none() => {
                    self.value(Role::Function, 0, Expected::Anything)?;
                    self.value(Role::Context, 0, Expected::Anything)?;
                    for i in 0..frame.parameters {
                        self.value(Role::Parameter(i), 0, Expected::Anything)?;
                    }
                    return Ok(());
                }
                // All others describe the next frame inward of another.
                _ if outermost => return Err(VerifyErrorKind::FrameOrder),
                Instruction::InlinedArguments { actual, surplus } if inlined.is_none() => {
                    inlined = Some((actual, surplus));
                    for i in 0..surplus {
                        self.value(Role::Surplus(i), 0, Expected::Anything)?;
                    }
                }
                Instruction::ConstructCreate | Instruction::ConstructInvoke => {}
                _ => return Err(VerifyErrorKind::FrameOrder),
            }
        }
    }

    fn head(&mut self) -> Result<Instruction, VerifyErrorKind> {
        let head = self.decoder.next()?;
        if head.is_value() || matches!(head, Instruction::Position(_)) {
            return Err(VerifyErrorKind::ExpectedFrame);
        }
        self.visitor.head(&head)?;
        Ok(head)
    }

    fn interpreted(
        &mut self,
        frame: &InterpretedFrame,
        inlined: Option<(u32, u32)>,
        topmost: bool,
    ) -> Result<(), VerifyErrorKind> {
        if let Some((actual, surplus)) = inlined
            && actual.saturating_sub(frame.formals) != surplus
        {
            return Err(VerifyErrorKind::SurplusCount);
        }
        if let ResultLocation::Registers { first, count } = frame.result
            && (!(1..=2).contains(&count) || first.checked_add(count).is_none_or(|end| end > frame.registers))
        {
            return Err(VerifyErrorKind::ResultLocation);
        }
        let Instruction::Position(position) = self.decoder.next()? else {
            return Err(VerifyErrorKind::ExpectedPosition);
        };
        if !topmost && matches!(position, Position::Before(_)) {
            return Err(VerifyErrorKind::BeforeBelowTop);
        }
        self.visitor.position(frame, position, topmost);
        self.value(Role::Function, 0, Expected::Anything)?;
        self.value(Role::Receiver, 0, Expected::Anything)?;
        for i in 0..frame.formals {
            self.value(Role::Formal(i), 0, Expected::Anything)?;
        }
        self.value(Role::Context, 0, Expected::Anything)?;
        for i in 0..frame.registers {
            self.value(Role::Register(i), 0, Expected::Anything)?;
        }
        self.value(Role::Accumulator, 0, Expected::Anything)
    }

    fn value(&mut self, role: Role, nesting: u32, expected: Expected) -> Result<(), VerifyErrorKind> {
        if nesting > MAX_NESTING {
            return Err(VerifyErrorKind::Nesting);
        }
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(VerifyErrorKind::TooManyValues);
        }
        let instruction = self.decoder.next()?;
        if !instruction.is_value() {
            return Err(VerifyErrorKind::ExpectedValue);
        }
        if !fits(&instruction, expected) {
            return Err(VerifyErrorKind::OperandType);
        }
        self.visitor.value(role, nesting, &instruction)?;
        for i in 0..instruction.children() {
            let expected = match &instruction {
                Instruction::Recipe(op) => Expected::Operand(op.operands()[i as usize]),
                Instruction::LoadField { .. } => Expected::Base,
                _ => Expected::Anything,
            };
            self.value(Role::Part(i), nesting + 1, expected)?;
        }
        Ok(())
    }
}

fn fits(instruction: &Instruction, expected: Expected) -> bool {
    let slot =
        |wanted| matches!(instruction, Instruction::Slot { representation, .. } if *representation == wanted);
    let recipe = |wanted| matches!(instruction, Instruction::Recipe(op) if op.result() == wanted);
    match expected {
        Expected::Anything => true,
        Expected::Operand(RecipeType::Int32) => {
            slot(Representation::Int32)
                || recipe(RecipeType::Int32)
                || matches!(instruction, Instruction::Int32Constant(_))
        }
        Expected::Operand(RecipeType::Float64) => {
            slot(Representation::Float64)
                || recipe(RecipeType::Float64)
                || matches!(instruction, Instruction::Float64Constant(_))
        }
        Expected::Operand(RecipeType::Tagged) => {
            recipe(RecipeType::Tagged)
                || matches!(
                    instruction,
                    Instruction::Slot { .. } | Instruction::Literal(_) | Instruction::LoadField { .. }
                )
        }
        Expected::Base => {
            slot(Representation::Tagged)
                || matches!(instruction, Instruction::Literal(_) | Instruction::LoadField { .. })
        }
    }
}
