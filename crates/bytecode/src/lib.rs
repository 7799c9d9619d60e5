#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod code;
mod constant;
mod decode;
mod docs;
mod encode;
mod feedback;
mod ids;
mod liveness;
mod natives;
mod opcode;
mod operand;
mod peephole;
mod position;
mod print;
#[cfg(test)]
mod properties;
mod serialize;
mod table;
mod verify;

pub use builder::{BytecodeBuilder, HandlerId, JumpTableId, Label, RegisterMark};
pub use code::{
    CatchPrediction, CodeBlock, ExportEntry, FunctionFlags, FunctionInfo, FunctionKind, FunctionUnit,
    Handler, HandlerTable, ImportEntry, ImportName, ImportPhase, IndirectExport, LocalExport, ModuleCell,
    ModuleInfo, ModuleRequest, Span, Suspension,
};
pub use constant::{
    ArrayBoilerplate, BoilerplateValue, ClassBoilerplate, ClassMember, ClassMemberKey, ClassMemberKind,
    Constant, Declarations, DoubleBits, JsString, JumpTable, LexicalDeclaration, ObjectBoilerplate,
    Placement, RegExpLiteral, ScopeFlags, ScopeInfo, ScopeKind, ScopeSlot, StringData, TemplateLiteral,
    VariableMode, WellKnownSymbol,
};
pub use decode::{DecodeError, Instructions, RawInstruction};
pub use docs::bytecodes_markdown;
pub use encode::{JUMP_BYTES, Width};
pub use feedback::{FeedbackLayout, FeedbackUse, SlotKind};
pub use ids::{Arity, ErrorKind, IntrinsicId, MessageId, RuntimeId};
pub use liveness::{LiveSet, Liveness};
pub use natives::Native;
pub use opcode::{
    AccumulatorUse, Effects, Flow, Instruction, Opcode, OpcodeInfo, Operand, OperandKind, UserCall,
};
pub use operand::{
    ConstIndex, DefineKeyedFlags, FunctionNamePrefix, LanguageMode, LookupStoreFlags, Register,
    RegisterRange, ResumeMode, SlotIndex, SuspendKind, TypeOfLiteral,
};
pub use position::{SourcePosition, SourcePositionTable};
pub use print::{Disassembly, instruction_text};
pub use serialize::{CodeTree, MAX_TREE_DEPTH, TREE_VERSION, TreeError, decode_tree, encode_tree};
pub use verify::{MAX_REGISTERS, Rule, VerifyError, verify};
