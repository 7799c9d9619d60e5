//! Memory for machine code: one arena per isolate.
//!
//! The arena is one anonymous file of the kernel, mapped twice: readable and executable where code runs, readable and writable where it is
//! installed. So no page is ever writable and executable in one mapping, and installing code is a copy. Ranges are handed out first fit at
//! [`ALIGNMENT`] and given back whole.
//!
//! This is the only module of the crate that talks to the operating system.

use std::collections::BTreeMap;
use std::ptr::NonNull;

/// Code begins at multiples of this.
pub const ALIGNMENT: usize = 32;

/// Bytes of a page.
const PAGE: usize = 4096;

/// A range of the arena, by its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CodeRange {
    /// Where it begins.
    pub offset: usize,
    /// Bytes, a multiple of [`ALIGNMENT`].
    pub size: usize,
}

/// Why code cannot be installed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeMemoryError {
    /// The system gives no such memory.
    Unavailable,
    /// The arena is full.
    Full,
}

impl std::fmt::Display for CodeMemoryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            CodeMemoryError::Unavailable => "the system gives no memory for machine code",
            CodeMemoryError::Full => "the memory for machine code is full",
        })
    }
}
impl std::error::Error for CodeMemoryError {}

/// The arena.
#[derive(Debug)]
pub struct CodeMemory {
    executable: NonNull<u8>,
    writable: NonNull<u8>,
    size: usize,
    /// Free ranges by offset; no two of them touch.
    free: BTreeMap<usize, usize>,
    used: usize,
}

// SAFETY: the mappings belong to the arena and are not tied to a thread.
unsafe impl Send for CodeMemory {}

impl CodeMemory {
    /// An arena of `size` bytes, rounded up to whole pages. The system commits pages as they are written.
    ///
    /// # Errors
    /// [`CodeMemoryError::Unavailable`].
    pub fn new(size: usize) -> Result<CodeMemory, CodeMemoryError> {
        let unavailable = Err(CodeMemoryError::Unavailable);
        let size = size.max(1).next_multiple_of(PAGE);
        // SAFETY: the name is a C string; the results are checked; the descriptor is closed once, after both mappings, which keep the
        // file alive. The mappings are new, so nothing else refers to their addresses.
        unsafe {
            let file = libc::memfd_create(c"unspool-code".as_ptr(), libc::MFD_CLOEXEC);
            if file < 0 {
                return unavailable;
            }
            let sized = libc::ftruncate(file, size as libc::off_t) == 0;
            let map = |protection| {
                let address = libc::mmap(std::ptr::null_mut(), size, protection, libc::MAP_SHARED, file, 0);
                if address == libc::MAP_FAILED { None } else { NonNull::new(address.cast::<u8>()) }
            };
            let executable = if sized { map(libc::PROT_READ | libc::PROT_EXEC) } else { None };
            let writable = if sized { map(libc::PROT_READ | libc::PROT_WRITE) } else { None };
            libc::close(file);
            match (executable, writable) {
                (Some(executable), Some(writable)) => {
                    let free = BTreeMap::from([(0, size)]);
                    Ok(CodeMemory { executable, writable, size, free, used: 0 })
                }
                (one, other) => {
                    for mapping in [one, other].into_iter().flatten() {
                        libc::munmap(mapping.as_ptr().cast(), size);
                    }
                    unavailable
                }
            }
        }
    }

    /// Installs code and gives its range.
    ///
    /// # Errors
    /// [`CodeMemoryError::Full`].
    pub fn install(&mut self, code: &[u8]) -> Result<CodeRange, CodeMemoryError> {
        let size = code.len().next_multiple_of(ALIGNMENT);
        let (offset, available) = self
            .free
            .iter()
            .map(|(&offset, &available)| (offset, available))
            .find(|&(_, available)| available >= size)
            .ok_or(CodeMemoryError::Full)?;
        self.free.remove(&offset);
        if available > size {
            self.free.insert(offset + size, available - size);
        }
        self.used += size;
        // SAFETY: the range is inside the arena and was free, so no code runs there. What is behind the code becomes a trap (int3).
        unsafe {
            let to = self.writable.add(offset).as_ptr();
            to.copy_from_nonoverlapping(code.as_ptr(), code.len());
            to.add(code.len()).write_bytes(0xcc, size - code.len());
        }
        Ok(CodeRange { offset, size })
    }

    /// Gives a range back. No activation of its code exists, and nobody will enter it.
    pub fn free(&mut self, range: CodeRange) {
        // SAFETY: the range is inside the arena and, as the caller says, not in use.
        unsafe { self.writable.add(range.offset).as_ptr().write_bytes(0xcc, range.size) };
        self.used -= range.size;
        let (mut offset, mut size) = (range.offset, range.size);
        if let Some((&before, &length)) = self.free.range(..offset).next_back()
            && before + length == offset
        {
            self.free.remove(&before);
            offset = before;
            size += length;
        }
        if let Some(&behind) = self.free.get(&(offset + size)) {
            self.free.remove(&(offset + size));
            size += behind;
        }
        self.free.insert(offset, size);
    }

    /// The address at which code at an offset runs.
    pub fn address(&self, offset: usize) -> *const u8 {
        debug_assert!(offset < self.size);
        self.executable.as_ptr().wrapping_add(offset)
    }
    /// Bytes handed out.
    pub fn used(&self) -> usize {
        self.used
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this size, unmapped once; the isolate drops its code last.
        unsafe {
            libc::munmap(self.executable.as_ptr().cast(), self.size);
            libc::munmap(self.writable.as_ptr().cast(), self.size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_code_runs() {
        let mut memory = CodeMemory::new(1 << 16).expect("memory");
        // mov eax, 42; ret
        let range = memory.install(&[0xb8, 42, 0, 0, 0, 0xc3]).expect("room");
        // SAFETY: the code is a function of this type.
        let f: extern "C" fn() -> i32 = unsafe { std::mem::transmute(memory.address(range.offset)) };
        assert_eq!(f(), 42);
    }

    #[test]
    fn freed_ranges_join_and_are_used_again() {
        let mut memory = CodeMemory::new(4096).expect("memory");
        let ranges: Vec<CodeRange> = (0..4).map(|_| memory.install(&[0x90; 1000]).expect("room")).collect();
        assert_eq!(memory.install(&[0x90; 1000]), Err(CodeMemoryError::Full));
        for index in [1, 3, 0, 2] {
            memory.free(ranges[index]);
        }
        assert_eq!(memory.used(), 0);
        assert_eq!(memory.install(&[0x90; 4096]).map(|r| r.offset), Ok(0));
    }
}
