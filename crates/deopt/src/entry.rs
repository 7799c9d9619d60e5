//! The deoptimization entry: saves the machine's state with no knowledge of the language, and calls a Rust function.
//!
//! An exit of compiled code makes one call, `entry(isolate)`, with one pointer in the first argument register of the C
//! convention. The entry
//! preserves *every* general and vector register, so that the call can be compiled with a convention that clobbers nothing
//! (Cranelift's `PreserveAll`), and hands their values as they were at the call to an [`ExitHandler`]. The return
//! address names the exit. When
//! the handler has rebuilt the interpreter's frames, the entry returns, and the compiled function returns its sentinel.
//!
//! Everything that depends on the architecture is in one module below. Where there is none, [`deoptimization_entry`] gives
//! `None` and an engine runs without compiled code.

use std::ffi::c_void;

use crate::description::RegisterFile;

#[cfg(all(target_arch = "x86_64", not(windows)))]
mod x86_64;

/// The machine's state at an exit.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct ExitContext {
    /// All registers. The stack pointer is the one before the call; the instruction pointer is
    /// [`return_address`](Self::return_address).
    pub registers: RegisterFile,
    /// Where the exit's call returns to: it names the exit.
    pub return_address: u64,
    /// The pointer that the exit passed.
    pub isolate: *mut c_void,
}

/// What happens at an exit. Implemented by a type without values, so that the entry can call it by address.
pub trait ExitHandler {
    /// Performs the exit. A panic aborts the process: there is nothing to unwind to.
    fn exit(context: &ExitContext);
}

/// The address of the entry that calls `H`, or `None` on machines for which there is none. Compiled code calls it with one
/// pointer in the C convention; it returns nothing and clobbers nothing but flags.
pub fn deoptimization_entry<H: ExitHandler>() -> Option<*const u8> {
    #[cfg(all(target_arch = "x86_64", not(windows)))]
    return Some(x86_64::entry::<H> as *const u8);
    #[cfg(not(all(target_arch = "x86_64", not(windows))))]
    return None;
}
