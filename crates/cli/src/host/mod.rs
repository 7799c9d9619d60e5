//! What the shell gives to programs: host functions, timers, module files.

pub(crate) mod agents;
pub(crate) mod console;
pub(crate) mod dump;
pub(crate) mod functions;
pub(crate) mod state;
pub(crate) mod test262;
pub(crate) mod timers;

use std::any::Any;
use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use unspool_gc::CollectionReport;
use unspool_runtime::frame_dump::FrameDump;
use unspool_runtime::host::{Host, ModuleSource, RejectionEvent};
use unspool_runtime::object::Object;
use unspool_runtime::{Cx, JsResult};
use unspool_values::Value;
use unspool_values::object::GcVec;

use crate::options::{Options, Switch};
use state::State;

/// The shell as the runtime sees it.
#[derive(Debug)]
pub(crate) struct ShellHost {
    state: Rc<State>,
    traces_collections: bool,
    /// Under `--test262`.
    test262: bool,
}

impl ShellHost {
    /// The host of an agent that a test started.
    pub(crate) fn of_agent(state: Rc<State>) -> Self {
        Self { state, traces_collections: false, test262: true }
    }

    pub(crate) fn new(state: Rc<State>, options: &Options) -> Self {
        Self {
            state,
            traces_collections: options.has(Switch::TraceGc),
            test262: options.has(Switch::Test262),
        }
    }
}

impl Host for ShellHost {
    fn state(&self) -> Option<&dyn Any> {
        Some(&self.state)
    }

    fn load_module(
        &self,
        specifier: &str,
        referrer: &str,
        kind: Option<&str>,
    ) -> Result<ModuleSource, String> {
        if self.test262 && specifier == test262::MODULE_SOURCE {
            return Ok(ModuleSource {
                name: specifier.into(),
                text: b"Module".to_vec(),
                kind: Some("source".into()),
            });
        }
        let path = resolve(specifier, referrer);
        match fs::read(&path) {
            Ok(text) => Ok(ModuleSource {
                name: path.to_string_lossy().into_owned(),
                text,
                kind: kind.map(str::to_owned),
            }),
            Err(error) => Err(format!("Cannot find module '{specifier}' from '{referrer}': {error}")),
        }
    }

    fn import_meta(&self, cx: Cx<'_>, meta: Object, module_name: &str) -> JsResult<()> {
        let path = Path::new(module_name);
        // A text that is no file lies in the current folder, as it were.
        let absolute = fs::canonicalize(path).or_else(|_| std::path::absolute(path));
        let absolute = absolute.unwrap_or_else(|_| path.to_path_buf());
        let url = format!("file://{}", absolute.display());
        let url = cx.new_string(&url).into();
        meta.create_data_property_or_throw(cx, functions::key(cx, "url"), url)
    }

    fn promise_rejection(&self, cx: Cx<'_>, promise: Value, event: RejectionEvent) {
        let list = self.state.rejected.get().unwrap_or_else(|| {
            let list = GcVec::new(cx);
            cx.root_forever(Value::from_cell(list.cell()));
            self.state.rejected.set(Some(list));
            list
        });
        match event {
            RejectionEvent::Unhandled => {
                // Without memory for the list the rejection goes unreported.
                let _ = list.push(cx, promise);
            }
            RejectionEvent::HandledLater => {
                for index in (0..list.len()).filter(|&index| list.get(index) == promise) {
                    list.set(cx, index, Value::UNDEFINED);
                }
            }
        }
    }

    fn collection_finished(&self, report: &CollectionReport) {
        if self.traces_collections {
            self.state.write_error(&format!("[gc] {report}\n"));
        }
    }

    fn inline_cache_changed(&self, line: &str) {
        self.state.write_error(&format!("[ic] {line}\n"));
    }

    fn optimizer_event(&self, line: &str) {
        self.state.write(line.as_bytes());
        self.state.write(b"\n");
    }

    fn frame_dumped(&self, dump: &FrameDump) {
        if let Some(file) = &mut *self.state.dumps.borrow_mut() {
            file.write(dump);
        }
    }

    fn code_installed(&self, start: usize, size: usize, name: &str) {
        // A profile without names is better than none: that the file cannot be written is no error of the program.
        let path = std::env::temp_dir().join(format!("perf-{}.map", std::process::id()));
        if let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(path) {
            let _ = writeln!(file, "{start:x} {size:x} {name}");
        }
    }

    fn bytecode_compiled(&self, text: &str) {
        self.state.write(text.as_bytes());
        self.state.write(b"\n");
    }
}

/// The canonical name of the module in the file at `path`.
pub(crate) fn module_name(path: &str) -> String {
    resolve(path, "").to_string_lossy().into_owned()
}

/// The path that a specifier means: relative to the file that imports, with `.` and `..` taken out, so that one file has
/// one name.
fn resolve(specifier: &str, referrer: &str) -> PathBuf {
    let specifier = specifier.strip_prefix("file://").unwrap_or(specifier);
    let base = Path::new(referrer).parent().unwrap_or(Path::new(""));
    let mut path = PathBuf::new();
    for component in base.join(specifier).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match path.components().next_back() {
                Some(Component::Normal(_)) => {
                    path.pop();
                }
                Some(Component::RootDir) => {}
                _ => path.push(".."),
            },
            other => path.push(other),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_name() {
        for (specifier, referrer, path) in [
            ("./b.js", "a.js", "b.js"),
            ("./b.js", "dir/a.js", "dir/b.js"),
            ("../b.js", "dir/a.js", "b.js"),
            ("../../b.js", "dir/a.js", "../b.js"),
            ("./x/../b.js", "../a.js", "../b.js"),
            ("/r/b.js", "dir/a.js", "/r/b.js"),
            ("../b.js", "/a.js", "/b.js"),
            ("b.js", "dir/a.js", "dir/b.js"),
        ] {
            assert_eq!(resolve(specifier, referrer), Path::new(path), "{specifier} from {referrer}");
        }
    }
}
