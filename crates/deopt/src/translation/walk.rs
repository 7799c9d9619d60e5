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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Anything,
    Operand(RecipeType),
    Base,
}

pub(crate) fn walk(decoder: &mut Decoder<'_>, visitor: &mut impl Visitor) -> Result<(), VerifyErrorKind> {
    let count = decoder.frame_count();
    let mut walk = Walk { decoder, visitor, values: 0 };
    let mut frame = 0;
    while frame < count {
        let mut inlined = None;
        let mut head = walk.head()?;
        loop {
            match head {
                Instruction::InlinedArguments { actual, surplus } => {
                    if frame == 0 || inlined.is_some() {
                        return Err(VerifyErrorKind::FrameOrder);
                    }
                    inlined = Some((actual, surplus));
                    for i in 0..surplus {
                        walk.value(Role::Surplus(i), 0, Expected::Anything)?;
                    }
                }
                Instruction::ConstructCreate | Instruction::ConstructInvoke => {
                    if frame == 0 {
                        return Err(VerifyErrorKind::FrameOrder);
                    }
                }
                _ => break,
            }
            frame += 1;
            if frame >= count {
                return Err(VerifyErrorKind::FrameOrder);
            }
            head = walk.head()?;
        }
        let topmost = frame + 1 == count;
        match head {
            Instruction::Interpreted(interpreted) => walk.interpreted(&interpreted, inlined, topmost)?,
            Instruction::Continuation(continuation) => {
                if inlined.is_some() {
                    return Err(VerifyErrorKind::FrameOrder);
                }
                walk.value(Role::Function, 0, Expected::Anything)?;
                walk.value(Role::Context, 0, Expected::Anything)?;
                for i in 0..continuation.parameters {
                    walk.value(Role::Parameter(i), 0, Expected::Anything)?;
                }
            }
            _ => return Err(VerifyErrorKind::ExpectedFrame),
        }
        frame += 1;
    }
    if decoder.at_boundary() { Ok(()) } else { Err(VerifyErrorKind::TrailingRun) }
}

struct Walk<'w, 'b, V> {
    decoder: &'w mut Decoder<'b>,
    visitor: &'w mut V,
    values: u32,
}

impl<V: Visitor> Walk<'_, '_, V> {
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
