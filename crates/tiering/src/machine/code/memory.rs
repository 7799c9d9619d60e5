//! Memory for machine code: one arena per isolate.
//!
//! The arena is shared anonymous memory, mapped twice: readable and executable where code runs, readable and writable where it is
//! installed. So no page is ever writable and executable in one mapping, and no page's protection changes once there is code. (A file of
//! `memfd_create` would do as well, but for `perf`, which looks for the names of code only in mappings that have no file.) Ranges are handed
//! out first fit at [`ALIGNMENT`] and given back whole.
//!
//! `cranelift-jit` frees only whole modules, so each code object is a module of its own whose memory comes from the arena: `ModuleMemory` is
//! the provider that hands it a range. Such a module costs 0.3 microseconds; one with the system's provider seven, and a page.
//!
//! This is the only module of the crate that talks to the operating system.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_jit::{BranchProtection, JITBuilder, JITMemoryKind, JITMemoryProvider, JITModule};
use cranelift_module::{Module as _, ModuleError, ModuleResult, default_libcall_names};

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

/// The code of an isolate: the arena, and the module of each range that is handed out.
pub struct CodeMemory {
    arena: Arc<Mutex<Arena>>,
    isa: OwnedTargetIsa,
    /// By offset.
    modules: HashMap<usize, JITModule>,
    /// Where the arena runs; it never moves.
    executable: NonNull<u8>,
}

impl std::fmt::Debug for CodeMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeMemory")
            .field("arena", &self.arena)
            .field("modules", &self.modules.len())
            .finish_non_exhaustive()
    }
}

impl CodeMemory {
    /// An arena of `size` bytes, rounded up to whole pages, for code of a target. The system commits pages as they are written.
    ///
    /// # Errors
    /// [`CodeMemoryError::Unavailable`].
    pub fn new(size: usize, isa: OwnedTargetIsa) -> Result<CodeMemory, CodeMemoryError> {
        let arena = Arena::new(size)?;
        let executable = arena.executable;
        Ok(CodeMemory { arena: Arc::new(Mutex::new(arena)), isa, modules: HashMap::new(), executable })
    }

    /// Installs code without relocations and gives its range.
    ///
    /// # Errors
    /// [`CodeMemoryError::Full`].
    pub fn install(&mut self, code: &[u8]) -> Result<CodeRange, CodeMemoryError> {
        let mut builder = JITBuilder::with_isa(self.isa.clone(), default_libcall_names());
        builder.memory_provider(Box::new(ModuleMemory { arena: Arc::clone(&self.arena), range: None }));
        let mut module = JITModule::new(builder);
        let start = define(&mut module, code).map_err(|_| CodeMemoryError::Full)?;
        let range = {
            let arena = lock(&self.arena);
            let offset = start as usize - arena.writable.as_ptr() as usize;
            CodeRange { offset, size: code.len().next_multiple_of(ALIGNMENT) }
        };
        self.modules.insert(range.offset, module);
        Ok(range)
    }

    /// Gives a range back. No activation of its code exists, and nobody will enter it.
    pub fn free(&mut self, range: CodeRange) {
        if let Some(module) = self.modules.remove(&range.offset) {
            // SAFETY: nobody runs the module's code or will enter it, as the caller says, and no other pointer into it is kept.
            unsafe { module.free_memory() };
        }
    }

    /// The address at which code at an offset runs.
    pub fn address(&self, offset: usize) -> *const u8 {
        self.executable.as_ptr().wrapping_add(offset)
    }
    /// Bytes handed out.
    pub fn used(&self) -> usize {
        lock(&self.arena).used
    }
}

/// Defines the module's only function and gives the address at which it was written.
#[expect(clippy::result_large_err, reason = "the module's own error, and rare")]
fn define(module: &mut JITModule, code: &[u8]) -> ModuleResult<*const u8> {
    let signature = module.make_signature();
    let function = module.declare_anonymous_function(&signature)?;
    module.define_function_bytes(function, ALIGNMENT as u64, code, &[])?;
    module.finalize_definitions()?;
    Ok(module.get_finalized_function(function))
}

/// A panic inside the arena's own few lines would be a defect; what it holds is consistent between them.
fn lock(arena: &Mutex<Arena>) -> MutexGuard<'_, Arena> {
    arena.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a module knows of the arena: its one range. The addresses that it gets are those where code is written; relocations would be
/// relative to them, so that code that has any must not be installed.
struct ModuleMemory {
    arena: Arc<Mutex<Arena>>,
    range: Option<CodeRange>,
}

impl JITMemoryProvider for ModuleMemory {
    fn allocate(&mut self, size: usize, align: u64, kind: JITMemoryKind) -> io::Result<*mut u8> {
        if !matches!(kind, JITMemoryKind::Executable) || self.range.is_some() || align > ALIGNMENT as u64 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let mut arena = lock(&self.arena);
        let range = arena.take(size).ok_or(io::ErrorKind::OutOfMemory)?;
        self.range = Some(range);
        // SAFETY: the range is inside the mapping.
        Ok(unsafe { arena.writable.add(range.offset) }.as_ptr())
    }

    unsafe fn free_memory(&mut self) {
        if let Some(range) = self.range.take() {
            lock(&self.arena).give_back(range);
        }
    }

    fn finalize(&mut self, protection: BranchProtection) -> ModuleResult<()> {
        // The mappings have their protection from the start, and on x86-64 new code needs no barrier.
        match protection {
            BranchProtection::None => Ok(()),
            BranchProtection::BTI => Err(ModuleError::Allocation { err: io::ErrorKind::Unsupported.into() }),
        }
    }
}

/// The two mappings, and which parts of them are free.
#[derive(Debug)]
struct Arena {
    executable: NonNull<u8>,
    writable: NonNull<u8>,
    size: usize,
    /// Free ranges by offset; no two of them touch.
    free: BTreeMap<usize, usize>,
    used: usize,
}

// SAFETY: the mappings belong to the arena and are not tied to a thread.
unsafe impl Send for Arena {}

impl Arena {
    fn new(size: usize) -> Result<Arena, CodeMemoryError> {
        let unavailable = Err(CodeMemoryError::Unavailable);
        let size = size.max(1).next_multiple_of(PAGE);
        // SAFETY: both mappings are new, so nothing else refers to their addresses; the results are checked. An old size of 0 makes `mremap`
        // map the same pages once more and leave the first mapping as it is.
        unsafe {
            let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
            let writable =
                libc::mmap(std::ptr::null_mut(), size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            if writable == libc::MAP_FAILED {
                return unavailable;
            }
            let executable = libc::mremap(writable, 0, size, libc::MREMAP_MAYMOVE);
            let mapped = executable != libc::MAP_FAILED;
            if mapped && libc::mprotect(executable, size, libc::PROT_READ | libc::PROT_EXEC) == 0 {
                let free = BTreeMap::from([(0, size)]);
                let address = |mapping: *mut libc::c_void| NonNull::new(mapping.cast::<u8>());
                if let (Some(executable), Some(writable)) = (address(executable), address(writable)) {
                    return Ok(Arena { executable, writable, size, free, used: 0 });
                }
            }
            if mapped {
                libc::munmap(executable, size);
            }
            libc::munmap(writable, size);
            unavailable
        }
    }

    /// The first free range of this size, filled with traps (int3); none if the arena is full.
    fn take(&mut self, size: usize) -> Option<CodeRange> {
        let size = size.next_multiple_of(ALIGNMENT);
        let (offset, available) = self
            .free
            .iter()
            .map(|(&offset, &available)| (offset, available))
            .find(|&(_, available)| available >= size)?;
        self.free.remove(&offset);
        if available > size {
            self.free.insert(offset + size, available - size);
        }
        self.used += size;
        let range = CodeRange { offset, size };
        self.fill_with_traps(range);
        Some(range)
    }

    /// Gives a range back, in which no code will run any more.
    fn give_back(&mut self, range: CodeRange) {
        self.fill_with_traps(range);
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

    fn fill_with_traps(&mut self, range: CodeRange) {
        // SAFETY: the range is inside the mapping, and no code runs in it: it was just taken, or is being given back.
        unsafe { self.writable.add(range.offset).as_ptr().write_bytes(0xcc, range.size) };
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this size, unmapped once; the isolate drops its code last, and with it the last provider.
        unsafe {
            libc::munmap(self.executable.as_ptr().cast(), self.size);
            libc::munmap(self.writable.as_ptr().cast(), self.size);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isa() -> OwnedTargetIsa {
        crate::machine::lower::target().expect("the machine is supported").isa.clone()
    }

    #[test]
    fn installed_code_runs() {
        let mut memory = CodeMemory::new(1 << 16, isa()).expect("memory");
        // mov eax, 42; ret
        let range = memory.install(&[0xb8, 42, 0, 0, 0, 0xc3]).expect("room");
        // SAFETY: the code is a function of this type.
        let f: extern "C" fn() -> i32 = unsafe { std::mem::transmute(memory.address(range.offset)) };
        assert_eq!(f(), 42);
    }

    /// `perf` looks for names only where the mapping is of no file, or of `/dev/zero`.
    #[test]
    fn perf_can_name_the_code() {
        let memory = CodeMemory::new(1 << 16, isa()).expect("memory");
        let start = format!("{:x}-", memory.address(0).addr());
        let mappings = std::fs::read_to_string("/proc/self/maps").expect("the list of mappings");
        let mapping = mappings.lines().find(|line| line.starts_with(&start)).expect("the arena's mapping");
        assert!(mapping.contains(" r-xs ") && mapping.contains("/dev/zero"), "{mapping}");
    }

    #[test]
    fn freed_ranges_join_and_are_used_again() {
        let mut memory = CodeMemory::new(4096, isa()).expect("memory");
        let ranges: Vec<CodeRange> = (0..4).map(|_| memory.install(&[0x90; 1000]).expect("room")).collect();
        assert_eq!(memory.install(&[0x90; 1000]), Err(CodeMemoryError::Full));
        for index in [1, 3, 0, 2] {
            memory.free(ranges[index]);
        }
        assert_eq!(memory.used(), 0);
        assert_eq!(memory.install(&[0x90; 4096]).map(|r| r.offset), Ok(0));
    }
}
