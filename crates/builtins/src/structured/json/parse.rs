//! Reading JSON text.
//!
//! One recursive reader over the flat characters in either width. Elements of arrays under construction lie on one shared
//! stack of values, so that an array is made at its final size. With a [`Recorder`] the reader also notes the source text
//! of every primitive, for revivers.

use unspool_gc::Gc;
use unspool_runtime::ValueExt as _;
use unspool_runtime::cells::Record;
use unspool_runtime::completion::JsResult;
use unspool_runtime::error::ErrorPlace;
use unspool_runtime::object::array::array_over;
use unspool_runtime::{Cx, Object, OrThrow as _, Throw};
use unspool_values::object::{Elements, GcVec};
use unspool_values::string::{JSString, StrView, StringBuilder};
use unspool_values::{PropertyKey, Value, number};

/// `Record::tag` of a node of the recorded tree: `[value, source text or list of children]`.
pub(super) const PARSE_NODE: u32 = u32::from_be_bytes(*b"json");

/// The value of a text.
pub(super) fn parse(cx: Cx<'_>, text: Gc<JSString>) -> JsResult<Value> {
    Ok(read(cx, text, Recorder::Off)?.0)
}

/// The value of a text with its tree of [`PARSE_NODE`] records.
pub(super) fn parse_recorded(cx: Cx<'_>, text: Gc<JSString>) -> JsResult<(Value, Value)> {
    read(cx, text, Recorder::On)
}

fn read(cx: Cx<'_>, text: Gc<JSString>, recorder: Recorder) -> JsResult<(Value, Value)> {
    let stack = GcVec::new(cx);
    match cx.flatten(&text)? {
        StrView::Latin1(units) => Reader { cx, units, at: 0, stack, recorder }.read_text(),
        StrView::Utf16(units) => Reader { cx, units, at: 0, stack, recorder }.read_text(),
    }
}

/// The value of the text of a file; the error tells the place in it.
pub(super) fn parse_file(cx: Cx<'_>, name: &str, text: Gc<JSString>) -> JsResult<Value> {
    let (stack, recorder) = (GcVec::new(cx), Recorder::Off);
    let (result, at) = match cx.flatten(&text)? {
        StrView::Latin1(units) => {
            let mut reader = Reader { cx, units, at: 0, stack, recorder };
            (reader.read_text(), reader.at)
        }
        StrView::Utf16(units) => {
            let mut reader = Reader { cx, units, at: 0, stack, recorder };
            (reader.read_text(), reader.at)
        }
    };
    match result {
        Ok((value, _)) => Ok(value),
        Err(throw) if cx.is_terminating() => Err(throw),
        Err(throw) => {
            let error = cx.take_exception(throw);
            if let Some(object) = error.as_object() {
                place_in(name, &cx.flatten(&text)?.to_utf16(), at).attach(cx, object);
            }
            Err(cx.throw(error))
        }
    }
}

fn place_in(file: &str, units: &[u16], at: usize) -> ErrorPlace {
    let is_end = |unit: &u16| *unit == u16::from(b'\n');
    let before = &units[..at.min(units.len())];
    let start = before.iter().rposition(is_end).map_or(0, |end| end + 1);
    let line = units[start..].split(is_end).next().unwrap_or_default();
    ErrorPlace {
        file: file.to_owned(),
        line: before.iter().filter(|unit| is_end(unit)).count() as u32 + 1,
        column: (before.len() - start) as u32 + 1,
        length: 1,
        text: String::from_utf16_lossy(line),
    }
}

/// Does the reader note source text?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Recorder {
    Off,
    On,
}

/// A code unit of either width.
trait Unit: Copy {
    fn code(self) -> u16;
    fn view(units: &[Self]) -> StrView<'_>;
}

impl Unit for u8 {
    #[inline(always)]
    fn code(self) -> u16 {
        u16::from(self)
    }

    #[inline(always)]
    fn view(units: &[u8]) -> StrView<'_> {
        StrView::Latin1(units)
    }
}

impl Unit for u16 {
    #[inline(always)]
    fn code(self) -> u16 {
        self
    }

    #[inline(always)]
    fn view(units: &[u16]) -> StrView<'_> {
        StrView::Utf16(units)
    }
}

struct Reader<'a, U> {
    cx: Cx<'a>,
    units: &'a [U],
    at: usize,
    /// Elements of the arrays being read, and nodes of the recorded tree.
    stack: GcVec,
    recorder: Recorder,
}

/// A value and its node of the recorded tree (`undefined` when nothing is recorded).
type Node = (Value, Value);

impl<U: Unit> Reader<'_, U> {
    fn read_text(&mut self) -> JsResult<Node> {
        let node = self.value()?;
        self.skip_blanks();
        if self.at < self.units.len() {
            return Err(self.fail("Unexpected non-whitespace character after JSON"));
        }
        Ok(node)
    }

    /// The unit at the position; `u16::MAX`, which begins nothing, at the end.
    #[inline(always)]
    fn peek(&self) -> u16 {
        match self.units.get(self.at) {
            Some(unit) => unit.code(),
            None => u16::MAX,
        }
    }

    #[inline(always)]
    fn skip_blanks(&mut self) {
        while let Some(unit) = self.units.get(self.at)
            && matches!(unit.code(), 0x20 | 0xa | 0xd | 0x9)
        {
            self.at += 1;
        }
    }

    #[inline(always)]
    fn eat(&mut self, c: u8) -> bool {
        let found = self.peek() == u16::from(c);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> JsResult<Node> {
        self.skip_blanks();
        let start = self.at;
        let value = match self.peek() {
            0x22 => {
                self.at += 1;
                self.string()?
            }
            0x7b => return self.object(),
            0x5b => return self.array(),
            0x2d | 0x30..=0x39 => self.number()?,
            0x74 => self.word("true", Value::TRUE)?,
            0x66 => self.word("false", Value::FALSE)?,
            0x6e => self.word("null", Value::NULL)?,
            _ => return Err(self.unexpected()),
        };
        if self.recorder == Recorder::Off {
            return Ok((value, Value::UNDEFINED));
        }
        let source = self.cx.string_from_view(U::view(&self.units[start..self.at]))?;
        Ok((value, Record::new(self.cx, PARSE_NODE, &[value, source.into()]).into()))
    }

    fn word(&mut self, word: &str, value: Value) -> JsResult<Value> {
        for c in word.bytes() {
            if !self.eat(c) {
                return Err(self.unexpected());
            }
        }
        Ok(value)
    }

    fn enter(&self) -> JsResult<()> {
        self.cx.check_native_stack()?;
        self.cx.poll_interrupt()
    }

    fn push(&self, value: Value) -> JsResult<()> {
        self.stack.push(self.cx, value).or_throw(self.cx)
    }

    fn array(&mut self) -> JsResult<Node> {
        self.enter()?;
        let recording = self.recorder == Recorder::On;
        let width = 1 + usize::from(recording);
        self.at += 1;
        let bottom = self.stack.len();
        self.skip_blanks();
        if !self.eat(b']') {
            loop {
                let (value, node) = self.value()?;
                self.push(value)?;
                if recording {
                    self.push(node)?;
                }
                self.skip_blanks();
                if self.eat(b',') {
                    continue;
                }
                if self.eat(b']') {
                    break;
                }
                return Err(self.fail("Expected ',' or ']' after array element in JSON"));
            }
        }
        let count = (self.stack.len() - bottom) / width;
        let elements = Elements::with_capacity(self.cx, count as u32).or_throw(self.cx)?;
        elements.resize(count as u32);
        if !recording {
            elements.copy_from(self.cx, 0, &*self.stack.buffer(), bottom as u32, count as u32);
            self.stack.truncate(bottom);
            return Ok((array_over(self.cx, elements).into(), Value::UNDEFINED));
        }
        let children = GcVec::with_capacity(self.cx, count).or_throw(self.cx)?;
        for i in 0..count {
            elements.set(self.cx, i as u32, self.stack.get(bottom + 2 * i));
            children.push(self.cx, self.stack.get(bottom + 2 * i + 1)).or_throw(self.cx)?;
        }
        self.stack.truncate(bottom);
        let array = array_over(self.cx, elements).into();
        Ok((array, Record::new(self.cx, PARSE_NODE, &[array, Value::from_cell(children.cell())]).into()))
    }

    fn object(&mut self) -> JsResult<Node> {
        self.enter()?;
        let recording = self.recorder == Recorder::On;
        self.at += 1;
        let object = Object::ordinary(self.cx);
        let bottom = self.stack.len();
        // Keeps the object reachable also from where a conservative scan must look.
        self.push(object.into())?;
        self.skip_blanks();
        if !self.eat(b'}') {
            if self.peek() != 0x22 {
                return Err(self.fail("Expected property name or '}' in JSON"));
            }
            loop {
                let key = self.property_name()?;
                let (value, node) = self.value()?;
                object.create_data_property(self.cx, key, value)?;
                if recording {
                    self.push(key.to_value(self.cx, &self.cx.atoms))?;
                    self.push(node)?;
                }
                self.skip_blanks();
                if self.eat(b',') {
                    self.skip_blanks();
                    if self.peek() != 0x22 {
                        return Err(self.fail("Expected double-quoted property name in JSON"));
                    }
                    continue;
                }
                if self.eat(b'}') {
                    break;
                }
                return Err(self.fail("Expected ',' or '}' after property value in JSON"));
            }
        }
        let mut tree = Value::UNDEFINED;
        if recording {
            let children = GcVec::with_capacity(self.cx, self.stack.len() - bottom - 1).or_throw(self.cx)?;
            for i in bottom + 1..self.stack.len() {
                children.push(self.cx, self.stack.get(i)).or_throw(self.cx)?;
            }
            tree =
                Record::new(self.cx, PARSE_NODE, &[object.into(), Value::from_cell(children.cell())]).into();
        }
        self.stack.truncate(bottom);
        Ok((object.into(), tree))
    }

    /// A name, its colon included.
    fn property_name(&mut self) -> JsResult<PropertyKey> {
        self.at += 1;
        let start = self.at;
        let key = match self.plain_run()? {
            Run::Closed => {
                let view = U::view(&self.units[start..self.at - 1]);
                PropertyKey::from_view(self.cx, &self.cx.atoms, view)
            }
            Run::Escape => {
                let text = self.escaped_string(start)?;
                PropertyKey::from_view(self.cx, &self.cx.atoms, text.view())
            }
        };
        self.skip_blanks();
        if !self.eat(b':') {
            return Err(self.fail("Expected ':' after property name in JSON"));
        }
        Ok(key)
    }

    /// A string whose opening quote was read.
    fn string(&mut self) -> JsResult<Value> {
        let start = self.at;
        match self.plain_run()? {
            Run::Closed => {
                let view = U::view(&self.units[start..self.at - 1]);
                match view.len() {
                    0 => Ok(self.cx.atoms.empty().into()),
                    1 => Ok(self.cx.atoms.single_unit(self.cx, view.at(0)).into()),
                    _ => Ok(self.cx.string_from_view(view)?.into()),
                }
            }
            Run::Escape => {
                let text = self.escaped_string(start)?;
                Ok(self.cx.finish_string(text)?.into())
            }
        }
    }

    /// Reads up to the closing quote (past it) or an escape (up to it).
    #[inline]
    fn plain_run(&mut self) -> JsResult<Run> {
        loop {
            match self.units.get(self.at).map(|unit| unit.code()) {
                Some(0x22) => {
                    self.at += 1;
                    return Ok(Run::Closed);
                }
                Some(0x5c) => return Ok(Run::Escape),
                Some(c) if c < 0x20 => {
                    return Err(self.fail("Bad control character in string literal in JSON"));
                }
                Some(_) => self.at += 1,
                None => return Err(self.fail("Unterminated string in JSON")),
            }
        }
    }

    /// The rest of a string that began at `start` and has an escape at the position.
    fn escaped_string(&mut self, start: usize) -> JsResult<StringBuilder> {
        let mut text = StringBuilder::with_capacity(self.at - start + 16);
        text.push_view(U::view(&self.units[start..self.at]));
        loop {
            self.at += 1;
            let escape = self.peek();
            self.at += 1;
            match escape {
                0x22 | 0x5c | 0x2f => text.push_unit(escape),
                0x62 => text.push_unit(0x8),
                0x66 => text.push_unit(0xc),
                0x6e => text.push_unit(0xa),
                0x72 => text.push_unit(0xd),
                0x74 => text.push_unit(0x9),
                0x75 => text.push_unit(self.four_hex_digits()?),
                _ => {
                    self.at -= 1;
                    if self.at >= self.units.len() {
                        return Err(self.unexpected());
                    }
                    return Err(self.fail("Bad escaped character in JSON"));
                }
            }
            let from = self.at;
            let run = self.plain_run()?;
            let to = self.at - usize::from(matches!(run, Run::Closed));
            text.push_view(U::view(&self.units[from..to]));
            if matches!(run, Run::Closed) {
                return Ok(text);
            }
        }
    }

    fn four_hex_digits(&mut self) -> JsResult<u16> {
        let mut value = 0;
        for _ in 0..4 {
            match char::from_u32(u32::from(self.peek())).and_then(|c| c.to_digit(16)) {
                Some(digit) => value = value * 16 + digit as u16,
                None => return Err(self.fail("Bad Unicode escape in JSON")),
            }
            self.at += 1;
        }
        Ok(value)
    }

    #[inline(always)]
    fn digit(&self) -> Option<u16> {
        let digit = self.peek().wrapping_sub(0x30);
        (digit < 10).then_some(digit)
    }

    fn number(&mut self) -> JsResult<Value> {
        let start = self.at;
        let negative = self.eat(b'-');
        let first = self.at;
        let mut integer = 0u64;
        match self.digit() {
            None => return Err(self.fail("No number after minus sign in JSON")),
            Some(0) => {
                self.at += 1;
                if self.digit().is_some() {
                    return Err(self.fail("Unexpected number in JSON"));
                }
            }
            Some(_) => {
                while let Some(digit) = self.digit() {
                    integer = integer.wrapping_mul(10).wrapping_add(u64::from(digit));
                    self.at += 1;
                }
            }
        }
        let is_integer = !matches!(self.peek(), 0x2e | 0x45 | 0x65);
        // Up to 15 digits are exact as a double.
        if is_integer && self.at - first <= 15 {
            let magnitude = integer as f64;
            return Ok(Value::from_f64(if negative { -magnitude } else { magnitude }));
        }
        if self.eat(b'.') {
            self.digits("Unterminated fractional number in JSON")?;
        }
        if matches!(self.peek(), 0x45 | 0x65) {
            self.at += 1;
            if matches!(self.peek(), 0x2b | 0x2d) {
                self.at += 1;
            }
            self.digits("Exponent part is missing a number in JSON")?;
        }
        Ok(Value::from_f64(number::string_to_number(U::view(&self.units[start..self.at]))))
    }

    fn digits(&mut self, message: &str) -> JsResult<()> {
        if self.digit().is_none() {
            return Err(self.fail(message));
        }
        while self.digit().is_some() {
            self.at += 1;
        }
        Ok(())
    }

    // ---- errors ----------------------------------------------------------------------------------------------------

    /// A message with the position.
    #[cold]
    fn fail(&self, message: &str) -> Throw {
        self.cx.throw_syntax_error(format_args!("{message} at position {}", self.at))
    }

    /// The message about a token that no value begins with.
    #[cold]
    fn unexpected(&self) -> Throw {
        /// Units of context shown to either side.
        const CONTEXT: usize = 10;
        let length = self.units.len();
        let Some(unit) = self.units.get(self.at) else {
            return self.cx.throw_syntax_error("Unexpected end of JSON input");
        };
        // What programs pass by mistake is shown without its first letter.
        let whole = U::view(self.units);
        if ["NaN", "Infinity", "undefined", "[object Object]"].iter().any(|text| whole.eq_ascii(text)) {
            let shown = whole.to_rust_string_lossy();
            return self.cx.throw_syntax_error(format_args!("\"{shown}\" is not valid JSON"));
        }
        let token = U::view(std::slice::from_ref(unit)).to_rust_string_lossy();
        let (mut from, mut to) = (0, length);
        if length > 40 {
            from = self.at.saturating_sub(CONTEXT);
            to = (self.at + CONTEXT).min(length);
        }
        let shown = U::view(&self.units[from..to]).to_rust_string_lossy();
        let (before, after) = (if from > 0 { "..." } else { "" }, if to < length { "... " } else { " " });
        self.cx.throw_syntax_error(format_args!(
            "Unexpected token '{token}', {before}\"{shown}\"{after}is not valid JSON"
        ))
    }
}

/// How a run of plain characters in a string ended.
enum Run {
    Closed,
    Escape,
}
