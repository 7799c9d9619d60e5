//! Passes keep the meaning of graphs: random programs, executed by an interpreter of their code, and as graphs before and behind
//! every pass, give the same results and the same calls with the same arguments.

mod oracle;

use oracle::compile::{CONSTANTS, Program, compile};
use oracle::execute::execute;
use oracle::world::{ALL_REGISTERS, Js, World, interpret};
use proptest::prelude::*;
use unspool_tiering::graph::{Graph, verify::verify};
use unspool_tiering::passes::{NoFacts, ORDER, Pass};

type Seen = (String, Vec<String>);

fn by_code(program: &Program, arguments: [Js; 3]) -> Seen {
    let mut registers = [Js::Undefined; ALL_REGISTERS as usize];
    registers[..3].copy_from_slice(&arguments);
    let mut world = World::default();
    let result = interpret(&program.code, 0, &mut registers, &mut world);
    (world.text(result), world.log)
}

fn by_graph(program: &Program, graph: &Graph, arguments: [Js; 3], leave: (u32, u32)) -> Seen {
    let mut world = World::default();
    let result = execute(program, graph, arguments, leave, &mut world);
    (world.text(result), world.log)
}

fn check(bytes: &[u8], arguments: [usize; 3], leave: (u32, u32), passes: &[Pass]) {
    let program = compile(bytes);
    let arguments = arguments.map(|i| CONSTANTS[i % CONSTANTS.len()]);
    let wanted = by_code(&program, arguments);
    let mut graph = program.graph.clone();
    verify(&graph).unwrap_or_else(|error| panic!("{error}\n{graph}"));
    assert_eq!(by_graph(&program, &graph, arguments, leave), wanted, "before passes:\n{graph}");
    for pass in passes {
        let before = graph.to_string();
        pass.run(&mut graph, &NoFacts);
        verify(&graph).unwrap_or_else(|error| {
            panic!("behind {}: {error}\n{before}\n=>\n{graph}", pass.name());
        });
        let got = by_graph(&program, &graph, arguments, leave);
        assert_eq!(got, wanted, "behind {} with {arguments:?}:\n{before}\n=>\n{graph}", pass.name());
    }
}

fn leaves() -> impl Strategy<Value = (u32, u32)> {
    (0u32..8, 0u32..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, max_shrink_iters: 3000, ..ProptestConfig::default() })]

    #[test]
    fn all_passes_keep_the_meaning(
        bytes in proptest::collection::vec(any::<u8>(), 0..160),
        arguments in [0..12usize, 0..12usize, 0..12usize],
        leave in leaves(),
    ) {
        check(&bytes, arguments, leave, ORDER);
    }

    #[test]
    fn each_pass_keeps_the_meaning(
        bytes in proptest::collection::vec(any::<u8>(), 0..120),
        arguments in [0..12usize, 0..12usize, 0..12usize],
        leave in leaves(),
        which in 0..Pass::ALL.len(),
    ) {
        let pass = Pass::ALL[which];
        check(&bytes, arguments, leave, &[pass, pass]);
    }
}
