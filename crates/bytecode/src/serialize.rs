//! Whole function trees as bytes: self-hosted builtins compiled ahead of time, and code caches.
//!
//! ```text
//! magic (8) · version (8) · checksum of the rest (8) · string count (4) · function count (4)
//! end offsets of strings (4 each) · end offsets of functions (4 each) · strings · functions
//! ```
//!
//! Functions are numbered in preorder, the root is 0, and each record stands alone, so that [`CodeTree`] can decode one function
//! without the others. Numbers are variable-length integers; strings are shared. The *version* is a hash of the instruction table,
//! of every enumeration and of the format, so bytes made by another build are refused.
//!
//! The decoder trusts nothing: lengths are checked against what is left, enumerations against their ranges, nesting against
//! [`MAX_TREE_DEPTH`], and every function goes through the verifier. Bad input is an error, never a panic. The
//! checksum finds accidents; it is no protection against forgery.

use crate::code::{
    CatchPrediction, CodeBlock, ExportEntry, FunctionFlags, FunctionInfo, FunctionKind, FunctionUnit,
    Handler, HandlerTable, ImportEntry, ImportName, ImportPhase, IndirectExport, LocalExport, ModuleCell,
    ModuleInfo, ModuleRequest, Span, Suspension,
};
use crate::constant::{
    ArrayBoilerplate, BoilerplateValue, ClassBoilerplate, ClassMember, ClassMemberKey, ClassMemberKind,
    Constant, Declarations, DoubleBits, JsString, JumpTable, LexicalDeclaration, ObjectBoilerplate,
    Placement, RegExpLiteral, ScopeFlags, ScopeInfo, ScopeKind, ScopeSlot, StringData, TemplateLiteral,
    VariableMode, WellKnownSymbol,
};
use crate::feedback::{FeedbackLayout, SlotKind};
use crate::ids::{IntrinsicId, MessageId, RuntimeId};
use crate::opcode::Opcode;
use crate::operand::Register;
use crate::position::{SourcePositionTable, read_varint, write_varint};
use crate::verify::{VerifyError, verify};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// How deep functions and literals may nest in a serialized tree.
pub const MAX_TREE_DEPTH: u32 = 200;

/// Raised when the meaning of the bytes changes in a way that the names in the hash do not show.
const FORMAT: u64 = 1;
const MAGIC: [u8; 8] = *b"unspool\x01";
const HEADER: usize = 32;

/// Why a tree cannot be encoded or decoded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TreeError {
    /// Not a serialized tree at all.
    NotATree,
    /// Made by another version of the instruction set or format.
    WrongVersion,
    /// The checksum does not fit the bytes.
    WrongChecksum,
    /// The bytes break the format; the text says what was being read.
    Malformed(&'static str),
    /// Functions or literals nest deeper than [`MAX_TREE_DEPTH`].
    TooDeep,
    /// A function does not pass the verifier.
    Invalid(VerifyError),
    /// There is no function of this number, or it was not compiled.
    NoSuchFunction(u32),
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TreeError::NotATree => write!(f, "not serialized bytecode"),
            TreeError::WrongVersion => write!(f, "bytecode of another version"),
            TreeError::WrongChecksum => write!(f, "bytecode is corrupt: wrong checksum"),
            TreeError::Malformed(what) => write!(f, "bytecode is corrupt: bad {what}"),
            TreeError::TooDeep => write!(f, "functions nest too deeply"),
            TreeError::Invalid(error) => write!(f, "bytecode is invalid: {error}"),
            TreeError::NoSuchFunction(index) => write!(f, "there is no compiled function {index}"),
        }
    }
}

impl std::error::Error for TreeError {}

const fn hash_bytes(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut i = 0;
    while i < bytes.len() {
        hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    hash
}

macro_rules! hash_names {
    ($hash:ident, $($name:ident . $text:ident),*) => {$(
        let mut i = 0;
        while i < $name::ALL.len() {
            $hash = hash_bytes($hash, $name::ALL[i].$text().as_bytes());
            i += 1;
        }
        $hash = hash_bytes($hash, b";");
    )*};
}

const fn version_hash() -> u64 {
    let mut hash = hash_bytes(0xcbf2_9ce4_8422_2325, &FORMAT.to_le_bytes());
    let mut i = 0;
    while i < Opcode::ALL.len() {
        let info = Opcode::ALL[i].info();
        hash = hash_bytes(hash, info.name.as_bytes());
        let mut operand = 0;
        while operand < info.operands.len() {
            hash = hash_bytes(hash, &[b'0' + info.operands[operand].kind as u8]);
            operand += 1;
        }
        i += 1;
    }
    hash_names!(
        hash,
        SlotKind.text,
        RuntimeId.name,
        IntrinsicId.name,
        MessageId.name,
        WellKnownSymbol.text,
        ScopeKind.text,
        VariableMode.text,
        FunctionKind.text,
        Suspension.text,
        CatchPrediction.text,
        ImportPhase.text
    );
    hash
}

/// The version that [`encode_tree`] writes and [`decode_tree`] demands.
pub const TREE_VERSION: u64 = version_hash();

fn checksum(bytes: &[u8]) -> u64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15u64 ^ bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    for word in words.iter().chain([&last]) {
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    hash ^ hash >> 32
}

type Result<T> = std::result::Result<T, TreeError>;

#[derive(Default)]
struct Writer {
    out: Vec<u8>,
    strings: Vec<JsString>,
    string_indices: HashMap<JsString, u32>,
    depth: u32,
    too_deep: bool,
}

struct Reader<'a> {
    tree: &'a CodeTree<'a>,
    bytes: &'a [u8],
    depth: u32,
}

impl Reader<'_> {
    fn number(&mut self, what: &'static str) -> Result<u64> {
        read_varint(&mut self.bytes).ok_or(TreeError::Malformed(what))
    }
}

/// Something with a serialized form.
trait Serial: Sized {
    fn write(&self, w: &mut Writer);
    fn read(r: &mut Reader<'_>) -> Result<Self>;
}

impl Serial for u32 {
    fn write(&self, w: &mut Writer) {
        write_varint(&mut w.out, u64::from(*self));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        u32::try_from(r.number("number")?).map_err(|_| TreeError::Malformed("number"))
    }
}

impl Serial for i32 {
    fn write(&self, w: &mut Writer) {
        ((self << 1) ^ (self >> 31)).cast_unsigned().write(w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let bits = u32::read(r)?;
        Ok((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed())
    }
}

impl Serial for bool {
    fn write(&self, w: &mut Writer) {
        u32::from(*self).write(w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        match u32::read(r)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(TreeError::Malformed("flag")),
        }
    }
}

impl Serial for DoubleBits {
    fn write(&self, w: &mut Writer) {
        w.out.extend(self.get().to_bits().to_le_bytes());
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let (bytes, rest) = r.bytes.split_first_chunk::<8>().ok_or(TreeError::Malformed("number"))?;
        r.bytes = rest;
        Ok(DoubleBits::new(f64::from_bits(u64::from_le_bytes(*bytes))))
    }
}

impl Serial for JsString {
    fn write(&self, w: &mut Writer) {
        let next = w.strings.len() as u32;
        let index = *w.string_indices.entry(self.clone()).or_insert(next);
        if index == next {
            w.strings.push(self.clone());
        }
        index.write(w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let index = u32::read(r)?;
        r.tree.string(index)
    }
}

impl Serial for Box<str> {
    fn write(&self, w: &mut Writer) {
        JsString::from(&**self).write(w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(JsString::read(r)?.to_string_lossy().into())
    }
}

impl Serial for Box<[u8]> {
    fn write(&self, w: &mut Writer) {
        (self.len() as u32).write(w);
        w.out.extend_from_slice(self);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let len = u32::read(r)? as usize;
        let (bytes, rest) = r.bytes.split_at_checked(len).ok_or(TreeError::Malformed("bytes"))?;
        r.bytes = rest;
        Ok(bytes.into())
    }
}

impl<T: Serial> Serial for Vec<T> {
    fn write(&self, w: &mut Writer) {
        (self.len() as u32).write(w);
        self.iter().for_each(|item| item.write(w));
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        let len = u32::read(r)? as usize;
        // Every item takes at least one byte.
        if len > r.bytes.len() {
            return Err(TreeError::Malformed("list"));
        }
        (0..len).map(|_| T::read(r)).collect()
    }
}

impl<T: Serial> Serial for Option<T> {
    fn write(&self, w: &mut Writer) {
        self.is_some().write(w);
        if let Some(value) = self {
            value.write(w);
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(if bool::read(r)? { Some(T::read(r)?) } else { None })
    }
}

impl<T: Serial> Serial for Box<T> {
    fn write(&self, w: &mut Writer) {
        w.depth += 1;
        if w.depth > MAX_TREE_DEPTH {
            w.too_deep = true;
        } else {
            T::write(self, w);
        }
        w.depth -= 1;
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        if r.depth >= MAX_TREE_DEPTH {
            return Err(TreeError::TooDeep);
        }
        r.depth += 1;
        let value = T::read(r)?;
        r.depth -= 1;
        Ok(Box::new(value))
    }
}

impl<T: Serial> Serial for Arc<T> {
    fn write(&self, w: &mut Writer) {
        T::write(self, w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Arc::new(T::read(r)?))
    }
}

impl<T: Serial, U: Serial> Serial for (T, U) {
    fn write(&self, w: &mut Writer) {
        self.0.write(w);
        self.1.write(w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok((T::read(r)?, U::read(r)?))
    }
}

impl Serial for Register {
    fn write(&self, w: &mut Writer) {
        self.bits().write(w);
    }

    fn read(r: &mut Reader<'_>) -> Result<Self> {
        Ok(Register::from_bits(u32::read(r)?))
    }
}

macro_rules! serial_struct {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl Serial for $name {
            fn write(&self, w: &mut Writer) {
                let $name { $($field),* } = self;
                $($field.write(w);)*
            }

            fn read(r: &mut Reader<'_>) -> Result<Self> {
                $(let $field = Serial::read(r)?;)*
                Ok($name { $($field),* })
            }
        }
    )*};
}

macro_rules! serial_names {
    ($($name:ident)*) => {$(
        impl Serial for $name {
            fn write(&self, w: &mut Writer) {
                self.to_operand().write(w);
            }

            fn read(r: &mut Reader<'_>) -> Result<Self> {
                $name::from_operand(u32::read(r)?).ok_or(TreeError::Malformed(stringify!($name)))
            }
        }
    )*};
}

macro_rules! serial_flags {
    ($($name:ident: $repr:ident)*) => {$(
        impl Serial for $name {
            fn write(&self, w: &mut Writer) {
                u32::from(self.bits()).write(w);
            }

            fn read(r: &mut Reader<'_>) -> Result<Self> {
                let bits = $repr::try_from(u32::read(r)?).ok();
                bits.and_then($name::from_bits).ok_or(TreeError::Malformed(stringify!($name)))
            }
        }
    )*};
}

macro_rules! serial_enum {
    ($($name:ident { $($tag:literal => $variant:ident $(($field:ident))?),* $(,)? })*) => {$(
        impl Serial for $name {
            fn write(&self, w: &mut Writer) {
                match self {
                    $($name::$variant $(($field))? => {
                        w.out.push($tag);
                        $($field.write(w);)?
                    })*
                }
            }

            fn read(r: &mut Reader<'_>) -> Result<Self> {
                match u32::read(r)? {
                    $($tag => {
                        $(let $field = Serial::read(r)?;)?
                        Ok($name::$variant $(($field))?)
                    })*
                    _ => Err(TreeError::Malformed(stringify!($name))),
                }
            }
        }
    )*};
}

serial_names! {
    SlotKind WellKnownSymbol ScopeKind VariableMode FunctionKind Suspension CatchPrediction ImportPhase
}

serial_flags! { FunctionFlags: u32 ScopeFlags: u16 }

serial_struct! {
    Span { start, end }
    FunctionInfo { name, kind, suspension, flags, formal_count, length, span, key }
    Handler { start, end, handler, context, prediction }
    ScopeSlot { name, mode }
    ScopeInfo { kind, flags, slots, mapped_parameters }
    ObjectBoilerplate { properties, null_prototype, extra_properties }
    ArrayBoilerplate { elements }
    TemplateLiteral { cooked, raw }
    RegExpLiteral { pattern, flags }
    ClassBoilerplate { members }
    ClassMember { kind, placement, key }
    JumpTable { base, targets }
    LexicalDeclaration { name, is_const }
    Declarations { vars, annex_b, functions, lexical, deletable }
    ModuleRequest { specifier, attributes, phase, span }
    ImportEntry { request, import, cell, local_name, span }
    LocalExport { export, cell }
    IndirectExport { export, request, import, span }
    ModuleCell { name, starts_as_hole, is_import }
    ModuleInfo { requests, imports, exports, cells, scope, has_top_level_await }
}

serial_enum! {
    ClassMemberKind { 0 => Method, 1 => Getter, 2 => Setter }
    Placement { 0 => Prototype, 1 => Static }
    ClassMemberKey { 0 => Name(name), 1 => Computed }
    ImportName { 0 => Name(name), 1 => Namespace }
    ExportEntry { 0 => Local(export), 1 => Indirect(export), 2 => Star(request) }
    BoilerplateValue {
        0 => Hole,
        1 => Pending,
        2 => Undefined,
        3 => Null,
        4 => Boolean(value),
        5 => Smi(value),
        6 => Double(value),
        7 => String(value),
        8 => Object(value),
        9 => Array(value),
    }
    Constant {
        0 => Smi(value),
        1 => Double(value),
        2 => String(value),
        3 => BigInt(value),
        4 => Symbol(value),
        5 => Scope(value),
        6 => Function(value),
        7 => Object(value),
        8 => Array(value),
        9 => Template(value),
        10 => RegExp(value),
        11 => Class(value),
        12 => JumpTable(value),
        13 => Declarations(value),
    }
}

/// Everything of a `CodeBlock` but its info and inner functions.
struct Body {
    register_count: u32,
    new_target_or_generator: Option<Register>,
    bytecode: Box<[u8]>,
    constants: Vec<Constant>,
    handlers: Vec<Handler>,
    positions: Box<[u8]>,
    feedback: Vec<SlotKind>,
    inner: Vec<u32>,
    module: Option<Box<ModuleInfo>>,
}

serial_struct! {
    Body { register_count, new_target_or_generator, bytecode, constants, handlers, positions, feedback, inner, module }
}

/// A function waiting for its record to be written.
enum Source<'a> {
    Code(&'a CodeBlock),
    Lazy(&'a FunctionInfo),
}

/// Writes `root` and its inner functions, those not compiled included, as bytes.
///
/// # Errors
/// [`TreeError::TooDeep`] if functions or literals nest too deeply.
pub fn encode_tree(root: &CodeBlock) -> Result<Vec<u8>> {
    // Preorder, with each function's number known before its record is written.
    let mut functions = Vec::new();
    let mut children = Vec::new();
    collect(Source::Code(root), 0, &mut functions, &mut children)?;

    let mut w = Writer::default();
    let mut function_ends = Vec::new();
    for (function, inner) in functions.iter().zip(children) {
        match function {
            Source::Lazy(info) => {
                info.write(&mut w);
                false.write(&mut w);
            }
            Source::Code(code) => {
                code.info.write(&mut w);
                true.write(&mut w);
                let body = Body {
                    register_count: code.register_count,
                    new_target_or_generator: code.new_target_or_generator,
                    bytecode: code.bytecode.clone(),
                    constants: code.constants.to_vec(),
                    handlers: code.handlers.entries().to_vec(),
                    positions: code.positions.bytes().into(),
                    feedback: code.feedback.kinds().to_vec(),
                    inner,
                    module: code.module.clone(),
                };
                body.write(&mut w);
            }
        }
        function_ends.push(w.out.len() as u32);
    }
    if w.too_deep {
        return Err(TreeError::TooDeep);
    }

    let mut strings = Vec::new();
    let mut string_ends = Vec::new();
    for string in &w.strings {
        match string.data() {
            StringData::Latin1(bytes) => {
                strings.push(0);
                strings.extend_from_slice(bytes);
            }
            StringData::Utf16(units) => {
                strings.push(1);
                strings.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
            }
        }
        string_ends.push(strings.len() as u32);
    }

    let mut payload = Vec::new();
    payload.extend((string_ends.len() as u32).to_le_bytes());
    payload.extend((function_ends.len() as u32).to_le_bytes());
    payload.extend(string_ends.iter().chain(&function_ends).flat_map(|end| end.to_le_bytes()));
    payload.extend(strings);
    payload.extend(w.out);
    let mut bytes = Vec::with_capacity(payload.len() + 24);
    bytes.extend(MAGIC);
    bytes.extend(TREE_VERSION.to_le_bytes());
    bytes.extend(checksum(&payload).to_le_bytes());
    bytes.extend(payload);
    Ok(bytes)
}

fn collect<'a>(
    function: Source<'a>,
    depth: u32,
    functions: &mut Vec<Source<'a>>,
    children: &mut Vec<Vec<u32>>,
) -> Result<u32> {
    if depth > MAX_TREE_DEPTH {
        return Err(TreeError::TooDeep);
    }
    let number = functions.len() as u32;
    let inner: &[FunctionUnit] = match function {
        Source::Code(code) => &code.inner,
        Source::Lazy(_) => &[],
    };
    functions.push(function);
    children.push(Vec::new());
    for unit in inner {
        let source = match unit.code() {
            Some(code) => Source::Code(code),
            None => Source::Lazy(unit.info()),
        };
        let child = collect(source, depth + 1, functions, children)?;
        children[number as usize].push(child);
    }
    Ok(number)
}

/// Reads a whole tree, every function verified.
///
/// # Errors
/// If the bytes are not a tree of this version in every detail.
pub fn decode_tree(bytes: &[u8]) -> Result<Arc<CodeBlock>> {
    let tree = CodeTree::open(bytes)?;
    let mut seen = vec![false; tree.len() as usize];
    tree.subtree(0, 0, &mut seen)?.code().cloned().ok_or(TreeError::NoSuchFunction(0))
}

/// Serialized functions, decoded one by one on demand.
#[derive(Clone, Copy, Debug)]
pub struct CodeTree<'a> {
    string_ends: &'a [[u8; 4]],
    function_ends: &'a [[u8; 4]],
    strings: &'a [u8],
    functions: &'a [u8],
}

impl<'a> CodeTree<'a> {
    /// Checks header and checksum, and finds the tables. The functions themselves are checked when they are decoded.
    ///
    /// # Errors
    /// If the bytes are not a tree of this version.
    pub fn open(bytes: &'a [u8]) -> Result<CodeTree<'a>> {
        if bytes.len() < HEADER || bytes[..8] != MAGIC {
            return Err(TreeError::NotATree);
        }
        if bytes[8..16] != TREE_VERSION.to_le_bytes() {
            return Err(TreeError::WrongVersion);
        }
        if bytes[16..24] != checksum(&bytes[24..]).to_le_bytes() {
            return Err(TreeError::WrongChecksum);
        }
        let (words, _) = bytes[24..].as_chunks::<4>();
        let count = |index: usize| u32::from_le_bytes(words[index]) as usize;
        let malformed = TreeError::Malformed("header");
        let (string_ends, rest) = words[2..].split_at_checked(count(0)).ok_or(malformed.clone())?;
        let (function_ends, _) = rest.split_at_checked(count(1)).ok_or(malformed.clone())?;
        let data = &bytes[HEADER + 4 * (string_ends.len() + function_ends.len())..];
        let string_bytes = string_ends.last().map_or(0, |end| u32::from_le_bytes(*end) as usize);
        let (strings, functions) = data.split_at_checked(string_bytes).ok_or(malformed)?;
        Ok(CodeTree { string_ends, function_ends, strings, functions })
    }

    /// How many functions there are. Number 0 is the root; inner functions have higher numbers than those around them.
    pub fn len(&self) -> u32 {
        self.function_ends.len() as u32
    }

    /// Whether there is no function.
    pub fn is_empty(&self) -> bool {
        self.function_ends.is_empty()
    }

    /// What is known of function `index` without decoding its code.
    ///
    /// # Errors
    /// If the bytes are malformed.
    pub fn info(&self, index: u32) -> Result<FunctionInfo> {
        FunctionInfo::read(&mut self.record(index)?)
    }

    /// Decodes and verifies function `index`. Its inner functions stay uncompiled; the `key` of their info is
    /// their number in this tree.
    ///
    /// # Errors
    /// If the bytes are malformed, the code is invalid, or the function was never compiled.
    pub fn function(&self, index: u32) -> Result<CodeBlock> {
        self.decode(index, &mut |inner| {
            let info = FunctionInfo { key: inner, ..self.info(inner)? };
            Ok(FunctionUnit::lazy(Arc::new(info)))
        })?
        .map_err(|_| TreeError::NoSuchFunction(index))
    }

    fn subtree(&self, index: u32, depth: u32, seen: &mut [bool]) -> Result<FunctionUnit> {
        if depth > MAX_TREE_DEPTH {
            return Err(TreeError::TooDeep);
        }
        match seen.get_mut(index as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(TreeError::Malformed("tree")),
        }
        let code = self.decode(index, &mut |inner| self.subtree(inner, depth + 1, seen))?;
        Ok(match code {
            Ok(code) => FunctionUnit::compiled(Arc::new(code)),
            Err(info) => FunctionUnit::lazy(info),
        })
    }

    /// The code of a function, or its info if it was not compiled.
    fn decode(
        &self,
        index: u32,
        unit: &mut dyn FnMut(u32) -> Result<FunctionUnit>,
    ) -> Result<std::result::Result<CodeBlock, Arc<FunctionInfo>>> {
        let mut reader = self.record(index)?;
        let info = Arc::new(FunctionInfo::read(&mut reader)?);
        if !bool::read(&mut reader)? {
            return Ok(Err(info));
        }
        let body = Body::read(&mut reader)?;
        if !reader.bytes.is_empty() {
            return Err(TreeError::Malformed("function"));
        }
        if body.inner.iter().any(|&inner| inner <= index) {
            return Err(TreeError::Malformed("tree"));
        }
        let code = CodeBlock {
            info,
            register_count: body.register_count,
            new_target_or_generator: body.new_target_or_generator,
            bytecode: body.bytecode,
            constants: body.constants.into(),
            handlers: HandlerTable::new(body.handlers),
            positions: SourcePositionTable::from_bytes(body.positions),
            feedback: FeedbackLayout::new(body.feedback),
            inner: body.inner.iter().map(|&inner| unit(inner)).collect::<Result<_>>()?,
            module: body.module,
        };
        verify(&code).map_err(TreeError::Invalid)?;
        Ok(Ok(code))
    }

    fn record(&self, index: u32) -> Result<Reader<'_>> {
        let bytes =
            slice(self.functions, self.function_ends, index).ok_or(TreeError::NoSuchFunction(index))?;
        Ok(Reader { tree: self, bytes, depth: 0 })
    }

    fn string(&self, index: u32) -> Result<JsString> {
        let malformed = TreeError::Malformed("string");
        let bytes = slice(self.strings, self.string_ends, index).ok_or(malformed.clone())?;
        match bytes.split_first() {
            Some((0, bytes)) => Ok(JsString::from_latin1(bytes)),
            Some((1, bytes)) => match bytes.as_chunks::<2>() {
                (units, []) => Ok(JsString::from_utf16(
                    &units.iter().map(|unit| u16::from_le_bytes(*unit)).collect::<Vec<_>>(),
                )),
                _ => Err(malformed),
            },
            _ => Err(malformed),
        }
    }
}

/// The part of `data` between the end before `index` and its own.
fn slice<'a>(data: &'a [u8], ends: &[[u8; 4]], index: u32) -> Option<&'a [u8]> {
    let index = index as usize;
    let end = u32::from_le_bytes(*ends.get(index)?) as usize;
    let start = if index == 0 { 0 } else { u32::from_le_bytes(ends[index - 1]) as usize };
    data.get(start..end)
}

/// Makes the checksum fit damaged bytes, so that tests reach the checks behind it.
#[cfg(test)]
pub(crate) fn repair_checksum(bytes: &mut [u8]) {
    if bytes.len() >= 24 {
        let sum = checksum(&bytes[24..]);
        bytes[16..24].copy_from_slice(&sum.to_le_bytes());
    }
}
