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

use std::collections::BTreeSet;
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
        let input = |number| match state.input(frame, number) {
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

/// The lines that the dumps so far have left, by their labels.
#[derive(Default, Debug)]
struct Last {
    offset: Option<u32>,
    function: Option<u32>,
    accumulator: Option<String>,
    argument_count: Option<usize>,
    register_count: Option<usize>,
    arguments: Vec<Option<String>>,
    registers: Vec<Option<String>>,
}

/// A place in a list that grows as far as that.
fn place(list: &mut Vec<Option<String>>, index: usize) -> &mut Option<String> {
    if list.len() <= index {
        list.resize(index + 1, None);
    }
    &mut list[index]
}

/// More values than any frame has: what asks for more is malformed.
const MAX_VALUES: usize = 1 << 20;

impl Last {
    /// Takes a line; none if it is malformed.
    fn take(&mut self, line: &str) -> Option<()> {
        let (label, value) = line.split_once(':')?;
        let number = || label[1..].parse().ok().filter(|&index: &usize| index < MAX_VALUES);
        match label {
            "b" => self.offset = Some(value.parse().ok()?),
            "f" => self.function = Some(value.parse().ok()?),
            "x" => self.accumulator = Some(value.to_owned()),
            "n" => self.argument_count = Some(value.parse().ok()?),
            "m" => self.register_count = Some(value.parse().ok()?),
            _ if label.starts_with('a') => *place(&mut self.arguments, number()?) = Some(value.to_owned()),
            _ if label.starts_with('r') => *place(&mut self.registers, number()?) = Some(value.to_owned()),
            _ => return None,
        }
        Some(())
    }

    /// The dump that ends here; none if something was never said.
    fn complete(&self, tier: Tier) -> Option<Dump> {
        let list = |values: &[Option<String>], count: usize| {
            values.get(..count)?.iter().cloned().collect::<Option<Vec<_>>>()
        };
        Some(Dump {
            tier,
            offset: self.offset?,
            function: self.function?,
            accumulator: self.accumulator.clone()?,
            arguments: list(&self.arguments, self.argument_count?)?,
            registers: list(&self.registers, self.register_count?)?,
        })
    }
}

/// Writes dumps, each relative to the one before.
#[derive(Default, Debug)]
pub struct Dumpling {
    last: Last,
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
        fn number<T: Copy + PartialEq + fmt::Display>(
            out: &mut impl Write,
            last: &mut Option<T>,
            label: char,
            value: T,
        ) -> fmt::Result {
            if last.replace(value) == Some(value) { Ok(()) } else { writeln!(out, "{label}:{value}") }
        }
        fn list(
            out: &mut impl Write,
            last: &mut Vec<Option<String>>,
            label: char,
            values: &[String],
        ) -> fmt::Result {
            for (index, value) in values.iter().enumerate() {
                let last = place(last, index);
                if last.as_ref() != Some(value) {
                    writeln!(out, "{label}{index}:{value}")?;
                    *last = Some(value.clone());
                }
            }
            Ok(())
        }
        let last = &mut self.last;
        writeln!(out, "---{}", dump.tier.letter())?;
        number(out, &mut last.offset, 'b', dump.offset)?;
        number(out, &mut last.function, 'f', dump.function)?;
        if last.accumulator.as_ref() != Some(&dump.accumulator) {
            writeln!(out, "x:{}", dump.accumulator)?;
            last.accumulator = Some(dump.accumulator.clone());
        }
        number(out, &mut last.argument_count, 'n', dump.arguments.len())?;
        number(out, &mut last.register_count, 'm', dump.registers.len())?;
        list(out, &mut last.arguments, 'a', &dump.arguments)?;
        list(out, &mut last.registers, 'r', &dump.registers)?;
        writeln!(out)
    }
}

/// Reads dumps one by one; instead of one that is malformed, the number of the first line that is of no dump.
#[derive(Debug)]
pub struct Dumps<'t> {
    lines: std::iter::Enumerate<std::str::Lines<'t>>,
    last: Last,
    wanted: Option<BTreeSet<(u32, u32)>>,
}

impl<'t> Dumps<'t> {
    /// All dumps of a text.
    pub fn new(text: &'t str) -> Self {
        Self { lines: text.lines().enumerate(), last: Last::default(), wanted: None }
    }

    /// Those of a text that are of a function and an offset of which one of `others` is: a run of the interpreter has a dump for each instruction.
    pub fn at_places_of(text: &'t str, others: &[Dump]) -> Self {
        let wanted = others.iter().map(|dump| (dump.function, dump.offset)).collect();
        Self { wanted: Some(wanted), ..Self::new(text) }
    }

    fn is_wanted(&self) -> bool {
        let place = self.last.function.zip(self.last.offset);
        self.wanted.as_ref().zip(place).is_none_or(|(wanted, place)| wanted.contains(&place))
    }
}

impl Iterator for Dumps<'_> {
    type Item = Result<Dump, usize>;

    fn next(&mut self) -> Option<Result<Dump, usize>> {
        let mut tier = None;
        while let Some((number, line)) = self.lines.next() {
            if let Some(header) = line.strip_prefix("---") {
                let mut letters = header.chars();
                tier = letters.next().and_then(Tier::from_letter).filter(|_| letters.next().is_none());
                if tier.is_none() {
                    return Some(Err(number));
                }
            } else if !line.is_empty() {
                if self.last.take(line).is_none() {
                    return Some(Err(number));
                }
            } else {
                let Some(tier) = tier.take() else { return Some(Err(number)) };
                if self.is_wanted() {
                    return Some(self.last.complete(tier).ok_or(number));
                }
            }
        }
        None
    }
}

/// Reads a sequence of dumps.
///
/// # Errors
/// The number of the first line that is of no dump.
pub fn parse(text: &str) -> Result<Vec<Dump>, usize> {
    Dumps::new(text).collect()
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

    #[test]
    fn what_is_no_dump_is_refused() {
        for (text, line) in
            [("---Q\n", 0), ("---IT\n", 0), ("b:1\n\n", 1), ("---I\nb:x\n", 1), ("---I\nz0:1\n", 1)]
        {
            assert_eq!(parse(text), Err(line), "{text}");
        }
        // A register that is counted and was never told.
        assert_eq!(parse("---I\nb:0\nf:1\nx:1\nn:0\nm:2\nr0:1\n\n"), Err(7));
        assert_eq!(parse("---I\nr99999999999:1\n"), Err(1));
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
            let some = &dumps[..dumps.len() / 2];
            let places: Vec<_> = some.iter().map(|dump| (dump.function, dump.offset)).collect();
            let there = dumps.iter().filter(|dump| places.contains(&(dump.function, dump.offset))).cloned().collect();
            prop_assert_eq!(Dumps::at_places_of(&out, some).collect::<Result<Vec<_>, _>>(), Ok::<Vec<Dump>, usize>(there));
        }
    }
}
