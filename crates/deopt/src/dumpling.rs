//! Frame dumps in the format of DUMPLING (Wachter, Gremminger, Wressnegger, Payer, Bolliger: NDSS 2025), which Fuzzilli's
//! differential oracle reads.
//!
//! At every point where optimized code can exit, the frame is dumped; a run with the interpreter alone dumps at
//! every instruction. Each dump of the optimized run must match some dump of the reference run, in order. A value that
//! is dead or not
//! yet materialized matches anything.
//!
//! ```text
//! ---T          I interpreter, S baseline, M and T optimizing tiers, D a deoptimized frame
//! b:12          bytecode offset
//! f:40          function, by a number that is the same in every run
//! x:undefined   accumulator
//! n:1           number of formals
//! m:2           number of registers
//! a0:5          arguments
//! r1:<optimized_out>
//! ```
//!
//! An empty line ends a dump. Dumps are *incremental*: lines that equal those of the last dump are left out.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use crate::ids::LiteralId;
use crate::translated::{TranslatedFrame, TranslatedFrameKind, TranslatedKind, TranslatedState};

/// What a dead value looks like.
pub const OPTIMIZED_OUT: &str = "<optimized_out>";
/// What a value looks like that phase two has yet to make.
pub const NON_MATERIALIZED: &str = "<non-materialized>";

/// Which tier a frame belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tier {
    /// `I`
    Interpreter,
    /// `S`
    Baseline,
    /// `M`
    MidTier,
    /// `T`
    Optimized,
    /// `D`
    Deoptimized,
}

impl Tier {
    /// The letter of the dump's header.
    pub const fn letter(self) -> char {
        match self {
            Tier::Interpreter => 'I',
            Tier::Baseline => 'S',
            Tier::MidTier => 'M',
            Tier::Optimized => 'T',
            Tier::Deoptimized => 'D',
        }
    }
    fn from_letter(letter: char) -> Option<Tier> {
        [Tier::Interpreter, Tier::Baseline, Tier::MidTier, Tier::Optimized, Tier::Deoptimized]
            .into_iter()
            .find(|tier| tier.letter() == letter)
    }
}

/// One dump.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dump {
    /// The tier.
    pub tier: Tier,
    /// The bytecode offset.
    pub offset: u32,
    /// The function.
    pub function: u32,
    /// The accumulator.
    pub accumulator: String,
    /// Formal parameters.
    pub arguments: Vec<String>,
    /// Registers.
    pub registers: Vec<String>,
}

impl Dump {
    /// The dump of a translated frame that is interpreted; `None` for others.
    pub fn of_translated(
        state: &TranslatedState,
        frame: &TranslatedFrame,
        tier: Tier,
        function: impl FnOnce(LiteralId) -> u32,
        describe: impl Fn(u64) -> String,
        optimized_out: u64,
    ) -> Option<Dump> {
        let TranslatedFrameKind::Interpreted { head, position } = frame.kind else { return None };
        let input = |number| match state.values[state.input(frame, number) as usize].kind {
            TranslatedKind::Ready(word) if word == optimized_out => OPTIMIZED_OUT.to_owned(),
            TranslatedKind::Ready(word) | TranslatedKind::Number { word, .. } => describe(word),
            _ => NON_MATERIALIZED.to_owned(),
        };
        let first_register = 3 + head.formals;
        Some(Dump {
            tier,
            offset: position.offset(),
            function: function(head.code),
            accumulator: input(first_register + head.registers),
            arguments: (0..head.formals).map(|i| input(2 + i)).collect(),
            registers: (0..head.registers).map(|i| input(first_register + i)).collect(),
        })
    }

    /// Whether an optimized frame may be this frame of the reference run.
    fn matches(&self, reference: &Dump) -> bool {
        let same = |a: &String, b: &String| {
            a == b || [a, b].iter().any(|text| [OPTIMIZED_OUT, NON_MATERIALIZED].contains(&text.as_str()))
        };
        let all = |a: &[String], b: &[String]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
        self.offset == reference.offset
            && self.function == reference.function
            && same(&self.accumulator, &reference.accumulator)
            && all(&self.arguments, &reference.arguments)
            && all(&self.registers, &reference.registers)
    }
}

/// Lines by label, as the last dumps left them.
type Lines = BTreeMap<String, String>;

/// Writes dumps, each relative to the one before.
#[derive(Default, Debug)]
pub struct Dumpling {
    last: Lines,
}

impl Dumpling {
    /// Nothing dumped yet.
    pub fn new() -> Dumpling {
        Dumpling::default()
    }

    /// Writes a dump.
    ///
    /// # Errors
    /// `out` fails.
    pub fn write(&mut self, out: &mut impl Write, dump: &Dump) -> fmt::Result {
        writeln!(out, "---{}", dump.tier.letter())?;
        let mut line = |label: String, value: String| {
            if self.last.get(&label) == Some(&value) {
                return Ok(());
            }
            writeln!(out, "{label}:{value}")?;
            self.last.insert(label, value);
            Ok(())
        };
        line("b".to_owned(), dump.offset.to_string())?;
        line("f".to_owned(), dump.function.to_string())?;
        line("x".to_owned(), dump.accumulator.clone())?;
        line("n".to_owned(), dump.arguments.len().to_string())?;
        line("m".to_owned(), dump.registers.len().to_string())?;
        for (i, value) in dump.arguments.iter().enumerate() {
            line(format!("a{i}"), value.clone())?;
        }
        for (i, value) in dump.registers.iter().enumerate() {
            line(format!("r{i}"), value.clone())?;
        }
        writeln!(out)
    }
}

/// Reads a sequence of dumps.
///
/// # Errors
/// The number of the first line that is of no dump.
pub fn parse(text: &str) -> Result<Vec<Dump>, usize> {
    let mut last = Lines::new();
    let mut dumps = Vec::new();
    let mut tier = None;
    for (number, line) in text.lines().enumerate() {
        if let Some(header) = line.strip_prefix("---") {
            let mut letters = header.chars();
            tier = letters.next().and_then(Tier::from_letter);
            if tier.is_none() || letters.next().is_some() {
                return Err(number);
            }
        } else if line.is_empty() {
            dumps.push(complete(tier.take().ok_or(number)?, &last).ok_or(number)?);
        } else {
            let (label, value) = line.split_once(':').ok_or(number)?;
            last.insert(label.to_owned(), value.to_owned());
        }
    }
    Ok(dumps)
}

fn complete(tier: Tier, lines: &Lines) -> Option<Dump> {
    let number = |label: &str| lines.get(label)?.parse().ok();
    let list = |prefix: char, count: u32| {
        (0..count).map(|i| lines.get(&format!("{prefix}{i}")).cloned()).collect::<Option<Vec<_>>>()
    };
    Some(Dump {
        tier,
        offset: number("b")?,
        function: number("f")?,
        accumulator: lines.get("x")?.clone(),
        arguments: list('a', number("n")?)?,
        registers: list('r', number("m")?)?,
    })
}

/// Relates a run with optimized frames to a reference run: each of its dumps must match one of the reference, in order.
///
/// # Errors
/// The index of the first dump that matches nothing.
pub fn relate(optimized: &[Dump], reference: &[Dump]) -> Result<(), usize> {
    let mut rest = reference.iter();
    for (index, dump) in optimized.iter().enumerate() {
        if !rest.any(|candidate| dump.matches(candidate)) {
            return Err(index);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dump(tier: Tier, offset: u32, registers: &[&str]) -> Dump {
        Dump {
            tier,
            offset,
            function: 40,
            accumulator: "undefined".to_owned(),
            arguments: vec!["5".to_owned()],
            registers: registers.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    #[test]
    fn unchanged_lines_are_left_out() {
        let mut out = String::new();
        let mut dumpling = Dumpling::new();
        dumpling.write(&mut out, &dump(Tier::Interpreter, 0, &["1", "2"])).unwrap();
        dumpling.write(&mut out, &dump(Tier::Optimized, 3, &["1", "3"])).unwrap();
        dumpling.write(&mut out, &dump(Tier::Optimized, 3, &["1", "3"])).unwrap();
        let expected =
            "---I\nb:0\nf:40\nx:undefined\nn:1\nm:2\na0:5\nr0:1\nr1:2\n\n---T\nb:3\nr1:3\n\n---T\n\n";
        assert_eq!(out, expected);
    }

    #[test]
    fn a_wrong_register_is_found_and_a_dead_one_is_not() {
        let reference = [dump(Tier::Interpreter, 0, &["1", "2"]), dump(Tier::Interpreter, 3, &["1", "3"])];
        let run = |dumps: &[Dump]| relate(dumps, &reference);
        assert_eq!(run(&[dump(Tier::Optimized, 3, &["1", "3"])]), Ok(()));
        assert_eq!(run(&[dump(Tier::Optimized, 3, &[OPTIMIZED_OUT, NON_MATERIALIZED])]), Ok(()));
        assert_eq!(run(&[dump(Tier::Optimized, 3, &["3", "1"])]), Err(0));
        assert_eq!(run(&[dump(Tier::Optimized, 2, &["1", "3"])]), Err(0));
        // In order.
        let swapped = [dump(Tier::Optimized, 3, &["1", "3"]), dump(Tier::Optimized, 0, &["1", "2"])];
        assert_eq!(run(&swapped), Err(1));
    }

    fn dumps() -> impl Strategy<Value = Vec<Dump>> {
        let value =
            || prop::sample::select(vec!["1", "undefined", "\"a:b\"", OPTIMIZED_OUT]).prop_map(str::to_owned);
        let lists = (prop::collection::vec(value(), 0..4), prop::collection::vec(value(), 0..5));
        let one = (0..9u32, 0..3u32, value(), lists).prop_map(
            |(offset, function, accumulator, (arguments, registers))| Dump {
                tier: Tier::Interpreter,
                offset,
                function,
                accumulator,
                arguments,
                registers,
            },
        );
        prop::collection::vec(one, 0..6)
    }

    proptest! {
        #[test]
        fn dumps_are_read_as_they_were_written(dumps in dumps()) {
            let mut out = String::new();
            let mut dumpling = Dumpling::new();
            for dump in &dumps {
                dumpling.write(&mut out, dump).unwrap();
            }
            prop_assert_eq!(&parse(&out).unwrap(), &dumps);
            prop_assert_eq!(relate(&dumps, &dumps), Ok(()));
        }
    }
}
