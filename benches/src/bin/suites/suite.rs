//! What can be measured: the suites, their benchmarks and the drivers that run them.
//!
//! A *driver* is a program text that loads a benchmark's files, runs it a number of times, has it verify its result and
//! prints the time of each iteration. The suites' own files stay as they are; the folders of foreign suites are named by
//! environment variables. What was left out is listed with the reason, so that a missing benchmark is never silent.

use std::fs;
use std::path::{Path, PathBuf};

/// A benchmark, and the text of the program that runs it.
#[derive(Clone, Debug)]
pub(crate) struct Benchmark {
    pub(crate) name: String,
    pub(crate) driver: String,
}

/// How often a driver repeats its benchmark.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeat {
    pub(crate) iterations: u32,
    /// No further iteration starts after this time; not for AWFY, whose harness counts.
    pub(crate) seconds: f64,
}

/// How much work one iteration is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Counts {
    /// As much as can be timed.
    Timed,
    /// Less, where only the result counts.
    Small,
}

/// Name and inner iterations, timed and small. The timed counts let V8's interpreter take about a tenth of a second per iteration. All are among
/// those for which the benchmark knows the right result.
const AWFY: &[(&str, u32, u32)] = &[
    ("Bounce", 100, 10),
    ("CD", 10, 10),
    ("DeltaBlue", 3000, 100),
    ("Havlak", 15, 1),
    ("Json", 20, 2),
    ("List", 200, 20),
    ("Mandelbrot", 500, 500),
    ("NBody", 250_000, 250_000),
    ("Permute", 100, 10),
    ("Queens", 100, 10),
    ("Richards", 5, 1),
    ("Sieve", 200, 20),
    ("Storage", 100, 10),
    ("Towers", 50, 5),
];

/// Name and files after `base.js`.
const OCTANE: &[(&str, &[&str])] = &[
    ("Richards", &["richards.js"]),
    ("DeltaBlue", &["deltablue.js"]),
    ("Crypto", &["crypto.js"]),
    ("RayTrace", &["raytrace.js"]),
    ("EarleyBoyer", &["earley-boyer.js"]),
    ("RegExp", &["regexp.js"]),
    ("Splay", &["splay.js"]),
    ("NavierStokes", &["navier-stokes.js"]),
    ("PdfJS", &["pdfjs.js"]),
    ("Mandreel", &["mandreel.js"]),
    ("Gameboy", &["gbemu-part1.js", "gbemu-part2.js"]),
    ("CodeLoad", &["code-load.js"]),
    ("Box2D", &["box2d.js"]),
    ("zlib", &["zlib.js", "zlib-data.js"]),
    ("Typescript", &["typescript.js", "typescript-input.js", "typescript-compiler.js"]),
];

/// The benchmarks of a suite, and those left out with the reason.
pub(crate) fn benchmarks(
    suite: &str,
    repeat: Repeat,
    counts: Counts,
) -> Result<(Vec<Benchmark>, Vec<String>), String> {
    match suite {
        "awfy" => awfy(repeat, counts),
        "octane" => octane(repeat),
        "kernels" => kernels(repeat),
        _ => Err(format!("unknown suite {suite}: awfy, octane or kernels")),
    }
}

fn awfy(repeat: Repeat, counts: Counts) -> Result<(Vec<Benchmark>, Vec<String>), String> {
    let directory = directory("AWFY_DIR")?;
    let nested = directory.join("benchmarks/JavaScript");
    let directory = if nested.is_dir() { nested } else { directory };
    let list = AWFY.iter().map(|&(name, timed, small)| Benchmark {
        name: name.to_owned(),
        driver: format!(
            "const config = {{ directory: {}, benchmark: {}, iterations: {}, inner: {} }};\n{}",
            quote(&directory.to_string_lossy()),
            quote(name),
            repeat.iterations,
            if counts == Counts::Small { small } else { timed },
            include_str!("awfy.js")
        ),
    });
    Ok((list.collect(), Vec::new()))
}

fn octane(repeat: Repeat) -> Result<(Vec<Benchmark>, Vec<String>), String> {
    let directory = directory("OCTANE_DIR")?;
    let (mut list, mut skipped) = (Vec::new(), Vec::new());
    for &(name, files) in OCTANE {
        if let Some(missing) = files.iter().find(|file| !directory.join(file).is_file()) {
            skipped.push(format!("{name}: the checkout has no {missing}"));
            continue;
        }
        let names: Vec<String> = files.iter().map(|file| quote(file)).collect();
        list.push(Benchmark {
            name: name.to_owned(),
            driver: format!(
                "var config = {{ directory: {}, files: [{}], iterations: {}, seconds: {} }};\n{}",
                quote(&directory.to_string_lossy()),
                names.join(", "),
                repeat.iterations,
                repeat.seconds,
                include_str!("octane.js")
            ),
        });
    }
    Ok((list, skipped))
}

fn kernels(repeat: Repeat) -> Result<(Vec<Benchmark>, Vec<String>), String> {
    let directory = Path::new("benches/kernels").canonicalize();
    let directory =
        directory.map_err(|_| "run this from the root of the workspace: no benches/kernels here")?;
    let mut files: Vec<String> = fs::read_dir(&directory)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".js"))
        .collect();
    files.sort();
    let list = files.iter().map(|file| Benchmark {
        name: file.trim_end_matches(".js").to_owned(),
        driver: format!(
            "var config = {{ directory: {}, file: {}, iterations: {}, seconds: {} }};\n{}",
            quote(&directory.to_string_lossy()),
            quote(file),
            repeat.iterations,
            repeat.seconds,
            include_str!("kernel.js")
        ),
    });
    Ok((list.collect(), Vec::new()))
}

fn directory(variable: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_dir());
    path.ok_or_else(|| format!("{variable} must name a checkout of the suite"))
}

/// A JavaScript string literal.
fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
