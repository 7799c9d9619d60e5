//! The instruction set as a Markdown page, generated from the table.
//!
//! The page in `docs/` cannot fall behind the table, because a test compares the two. Everything below the introduction
//! is read off the tables of instructions, runtime functions, intrinsics and messages: there is no prose here about
//! single instructions.

use crate::ids::{Arity, IntrinsicId, MessageId, RuntimeId};
use crate::opcode::{AccumulatorUse, Opcode, UserCall};
use crate::{FeedbackUse, SlotKind};
use std::fmt::Write;

/// The text of `docs/bytecodes.md`. A test keeps the file fresh; `UPDATE_EXPECT=1` rewrites it.
pub fn bytecodes_markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    for (index, &opcode) in Opcode::ALL.iter().enumerate() {
        let info = opcode.info();
        let operands: Vec<String> =
            info.operands.iter().map(|operand| format!("{}: {:?}", operand.name, operand.kind)).collect();
        let accumulator = match info.accumulator {
            AccumulatorUse::None => String::new(),
            accumulator => format!("{accumulator:?}"),
        };
        let user_call = match info.user_call {
            UserCall::None => String::new(),
            call => format!("{call:?}"),
        };
        let feedback = match info.feedback {
            FeedbackUse::None => String::new(),
            feedback => format!("{feedback:?}"),
        };
        let _ = writeln!(
            out,
            "| {index} | **{}**{} | {} | {accumulator} | {:?} | {} | {user_call} | {feedback} |",
            info.name,
            if operands.is_empty() { String::new() } else { format!(" ({})", operands.join(", ")) },
            info.doc.trim().replace('|', "\\|"),
            info.flow,
            info.effects,
        );
    }
    out.push_str("\n## Feedback slot kinds\n\n");
    for &kind in SlotKind::ALL {
        let users: Vec<&str> = Opcode::ALL
            .iter()
            .filter(|opcode| opcode.info().feedback.kinds().contains(&kind))
            .map(|opcode| opcode.name())
            .collect();
        let _ = writeln!(out, "* **{kind}**: {}", users.join(", "));
    }
    out.push_str(
        "\n## Runtime functions (`CallRuntime`)\n\n| name | arguments | what it does |\n|---|---|---|\n",
    );
    for &id in RuntimeId::ALL {
        let _ = writeln!(out, "| {id} | {} | {} |", arguments(id.arity()), id.doc().trim());
    }
    out.push_str("\n## Intrinsics (`CallIntrinsic`)\n\n| name | arguments | what it does |\n|---|---|---|\n");
    for &id in IntrinsicId::ALL {
        let _ = writeln!(out, "| %{id} | {} | {} |", arguments(id.arity()), id.doc().trim());
    }
    out.push_str("\n## Messages\n\n| name | class | text |\n|---|---|---|\n");
    for &id in MessageId::ALL {
        let _ = writeln!(out, "| {id} | {:?} | {} |", id.kind(), id.text());
    }
    out
}

fn arguments(arity: Arity) -> String {
    match (arity.min, arity.max) {
        (min, Some(max)) if min == max => min.to_string(),
        (min, Some(max)) => format!("{min} to {max}"),
        (min, None) => format!("{min} or more"),
    }
}

const INTRODUCTION: &str = "\
# The bytecodes

Generated from `crates/bytecode/src/table.rs` and `ids.rs`; `UPDATE_EXPECT=1 cargo test -p unspool-bytecode` rewrites this page.

A register machine with an accumulator (`acc`). An instruction is an opcode byte and its operands; behind a `Wide` or
`ExtraWide` prefix all operands but jumps are two or four bytes instead of one. Jumps come last, are always four bytes, and
count from the start of the instruction (its prefix included). A `RegRange` takes two fields: first register and count.

With `N` registers, register operand `i < N` is local `r<i>`, `N` is the receiver `<this>`, and `N + 1 + i` is formal
parameter `a<i>`. In memory they ascend in this order from the frame pointer.

*acc* says what happens to the accumulator; after a `Clobber` its value is unspecified. *User call* is `LastAcc` if the
instruction calls at most one function of the program in an inlinable way, as its last effect, with the result
in the accumulator; `Opaque` if it may run code of the program in any other way. Any instruction that allocates may
also throw when memory runs out.

## Instructions

| # | instruction | meaning | acc | flow | effects | user call | feedback |
|---|---|---|---|---|---|---|---|
";
