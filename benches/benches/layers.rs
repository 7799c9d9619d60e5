//! Criterion benchmarks of the layers below the engine: how fast text becomes bytecode, and what the forms of bytecode cost.
//!
//! The text is that of our kernels and examples, so that nothing outside the project is needed.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unspool_bytecode::{decode_tree, encode_tree, verify};
use unspool_frontend::{Goal, Options, Program};

/// All kernels and examples, each in a block of its own, repeated until the text is long enough to be worth timing.
fn text() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = ["kernels", "../examples"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).expect("the folder is part of the project"))
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .collect();
    paths.sort();
    let mut all = String::new();
    for path in paths {
        let text = fs::read_to_string(path).expect("readable");
        all.push_str(&format!("(function () {{\n{text}\n}})();\n"));
    }
    all.repeat(4)
}

fn parse(text: &str) -> Program {
    Program::parse(text, Goal::Script, Options::default()).expect("the text is a program")
}

fn frontend(criterion: &mut Criterion) {
    let text = text();
    let mut group = criterion.benchmark_group("frontend");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function("parse and early errors", |bencher| bencher.iter(|| parse(black_box(&text))));
    let program = parse(&text);
    group.bench_function("compile the main code", |bencher| bencher.iter(|| program.compile_main()));
    group.bench_function("compile every function", |bencher| bencher.iter(|| program.compile_all()));
    group.finish();
}

fn bytecode(criterion: &mut Criterion) {
    let code = parse(&text()).compile_all().expect("the text compiles");
    let bytes = encode_tree(&code).expect("the tree is not too deep");
    let mut group = criterion.benchmark_group("bytecode");
    group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(20);
    group.bench_function("verify", |bencher| bencher.iter(|| verify(black_box(&code))));
    group.bench_function("encode a tree", |bencher| bencher.iter(|| encode_tree(black_box(&code))));
    group.bench_function("decode a tree", |bencher| bencher.iter(|| decode_tree(black_box(&bytes))));
    group.finish();
}

criterion_group!(benches, frontend, bytecode);
criterion_main!(benches);
