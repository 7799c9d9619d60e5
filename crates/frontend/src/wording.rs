//! What an early error says and where: the parser's diagnostics in the words that V8 uses, because programs, tests and people
//! know those.
//!
//! A diagnostic about an unexpected token only names the place; the token is read from the text there, by a small scanner that
//! needs no context, since it looks at a token that the parser could not use.

use crate::source::SourceText;
use oxc_diagnostics::OxcDiagnostic;

/// Message and place of an early error.
pub(crate) struct Worded {
    pub(crate) message: String,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Diagnostics that mean the same as a message of V8: the beginning of one, the whole of the other.
const SAME: &[(&str, &str)] = &[
    ("Unterminated string", INVALID_TOKEN),
    ("Unterminated multiline comment", INVALID_TOKEN),
    ("Invalid Character", INVALID_TOKEN),
    ("Invalid Number", INVALID_TOKEN),
    ("Invalid characters after number", INVALID_TOKEN),
    ("Unterminated regular expression", "Invalid regular expression: missing /"),
    ("Unexpected flag", "Invalid regular expression flags"),
    ("Flag ", "Invalid regular expression flags"),
    ("HTML comments are not allowed in modules", "HTML comments are not allowed in modules"),
    ("Keywords cannot contain escape characters", "Keyword must not contain escaped characters"),
    (
        "Async functions can only be declared",
        "Async functions can only be declared at the top level or inside a block.",
    ),
    (
        "Generators can only be declared",
        "Generators can only be declared at the top level or inside a block.",
    ),
    (
        "`await` is only allowed within",
        "await is only valid in async functions and the top level bodies of modules",
    ),
    (
        "`for await` loops are only allowed",
        "await is only valid in async functions and the top level bodies of modules",
    ),
    ("A rest element must be last", "Rest element must be last element"),
    ("Spread must be last element", "Rest element must be last element"),
    ("A rest parameter must be last", "Rest parameter must be last formal parameter"),
    ("Optional chaining cannot appear in the callee", "Invalid optional chain from new expression"),
    ("Invalid optional chain from new", "Invalid optional chain from new expression"),
    ("Tagged template expressions are not permitted", "Invalid tagged template on optional chain"),
    ("Missing catch or finally clause", "Missing catch or finally after try"),
    ("'super' can only be", "'super' keyword unexpected here"),
    ("Super calls are not permitted", "'super' keyword unexpected here"),
    ("'new super()' is not allowed", "'super' keyword unexpected here"),
    ("Private fields cannot be accessed on super", "Unexpected private field"),
    ("A 'return' statement can", "Illegal return statement"),
    ("Expected function name", "Function statements require a function name"),
    ("A 'get' accessor must not have", "Getter must not have any formal parameters."),
    ("A 'set' accessor must have", "Setter must have exactly one formal parameter."),
    ("A 'set' accessor cannot have rest parameter", "Setter function argument must not be a rest parameter"),
    ("Constructor can't have get/set modifier", "Class constructor may not be an accessor"),
    ("Constructor can't be an async method", "Class constructor may not be an async method"),
    ("Constructor can't be a generator", "Class constructor may not be a generator"),
    (
        "Classes can't have an element named '#constructor'",
        "Classes may not have a private field named '#constructor'",
    ),
    ("Classes can't have a field named 'constructor'", "Classes may not have a field named 'constructor'"),
    ("Multiple constructor implementations", "A class may only have one constructor"),
    ("A 'default' clause cannot appear more", "More than one default clause in switch statement"),
    ("'with' statements are not allowed", "Strict mode code may not include a with statement"),
    ("Delete of an unqualified identifier", "Delete of an unqualified identifier in strict mode."),
    (
        "Decimals with leading zeros are not allowed",
        "Decimals with leading zeros are not allowed in strict mode.",
    ),
    ("Cannot assign to 'eval' in strict mode", "Unexpected eval or arguments in strict mode"),
    ("Cannot assign to 'arguments' in strict mode", "Unexpected eval or arguments in strict mode"),
    ("Unexpected new.target expression", "new.target expression is not allowed here"),
    ("Unexpected import.meta expression", "Cannot use 'import.meta' outside a module"),
    ("Invalid assignment in object literal", "Invalid shorthand property initializer"),
    ("`let` cannot be declared as a variable name", "let is disallowed as a lexically bound name"),
    (
        "The left-hand side of a `for...of` statement may not be `async`",
        "The left-hand side of a for-of loop may not be 'async'.",
    ),
    (
        "The left-hand side of a `for...of` statement may not start with `let`",
        "The left-hand side of a for-of loop may not be 'let'.",
    ),
    (
        "for-in loop variable declaration may not",
        "for-in loop variable declaration may not have an initializer.",
    ),
    (
        "for-of loop variable declaration may not",
        "for-of loop variable declaration may not have an initializer.",
    ),
    (
        "Only a single declaration is allowed in a `for...in`",
        "Invalid left-hand side in for-in loop: Must have a single binding.",
    ),
    (
        "Only a single declaration is allowed in a `for...of`",
        "Invalid left-hand side in for-of loop: Must have a single binding.",
    ),
    (
        "A unary expression with the",
        "Unary operator used immediately before exponentiation expression. Parenthesis must be used to \
         disambiguate operator precedence",
    ),
    ("Jump target cannot cross function boundary", "Illegal break statement"),
    ("Cannot use await in class static", "Unexpected reserved word"),
];

pub(crate) const INVALID_TOKEN: &str = "Invalid or unexpected token";

/// Diagnostics about a token that does not belong where it is.
const UNEXPECTED: &[&str] = &[
    "Unexpected token",
    "Unexpected end of file",
    "Expected `",
    "Expected a semicolon or an implicit semicolon",
    "Expected function body",
    "Expected switch clause",
    "Identifier expected",
    "Unexpected private identifier",
    "Line terminator not permitted before arrow",
    "Invalid class declaration",
    "Declaration cannot appear in a single-statement context",
    "Unexpected export",
    "Logical expressions and coalesce expressions",
    "Empty parenthesized expression",
    "A class name is required",
    "Unexpected JSX expression",
];

/// Words a diagnostic whose main label is the text from `start` to `end`.
pub(crate) fn word(source: &SourceText, error: &OxcDiagnostic, start: u32, end: u32) -> Worded {
    let message = &*error.message;
    let text = source.text();
    let marked = text.get(start as usize..end as usize).unwrap_or_default();
    let here = |message: &str| Worded { message: message.to_owned(), start, end };
    if let Some((_, worded)) = SAME.iter().find(|(beginning, _)| message.starts_with(beginning)) {
        return here(worded);
    }
    if UNEXPECTED.iter().any(|beginning| message.starts_with(beginning)) {
        return unexpected(text, message, start, end);
    }
    if message.starts_with("Cannot assign to this expression")
        || message.starts_with("Invalid left-hand side")
    {
        return here(invalid_target(text, start as usize, end as usize));
    }
    for (beginning, operator) in [("Type assertion", " as "), ("Type satisfaction", " satisfies ")] {
        if message.starts_with(beginning) {
            let at = marked.rfind(operator).map_or(start, |at| start + at as u32 + 1);
            return unexpected(text, message, at, end);
        }
    }
    if message == "Invalid escape sequence" {
        return here(wrong_escape(text, start as usize, end as usize));
    }
    if message.contains("`__proto__` has already been declared")
        && text[skip_trivia(text, end as usize)..].starts_with(':')
    {
        return here("Duplicate __proto__ fields are not allowed in object literals");
    }
    if let Some(what) = message.strip_prefix("Invalid regular expression: ") {
        return here(&wrong_pattern(text, start as usize, what));
    }
    if message.starts_with("The keyword '") {
        return here(reserved_word(marked));
    }
    if let Some(x) = message.strip_prefix("Cannot use `").and_then(|rest| rest.split('`').next()) {
        return here(if x == "yield" { "Unexpected identifier 'yield'" } else { "Unexpected reserved word" });
    }
    if message.starts_with("'0'-prefixed octal") {
        let literal = marked.starts_with(|c: char| c.is_ascii_digit());
        return here(if literal {
            "Octal literals are not allowed in strict mode."
        } else {
            "Octal escape sequences are not allowed in strict mode."
        });
    }
    if message.starts_with("Cannot use import") && message.contains("outside a module") {
        return here("Cannot use import statement outside a module");
    }
    if message.starts_with("Cannot use export") {
        return unexpected(text, message, start, end);
    }
    if message.starts_with("Use of undefined label") {
        return here(&format!("Undefined label '{marked}'"));
    }
    if message.starts_with("A `continue` statement can only jump") {
        return here("Illegal continue statement: no enclosing loop has this label");
    }
    if let Some(rest) = message.strip_prefix("Private identifier '") {
        let name = rest.split('\'').next().unwrap_or_default();
        return here(&format!("Private field '{name}' must be declared in an enclosing class"));
    }
    if let Some(rest) = message.strip_prefix("Duplicated export ") {
        return here(&format!("Duplicate export of {rest}"));
    }
    // The remaining ones say it well; V8 quotes names with apostrophes.
    here(&message.replace('`', "'"))
}

/// Which escape is wrong, at or before the text from `start` to `end`.
fn wrong_escape(text: &str, start: usize, end: usize) -> &'static str {
    let marked = text.get(start..end).unwrap_or_default();
    let at = marked.find('\\').map(|at| start + at).or_else(|| text[..end.min(text.len())].rfind('\\'));
    let rest = at.map_or("", |at| &text[at..]);
    let digits = rest.strip_prefix("\\u{").and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
    if digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())) {
        "Undefined Unicode code-point"
    } else if rest.starts_with("\\u") {
        "Invalid Unicode escape sequence"
    } else if rest.starts_with("\\x") {
        "Invalid hexadecimal escape sequence"
    } else {
        "Invalid escape sequence"
    }
}

/// The message about the literal around `at`, with its pattern as far as that can be told.
fn wrong_pattern(text: &str, at: usize, what: &str) -> String {
    let what = match what {
        "Unterminated capturing group" => "Unterminated group",
        "Lone quantifier brackets" | "Nothing to repeat" => what,
        what => what.trim_end_matches('.'),
    };
    let line = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let is_escaped = |at: usize| text[line..at].bytes().rev().take_while(|&b| b == b'\\').count() % 2 == 1;
    let is_delimiter = |&at: &usize| !is_escaped(at);
    let first = text[line..at].rmatch_indices('/').map(|(i, _)| line + i).find(is_delimiter);
    let Some(first) = first else { return format!("Invalid regular expression: {what}") };
    let rest = &text[first + 1..];
    let last = rest.match_indices('/').map(|(i, _)| first + 1 + i).filter(|&i| i >= at).find(is_delimiter);
    let end = last.unwrap_or(text.len());
    let flags = text.get(end + 1..).unwrap_or_default();
    let flags = &flags[..flags.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(flags.len())];
    format!("Invalid regular expression: /{}/{flags}: {what}", &text[first + 1..end])
}

/// What is wrong with a target that the text around it says how it is assigned to.
fn invalid_target(text: &str, start: usize, end: usize) -> &'static str {
    let after = &text[skip_trivia(text, end.min(text.len()))..];
    let after = after.trim_start_matches(|c: char| c == ')' || c.is_whitespace());
    let before = text[..start].trim_end_matches(|c: char| c == '(' || c.is_whitespace());
    if after.starts_with("++") || after.starts_with("--") {
        "Invalid left-hand side expression in postfix operation"
    } else if before.ends_with("++") || before.ends_with("--") {
        "Invalid left-hand side expression in prefix operation"
    } else if after.starts_with([',', ']', '}', ':']) || before.ends_with("...") {
        "Invalid destructuring assignment target"
    } else if after.starts_with("of ") || after.starts_with("in ") {
        "Invalid left-hand side in for-loop"
    } else if before.ends_with([',', '[', ':']) && after.starts_with('=') {
        "Invalid destructuring assignment target"
    } else {
        "Invalid left-hand side in assignment"
    }
}

fn reserved_word(word: &str) -> &'static str {
    match word {
        "await" | "enum" => "Unexpected reserved word",
        _ => "Unexpected strict mode reserved word",
    }
}

/// Says that the token at `at` was not expected, where a name would have been.
pub(crate) fn unexpected_at(text: &str, at: usize) -> (String, oxc_span::Span) {
    let worded = unexpected(text, "Identifier expected", at as u32, at as u32);
    (worded.message, oxc_span::Span::new(worded.start, worded.end))
}

/// Names the token that was not expected.
fn unexpected(text: &str, message: &str, start: u32, end: u32) -> Worded {
    let mut at = skip_trivia(text, (start as usize).min(text.len()));
    if message.starts_with("Empty parenthesized") {
        at = skip_trivia(text, (at + 1).min(text.len()));
    }
    if message.starts_with("Logical expressions") {
        let expression = text.get(at..end as usize).unwrap_or_default();
        at += ["??", "||", "&&"].iter().filter_map(|operator| expression.rfind(operator)).max().unwrap_or(0);
    }
    if message.starts_with("A class name is required") {
        at = skip_trivia(text, (at + "class".len()).min(text.len()));
    }
    if text[at..].starts_with('`')
        && quoted(&text[at..], '`') == text.len() - at
        && !text[at + 1..].ends_with('`')
    {
        at = text.len();
    }
    let token = token_at(text, at);
    let end = at + token.len();
    let place = |message: String| Worded { message, start: at as u32, end: end as u32 };
    if message.starts_with("Expected `,` or `)` but found") && !is_parameter_list(text, at) {
        return place("missing ) after argument list".to_owned());
    }
    let message = match token.chars().next() {
        None => "Unexpected end of input".to_owned(),
        Some('0'..='9') => "Unexpected number".to_owned(),
        Some('.') if token.len() > 1 && token.as_bytes()[1].is_ascii_digit() => {
            "Unexpected number".to_owned()
        }
        Some('"' | '\'') => "Unexpected string".to_owned(),
        Some('`') => "Unexpected template string".to_owned(),
        Some('#') if token.len() > 1 => format!("Unexpected identifier '{token}'"),
        Some('#' | '@' | '\\') => INVALID_TOKEN.to_owned(),
        Some(c) if is_identifier_start(c) => match token {
            "enum" => "Unexpected reserved word".to_owned(),
            "await" if message.starts_with("Identifier expected") => "Unexpected reserved word".to_owned(),
            "implements" | "interface" | "package" | "private" | "protected" | "public" | "static"
            | "yield" | "let"
                if message.starts_with("Identifier expected") =>
            {
                "Unexpected strict mode reserved word".to_owned()
            }
            token if is_keyword(token) => format!("Unexpected token '{token}'"),
            token => format!("Unexpected identifier '{token}'"),
        },
        Some(c) if c.is_ascii_punctuation() => format!("Unexpected token '{token}'"),
        Some(_) => INVALID_TOKEN.to_owned(),
    };
    place(message)
}

/// Does the parenthesis that is open at `at` begin the parameters of a function?
fn is_parameter_list(text: &str, at: usize) -> bool {
    let mut depth = 0;
    for (index, byte) in text.as_bytes()[..at].iter().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => {
                let before = text[..index].trim_end();
                let name =
                    before.trim_end_matches(is_identifier_part).trim_end().trim_end_matches('*').trim_end();
                return before.ends_with("function") || name.ends_with("function");
            }
            b'(' => depth -= 1,
            _ => {}
        }
    }
    false
}

/// The offset behind white space and comments.
pub(crate) fn skip_trivia(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("//") {
            at += trimmed.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(trimmed.len());
        } else if let Some(comment) = trimmed.strip_prefix("/*") {
            at += comment.find("*/").map_or(trimmed.len(), |end| end + 4);
        } else {
            return at;
        }
    }
}

/// The token that begins at `at`; empty at the end of the text. Strings and templates end with their line.
fn token_at(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else { return "" };
    let length = match first {
        c if is_identifier_start(c) => rest.find(|c| !is_identifier_part(c)).unwrap_or(rest.len()),
        '#' => rest[1..].find(|c| !is_identifier_part(c)).map_or(rest.len(), |n| n + 1),
        '0'..='9' => rest.find(|c| !(is_identifier_part(c) || c == '.')).unwrap_or(rest.len()),
        '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
            rest[1..].find(|c| !is_identifier_part(c)).map_or(rest.len(), |n| n + 1)
        }
        '"' | '\'' | '`' => quoted(rest, first),
        _ => PUNCTUATORS
            .iter()
            .find(|punctuator| rest.starts_with(**punctuator))
            .map_or(first.len_utf8(), |punctuator| punctuator.len()),
    };
    &rest[..length]
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        match c {
            '\n' | '\r' => return index,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return index + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Longer ones first. A slash alone is a division.
const PUNCTUATORS: &[&str] = &[
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=",
    ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>",
    "**",
];

fn is_identifier_start(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn is_identifier_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '\u{200C}' | '\u{200D}')
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "break"
            | "case"
            | "catch"
            | "class"
            | "const"
            | "continue"
            | "debugger"
            | "default"
            | "delete"
            | "do"
            | "else"
            | "export"
            | "extends"
            | "false"
            | "finally"
            | "for"
            | "function"
            | "if"
            | "import"
            | "in"
            | "instanceof"
            | "new"
            | "null"
            | "return"
            | "super"
            | "switch"
            | "this"
            | "throw"
            | "true"
            | "try"
            | "typeof"
            | "var"
            | "void"
            | "while"
            | "with"
    )
}

#[cfg(test)]
mod tests {
    use crate::{Goal, Options, Program};

    #[track_caller]
    fn rejected(text: &str, line: u32, column: u32, message: &str) {
        let error = Program::parse(text, Goal::Script, Options::default()).expect_err(text);
        assert_eq!(
            (error.message.as_str(), error.position.line, error.position.column),
            (message, line, column),
            "{text}"
        );
    }

    #[test]
    fn unexpected_tokens_are_named() {
        rejected("f(1 + )", 1, 7, "Unexpected token ')'");
        rejected("var 1", 1, 5, "Unexpected number");
        rejected("1+\n var 1", 2, 2, "Unexpected token 'var'");
        rejected("a b", 1, 3, "Unexpected identifier 'b'");
        rejected("a 'b'", 1, 3, "Unexpected string");
        rejected("a\n=> 1", 2, 1, "Unexpected token '=>'");
        rejected("function f() {\n", 2, 1, "Unexpected end of input");
        rejected("f(1 2)", 1, 5, "missing ) after argument list");
        rejected("let x = 'a", 1, 9, "Invalid or unexpected token");
        rejected("a ?? b || c", 1, 8, "Unexpected token '||'");
    }

    #[test]
    fn targets_are_told_apart() {
        rejected("1 = 2", 1, 1, "Invalid left-hand side in assignment");
        rejected("1++", 1, 1, "Invalid left-hand side expression in postfix operation");
        rejected("++1", 1, 3, "Invalid left-hand side expression in prefix operation");
        rejected("[1] = []", 1, 2, "Invalid destructuring assignment target");
        rejected("{1 = 2}", 1, 2, "Invalid left-hand side in assignment");
    }

    #[test]
    fn words_of_typescript_are_names() {
        rejected("x as y", 1, 3, "Unexpected identifier 'as'");
        rejected("f(x satisfies y)", 1, 5, "Unexpected identifier 'satisfies'");
    }

    #[test]
    fn literals_are_told_what_is_wrong_with_them() {
        let message =
            |text: &str| Program::parse(text, Goal::Script, Options::default()).expect_err(text).message;
        assert_eq!(
            message("({__proto__: 1, __proto__: 2})"),
            "Duplicate __proto__ fields are not allowed in object literals"
        );
        assert_eq!(message("'\\u{110000}'"), "Undefined Unicode code-point");
        assert_eq!(message("'a\\u{zz}'"), "Invalid Unicode escape sequence");
        assert_eq!(message("'a\\xz'"), "Invalid hexadecimal escape sequence");
        assert_eq!(message("x = /(/"), "Invalid regular expression: /(/: Unterminated group");
        assert_eq!(message("x = /a\\/(/gu"), "Invalid regular expression: /a\\/(/gu: Unterminated group");
    }
}
