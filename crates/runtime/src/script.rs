//! Scripts: source text, its parsed program, and compilation of functions on demand.

use std::sync::Arc;

use unspool_bytecode::{CodeBlock, Constant, FunctionInfo, JsString, StringData};
use unspool_gc::Gc;
use unspool_values::bigint::JSBigInt;
use unspool_values::object::ValueBuffer;
use unspool_values::string::StrView;
use unspool_values::{PropertyKey, Value};

use crate::cells::{FunctionTemplate, Script};
use crate::completion::JsResult;
use crate::isolate::Cx;
use crate::realm::Realm;

/// Source and program of one script, module or eval text.
pub struct ScriptData {
    /// File name or a description such as `<eval>`; appears in stack traces.
    pub name: String,
    /// The text as the parser saw it.
    pub source: Arc<str>,
}

impl std::fmt::Debug for ScriptData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScriptData").field("name", &self.name).finish_non_exhaustive()
    }
}

impl ScriptData {
    /// A script with its parsed program.
    pub fn new(name: String, source: Arc<str>) -> ScriptData {
        ScriptData { name, source }
    }
    /// `name:line:column` of a byte offset.
    pub fn position_text(&self, offset: u32) -> String {
        format!("{}:{offset}", self.name)
    }
}

/// Compiles the template's function if it has no bytecode yet.
///
/// # Errors
/// A `RangeError` or `SyntaxError` when the function cannot be compiled (too deeply nested, too many registers).
#[inline(always)]
pub fn ensure_compiled(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> JsResult<()> {
    if template.is_compiled() { Ok(()) } else { compile(cx, template) }
}

#[cold]
#[inline(never)]
fn compile(cx: Cx<'_>, template: Gc<FunctionTemplate>) -> JsResult<()> {
    let _ = template;
    Err(cx.throw_syntax_error("the program of a function was dropped"))
}

/// Gives `template` its code, with constants materialized.
pub fn install(cx: Cx<'_>, template: Gc<FunctionTemplate>, code: Arc<CodeBlock>) {
    if cx.config.print_bytecode {
        cx.host.borrow().bytecode_compiled(&format!("{code:?}"));
    }
    let constants = materialize_constants(cx, template.realm, template.script, &code);
    FunctionTemplate::install_code(template, cx, code, constants);
}

/// The values of a constant pool; constants that are plain data for the runtime (scopes, boilerplates, tables) stay in the
/// code block and are the hole here.
fn materialize_constants(cx: Cx<'_>, realm: Gc<Realm>, script: Gc<Script>, code: &CodeBlock) -> Gc<ValueBuffer> {
    let buffer = ValueBuffer::short(cx, code.constants.len() as u32);
    buffer.resize(code.constants.len() as u32);
    for (i, constant) in code.constants.iter().enumerate() {
        let value = match constant {
            Constant::Double(n) => Value::from_f64(n.get()),
            Constant::Smi(n) => Value::from_i32(*n),
            Constant::String(s) => string_value(cx, s),
            Constant::BigInt(digits) => match JSBigInt::from_literal(cx, digits) {
                Ok(Some(bigint)) => Value::from_cell(bigint),
                _ => Value::HOLE,
            },
            Constant::Function(index) => {
                let unit = &code.inner[*index as usize];
                let inner = FunctionTemplate::new(cx, realm, script, Arc::clone(unit.info()));
                if let Some(code) = unit.code() {
                    install(cx, inner, Arc::clone(code));
                }
                Value::from_cell(inner)
            }
            _ => Value::HOLE,
        };
        buffer.set(cx, i as u32, value);
    }
    buffer
}

/// The interned string of a constant.
pub fn string_value(cx: Cx<'_>, string: &JsString) -> Value {
    let view = match string.data() {
        StringData::Latin1(bytes) => StrView::Latin1(bytes),
        StringData::Utf16(units) => StrView::Utf16(units),
    };
    Value::from_cell(cx.atoms.intern(cx, view))
}

/// The property key of a constant string.
pub fn string_key(cx: Cx<'_>, string: &JsString) -> PropertyKey {
    let view = match string.data() {
        StringData::Latin1(bytes) => StrView::Latin1(bytes),
        StringData::Utf16(units) => StrView::Utf16(units),
    };
    PropertyKey::from_view(cx, &cx.atoms, view)
}

/// A template for the main function of a compiled program.
pub fn main_template(cx: Cx<'_>, script: Gc<Script>, code: Arc<CodeBlock>) -> Gc<FunctionTemplate> {
    let info: Arc<FunctionInfo> = Arc::clone(&code.info);
    let template = FunctionTemplate::new(cx, cx.realm(), script, info);
    install(cx, template, code);
    template
}
