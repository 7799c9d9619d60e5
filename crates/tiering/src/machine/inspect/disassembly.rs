//! Machine code as text, with the deoptimization data behind it (`--print-opt-code`).
//!
//! ```text
//! --- Code ---
//! name = getX
//! compiler = turbofan
//! optimization_id = 1
//! Instructions (size = 490, exits begin at 8f, generic entry at 1c0)
//!      0  55                     push rbp
//!     …
//!     a8  c787500d000002000000   mov dword [rdi+0d50h],2    ; exit site2 getX@0:wrong-map#0
//! Deoptimization Input Data (deopt points = 3)
//! …
//! ```
//!
//! Addresses are offsets from the code's start. Words that are addresses of this run are replaced by what is there, so two runs print
//! the same: `<cell 3>` is the fourth cell that the text mentions, `<code cell>` its own two words, `<site1>` the number of a call site,
//! `<address>` a function of the engine.
//! Offsets are hexadecimal, as in V8.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::mem::offset_of;

use iced_x86::{
    Decoder, DecoderOptions, Formatter as _, Instruction, Mnemonic, NasmFormatter, OpKind, Register,
};
use unspool_deopt::translation::Names;
use unspool_deopt::{LiteralId, SiteId};
use unspool_runtime::isolate::Hot;
use unspool_runtime::{Cx, Isolate};
use unspool_values::Value;

use super::sites::SiteUse;
use crate::machine::code::CodeObject;
use crate::machine::exit::{function_text, template_of};

/// Names of a code object's literals.
struct LiteralNames<'a> {
    cx: Cx<'a>,
    code: &'a CodeObject,
}

impl Names for LiteralNames<'_> {
    fn function(&self, code: LiteralId) -> String {
        template_of(self.code, code)
            .map_or_else(|| code.to_string(), |template| function_text(self.cx, template.name.get()))
    }
    fn literal(&self, literal: LiteralId) -> Option<String> {
        // SAFETY: the code was just installed: its literals are alive.
        let value = unsafe { Value::from_bits(self.code.data.literal(literal)) };
        Some(match template_of(self.code, literal) {
            Some(_) => "template".to_owned(),
            None => self.cx.describe(value),
        })
    }
}

/// The text of code that was just installed; `bytes` are its instructions, `generic` is where the generic entry begins.
pub(crate) fn text(cx: Cx<'_>, code: &CodeObject, name: &str, bytes: &[u8], generic: usize) -> String {
    let lines = instructions(code, bytes, generic);
    let mut out = String::from("--- Code ---\n");
    let _ = writeln!(out, "name = {name}\ncompiler = turbofan\noptimization_id = {}", code.id);
    let exits = lines.iter().find(|line| line.site.is_some()).map_or(bytes.len(), |line| line.offset);
    let _ = writeln!(
        out,
        "Instructions (size = {}, exits begin at {exits:x}, generic entry at {generic:x})",
        bytes.len()
    );
    for line in &lines {
        let site = line.site.map_or_else(String::new, |site| {
            format!("    ; exit {site} {}", code.names.get(site.index()).map_or("", |name| name))
        });
        let row = format!("{:6x}  {:<22} {}{site}", line.offset, line.bytes, line.text);
        let _ = writeln!(out, "{}", row.trim_end());
    }
    deoptimization_data(cx, code, &mut out);
    out
}

/// The table of sites and all translations.
fn deoptimization_data(cx: Cx<'_>, code: &CodeObject, out: &mut String) {
    let data = &code.data;
    let points = code.uses.iter().filter(|&&used| used != SiteUse::Call).count();
    let _ = writeln!(out, "Deoptimization Input Data (deopt points = {points})");
    let _ = writeln!(out, " index  bytecode-offset    pc  kind        translation  name");
    for (id, site) in data.sites() {
        let pc = data.calls().find(|(_, at)| *at == id);
        let pc = pc.map_or_else(|| "NA".to_owned(), |(pc, _)| format!("{pc:x}"));
        let offset = data.origin(id).first().map_or_else(|| "NA".to_owned(), |at| at.offset.to_string());
        let (kind, name) = match code.uses[id.index()] {
            SiteUse::Eager => ("deopt-eager", &*code.names[id.index()]),
            SiteUse::Lazy | SiteUse::Exception => ("deopt-lazy", &*code.names[id.index()]),
            SiteUse::Call => ("call", ""),
        };
        let row = format!(
            "{:6}  {offset:>15}  {pc:>4}  {kind:11} {:>11}  {name}",
            id.0,
            site.translation.to_string()
        );
        let _ = writeln!(out, "{}", row.trim_end());
    }
    let names = LiteralNames { cx, code };
    let mut translations: Vec<_> = data.sites().map(|(_, site)| site.translation).collect();
    translations.sort_unstable();
    translations.dedup();
    for translation in translations {
        out.push_str(&data.translations().print(translation, &names));
    }
}

/// One instruction.
struct Line {
    offset: usize,
    bytes: String,
    text: String,
    /// The site whose number it stores.
    site: Option<SiteId>,
}

/// Both functions of a code object: the body, constants behind it, the generic entry.
fn instructions(code: &CodeObject, bytes: &[u8], generic: usize) -> Vec<Line> {
    let generic = generic.min(bytes.len());
    let mut lines = Vec::new();
    let mut names = AddressNames { code, mentioned: Vec::new() };
    for (start, end) in [(0, generic), (generic, bytes.len())] {
        let constants = function(&mut names, bytes, (start, end), &mut lines);
        for at in (constants..end).step_by(8) {
            lines.push(constant(&mut names, &bytes[at..end.min(at + 8)], at));
        }
    }
    lines
}

/// A word behind the instructions.
fn constant(names: &mut AddressNames<'_>, bytes: &[u8], offset: usize) -> Line {
    let word = bytes.try_into().map(u64::from_le_bytes).ok().filter(|word| is_address(*word));
    let (bytes, text) = match word {
        Some(word) => ("…".to_owned(), format!("constant {}", names.text(word))),
        None => (hex(bytes), "constant".to_owned()),
    };
    Line { offset, bytes, text, site: None }
}

/// The entries of a jump table at an offset: where each leads. They are distances from the table, which ends where the first block begins
/// that lies behind it and to which one leads.
fn jump_table(bytes: &[u8], table: usize, (start, end): (usize, usize)) -> Vec<usize> {
    let (mut targets, mut limit) = (Vec::new(), end);
    loop {
        let at = table + 4 * targets.len();
        let Some(entry) = bytes.get(at..at + 4).filter(|_| at + 4 <= limit) else { return targets };
        let distance = i32::from_le_bytes(entry.try_into().expect("four bytes"));
        let target = table.wrapping_add_signed(distance as isize);
        if !(start..end).contains(&target) {
            return targets;
        }
        if target > table {
            limit = limit.min(target);
        }
        targets.push(target);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The instructions of a function and its jump tables. Gives where the constants behind them begin.
fn function(
    names: &mut AddressNames<'_>,
    bytes: &[u8],
    (start, end): (usize, usize),
    lines: &mut Vec<Line>,
) -> usize {
    let mut decoder = Decoder::with_ip(64, &bytes[start..end], start as u64, DecoderOptions::NONE);
    let mut formatter = NasmFormatter::new();
    let options = formatter.options_mut();
    options.set_branch_leading_zeros(false);
    options.set_show_branch_size(false);
    options.set_uppercase_hex(false);
    // The last constant moved to each register.
    let mut constants: Vec<(usize, u64)> = Vec::new();
    let mut tables: BTreeSet<usize> = BTreeSet::new();
    let mut first_constant = end;
    while decoder.can_decode() {
        let offset = decoder.ip() as usize;
        if offset >= first_constant {
            return first_constant;
        }
        let targets =
            if tables.remove(&offset) { jump_table(bytes, offset, (start, end)) } else { Vec::new() };
        if !targets.is_empty() {
            let behind = offset + 4 * targets.len();
            let text: Vec<String> = targets.iter().map(|target| format!("{target:x}")).collect();
            let text = format!("jump table: {}", text.join(", "));
            lines.push(Line { offset, bytes: String::new(), text, site: None });
            if decoder.set_position(behind - start).is_err() {
                return end;
            }
            decoder.set_ip(behind as u64);
            continue;
        }
        let instruction = decoder.decode();
        // Padding between the functions and ahead of constants.
        if instruction.is_invalid()
            || bytes[offset..first_constant].iter().all(|byte| matches!(byte, 0 | 0xcc))
        {
            return first_constant;
        }
        if instruction.is_ip_rel_memory_operand() {
            let at = instruction.ip_rel_memory_address() as usize;
            if instruction.mnemonic() == Mnemonic::Lea {
                tables.insert(at);
            } else if (offset..end).contains(&at) {
                first_constant = first_constant.min(at);
            }
        }
        let mut text = String::new();
        formatter.format(&instruction, &mut text);
        let address = address_in(&instruction);
        if let Some(word) = address
            && let Some(at) = text.rfind([',', ' '])
        {
            text.truncate(at + 1);
            text.push_str(&names.text(word));
        }
        let site = stored_site(&instruction, &constants);
        if let Some((register, value)) = moved_constant(&instruction) {
            constants.retain(|(known, _)| *known != register);
            constants.push((register, value));
        }
        let mut bytes = hex(&bytes[offset..offset + instruction.len()]);
        if address.is_some() {
            // The bytes of an address differ between runs.
            bytes.truncate(4);
            bytes.push('…');
        }
        lines.push(Line { offset, bytes, text, site });
    }
    first_constant
}

/// The 64-bit constant of an instruction, if it is an address.
fn address_in(instruction: &Instruction) -> Option<u64> {
    let is_word = (0..instruction.op_count()).any(|i| instruction.op_kind(i) == OpKind::Immediate64);
    (is_word && is_address(instruction.immediate64())).then(|| instruction.immediate64())
}

/// What lies above 4 GiB and below the kernel's half.
fn is_address(word: u64) -> bool {
    (1 << 32..1 << 47).contains(&word)
}

/// Names for the addresses in a code object.
struct AddressNames<'a> {
    code: &'a CodeObject,
    /// Cells in the order in which the text mentions them: where they lie says nothing.
    mentioned: Vec<u64>,
}

impl AddressNames<'_> {
    fn text(&mut self, word: u64) -> String {
        let code = self.code;
        if word == &raw const *code.cell as u64 {
            return "<code cell>".into();
        }
        if word >> 32 == u64::from(code.id) && word as u32 <= code.data.site_count() {
            return format!("<{}>", SiteId(word as u32));
        }
        if !code.cells.contains(&word) {
            return "<address>".into();
        }
        let known = self.mentioned.iter().position(|&cell| cell == word);
        let index = known.unwrap_or(self.mentioned.len());
        if known.is_none() {
            self.mentioned.push(word);
        }
        format!("<cell {index}>")
    }
}

/// The number of a general register, whatever part of it is named.
fn general(register: Register) -> usize {
    let number = register as usize;
    let first = if number >= Register::RAX as usize { Register::RAX } else { Register::EAX };
    number.wrapping_sub(first as usize)
}

fn moved_constant(instruction: &Instruction) -> Option<(usize, u64)> {
    let constant =
        matches!(instruction.op_kind(1), OpKind::Immediate32 | OpKind::Immediate64 | OpKind::Immediate32to64);
    let register = instruction.op_kind(0) == OpKind::Register && instruction.op_count() == 2;
    (register && constant).then(|| (general(instruction.op0_register()), instruction.immediate(1)))
}

/// The site, if the instruction stores its number in the isolate.
fn stored_site(instruction: &Instruction, constants: &[(usize, u64)]) -> Option<SiteId> {
    let field = (offset_of!(Isolate, hot) + offset_of!(Hot, exit_site)) as u64;
    if instruction.op_count() != 2
        || instruction.op_kind(0) != OpKind::Memory
        || instruction.is_ip_rel_memory_operand()
        || instruction.memory_displacement64() != field
    {
        return None;
    }
    let number = match instruction.op_kind(1) {
        OpKind::Immediate32 => u64::from(instruction.immediate32()),
        OpKind::Register => {
            let register = general(instruction.op1_register());
            constants.iter().find(|(known, _)| *known == register)?.1
        }
        _ => return None,
    };
    Some(SiteId(number as u32))
}
