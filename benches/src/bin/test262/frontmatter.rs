//! The metadata block of a test262 file: the few keys of YAML that a runner needs, read by hand.
//!
//! Values are inline lists (`flags: [a, b]`), block lists (`- a` on the lines below) or, for `negative`, an indented map.

/// What a runner must know of a test.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    pub(crate) flags: Vec<String>,
    pub(crate) includes: Vec<String>,
    pub(crate) negative: Option<Negative>,
}

/// The failure that a test demands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Negative {
    pub(crate) phase: Phase,
    /// The name of the error's constructor.
    pub(crate) name: String,
}

/// When the failure must happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// An early error of the file.
    Parse,
    /// A module cannot be resolved or linked.
    Resolution,
    /// An uncaught exception.
    Runtime,
}

impl FrontMatter {
    /// Reads the block between `/*---` and `---*/`; a file without one has no metadata.
    pub(crate) fn parse(source: &str) -> Self {
        let mut result = Self::default();
        let Some((_, rest)) = source.split_once("/*---") else { return result };
        let Some((block, _)) = rest.split_once("---*/") else { return result };
        let (mut phase, mut name) = (None, None);
        let mut key = String::new();
        // Some tests are about line endings and use a lone carriage return even here.
        for line in block.split(['\n', '\r']) {
            let indented = line.starts_with([' ', '\t']);
            let trimmed = line.trim();
            if let Some(item) = trimmed.strip_prefix("- ") {
                result.add(&key, item);
                continue;
            }
            let Some((name_part, value)) = trimmed.split_once(':') else { continue };
            if indented && key == "negative" {
                match name_part {
                    "phase" => phase = Some(value.trim().to_owned()),
                    "type" => name = Some(value.trim().to_owned()),
                    _ => {}
                }
            } else if !indented {
                key = name_part.to_owned();
                for item in value.trim().trim_start_matches('[').trim_end_matches(']').split(',') {
                    result.add(&key, item);
                }
            }
        }
        if let (Some(phase), Some(name)) = (phase, name) {
            let phase = match phase.as_str() {
                "parse" | "early" => Phase::Parse,
                "resolution" => Phase::Resolution,
                _ => Phase::Runtime,
            };
            result.negative = Some(Negative { phase, name });
        }
        result
    }

    pub(crate) fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known == flag)
    }

    fn add(&mut self, key: &str, item: &str) {
        let item = item.trim();
        let list = match key {
            "flags" => &mut self.flags,
            "includes" => &mut self.includes,
            _ => return,
        };
        if !item.is_empty() {
            list.push(item.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_and_block_lists() {
        let parsed = FrontMatter::parse(
            "// c\n/*---\ndescription: a: b\nincludes: [a.js, b.js]\nflags:\n  - async\n  - module\nfeatures: [x]\n---*/\n",
        );
        assert_eq!(parsed.includes, ["a.js", "b.js"]);
        assert_eq!(parsed.flags, ["async", "module"]);
        assert_eq!(parsed.negative, None);
    }

    #[test]
    fn negative_with_carriage_returns() {
        let parsed = FrontMatter::parse(
            "/*---\rnegative:\r  phase: parse\r  type: SyntaxError\rflags: [raw]\r---*/\r",
        );
        assert_eq!(parsed.negative, Some(Negative { phase: Phase::Parse, name: "SyntaxError".into() }));
        assert!(parsed.has_flag("raw"));
    }

    #[test]
    fn a_description_that_looks_like_metadata_is_none() {
        let parsed = FrontMatter::parse("/*---\ninfo: |\n  flags: [raw]\n  - x\n---*/");
        assert_eq!(parsed, FrontMatter::default());
    }
}
