//! The engines that can be compared, by name.
//!
//! An engine is a command line to which a driver's path is added; it must print and exit as `node` does. `unspool` is the
//! one beside this runner or the one that `UNSPOOL` names; `node` with a suffix is V8 with some of its tiers switched
//! off; `name=command` is anything else. What an engine is fed is in `suite`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that runs drivers.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pub(crate) name: String,
    /// Program and flags; the driver's path follows.
    command: Vec<String>,
    version: Vec<String>,
}

impl Engine {
    /// The engine of that name; `name=command words` names any other. `node_host` is the path of `node.cjs`.
    pub(crate) fn find(name: &str, node_host: &Path) -> Result<Self, String> {
        let words = |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        if let Some((name, command)) = name.split_once('=') {
            let command = words(command);
            return match command.first() {
                Some(program) => {
                    let version = vec![program.clone(), "--version".into()];
                    Ok(Self { name: name.to_owned(), command, version })
                }
                None => Err(format!("engine {name} has no command")),
            };
        }
        if name == "unspool" || name.starts_with("unspool-") {
            let path = std::env::var_os("UNSPOOL")
                .map(PathBuf::from)
                .or_else(|| Some(std::env::current_exe().ok()?.parent()?.join("unspool")));
            let path = path.ok_or("cannot find unspool")?.to_string_lossy().into_owned();
            let mut command = vec![path.clone()];
            match name {
                "unspool" => {}
                "unspool-jitless" => command.push("--jitless".into()),
                _ => return Err(format!("unknown engine {name}")),
            }
            return Ok(Self { name: name.to_owned(), command, version: vec![path, "--version".into()] });
        }
        let (program, rest) = match name.strip_prefix("node-new") {
            Some(rest) => {
                let path = std::env::var("NODE_NEW").map_err(|_| "NODE_NEW must name a newer node")?;
                (path, rest)
            }
            None => match name.strip_prefix("node") {
                Some(rest) => ("node".to_owned(), rest),
                None => return Err(format!("unknown engine {name}; `name=command` names any program")),
            },
        };
        let flags = match rest {
            "" => "",
            // The interpreter with its inline caches and native regular expressions, and no compiler.
            "-ignition" => "--no-opt --no-sparkplug --no-maglev --no-validate-asm",
            // The same without any code generation at run time, regular expressions included.
            "-jitless" => "--jitless",
            _ => return Err(format!("unknown engine {name}")),
        };
        let mut command = vec![program.clone()];
        command.extend(words(flags));
        // Octane's compiler and parser pieces recurse deeply.
        command.push("--stack-size=3900".into());
        command.push(node_host.to_string_lossy().into_owned());
        Ok(Self { name: name.to_owned(), command, version: vec![program, "--version".into()] })
    }

    /// The command that runs `driver`.
    pub(crate) fn command(&self, driver: &Path) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).arg(driver);
        command
    }

    /// What the engine says it is.
    pub(crate) fn version(&self) -> Option<String> {
        let output = Command::new(&self.version[0]).args(&self.version[1..]).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
    }
}
