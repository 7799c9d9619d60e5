//! Files of a run, in a folder of the temporary directory that goes away with it.
//!
//! A run that is killed leaves its folder behind; the next one that makes a folder of that name removes those of processes that are gone.

use std::path::{Path, PathBuf};

/// A folder that is removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// A new folder, empty. `what` tells the folders of one process apart.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(what: &str) -> std::io::Result<Scratch> {
        let temporary = std::env::temp_dir();
        let prefix = format!("unspool-{what}-");
        for entry in std::fs::read_dir(&temporary)?.flatten() {
            let name = entry.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(&prefix)?.parse::<u32>().ok());
            if process.is_some_and(is_gone) {
                // Another run may be faster, or it may be another user's.
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let folder = temporary.join(format!("{prefix}{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Scratch { folder })
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover in the temporary directory harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Has that process ended? Where that cannot be known it has not.
fn is_gone(process: u32) -> bool {
    let processes = Path::new("/proc");
    processes.join("self").exists() && !processes.join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_go_away() {
        let folder = |process: u32| std::env::temp_dir().join(format!("unspool-scratchtest-{process}"));
        // No process has so large a number.
        let dead = folder(u32::MAX);
        std::fs::create_dir_all(&dead).expect("a folder");
        let scratch = Scratch::new("scratchtest").expect("a folder");
        std::fs::write(scratch.file("a"), "1").expect("a file");
        assert!(folder(std::process::id()).join("a").is_file());
        assert!(!dead.exists() || !Path::new("/proc/self").exists());
        drop(scratch);
        assert!(!folder(std::process::id()).exists());
    }
}
