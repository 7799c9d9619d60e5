//! Runs the scripts named on the command line, with a global `print`.
use unspool::Isolate;
use unspool::runtime::config::Config;
use unspool::runtime::function::new_native;
use unspool::runtime::host::DefaultHost;
use unspool::runtime::native::Arguments;
use unspool::runtime::{Cx, JsResult, convert};
use unspool::values::{KnownAtom, Value};

fn print(cx: Cx<'_>, args: Arguments<'_>) -> JsResult<Value> {
    let mut line = String::new();
    for (i, value) in args.values.iter().enumerate() {
        if i > 0 {
            line.push(' ');
        }
        let text = if value.is_symbol() { cx.describe(*value) } else { cx.rust_string(convert::to_string(cx, *value)?) };
        line.push_str(&text);
    }
    println!("{line}");
    Ok(Value::UNDEFINED)
}

fn main() {
    let mut config = Config::default();
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "--bytecode") {
        config.print_bytecode = true;
        args.remove(0);
    }
    if args.first().is_some_and(|a| a == "--gc-stress") {
        config.heap.gc_stress = Some(1);
        args.remove(0);
    }
    struct Shell;
    impl unspool::runtime::host::Host for Shell {
        fn bytecode_compiled(&self, text: &str) {
            println!("{text}");
        }
    }
    let _ = DefaultHost;
    let isolate = Isolate::new(config, Box::new(Shell));
    isolate.enter(|cx| {
        let key = cx.key(KnownAtom::print);
        let f = new_native(cx, key, 1, print);
        cx.global().create_data_property_infallible(cx, key, f.into());
    });
    for name in args {
        let source = std::fs::read_to_string(&name).expect("a readable file");
        if let Err(error) = isolate.run_script(&source, &name) {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
