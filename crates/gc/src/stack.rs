//! The machine stack as a source of conservative roots.
//!
//! A compiler keeps pointers in callee-saved registers across calls, so these are stored to the stack first; then every word
//! from the stack pointer up to the base that the client names is looked at. Caller-saved registers need no care: whoever
//! called the collector has saved those that matter.

/// Calls `scan` with the lowest address from which the stack must be scanned so that all pointers held by callers are found.
#[inline(never)]
pub(crate) fn with_spilled_registers<R>(scan: impl FnOnce(*const usize) -> R) -> R {
    let mut saved = [0usize; SAVED];
    // The lower of the two: if the scan is inlined here, the array may lie in the red zone below the stack pointer.
    let low = spill(&mut saved).min(saved.as_ptr());
    let result = scan(low);
    // Keeps the array, and this frame, alive until the scan is over.
    std::hint::black_box(&saved);
    result
}

/// Bytes below the caller that [`clear_dead_stack`] overwrites.
const CLEARED_BYTES: usize = 64 * 1024;

/// Overwrites the unused part of the machine stack next to the caller's frame.
///
/// Frames do not initialize all of their words, so what an earlier and deeper computation left on the stack would be taken
/// for roots by a collection that runs at the same depth. A host calls this between two tasks, when nothing
/// of the last one should live on (about a microsecond).
#[inline(never)]
pub fn clear_dead_stack() {
    let zeros = [0u64; CLEARED_BYTES / 8];
    std::hint::black_box(&zeros);
}

#[cfg(target_arch = "x86_64")]
const SAVED: usize = 8;

/// Stores rbx, rbp, r12–r15 and, for Windows, rsi and rdi. Returns the stack pointer.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn spill(saved: &mut [usize; SAVED]) -> *const usize {
    let low: *const usize;
    // SAFETY: writes the eight words of the array, reads registers, changes nothing else.
    unsafe {
        std::arch::asm!(
            "mov [{at}], rbx",
            "mov [{at} + 8], rbp",
            "mov [{at} + 16], r12",
            "mov [{at} + 24], r13",
            "mov [{at} + 32], r14",
            "mov [{at} + 40], r15",
            "mov [{at} + 48], rsi",
            "mov [{at} + 56], rdi",
            "mov {low}, rsp",
            at = in(reg) saved.as_mut_ptr(),
            low = lateout(reg) low,
            options(nostack, preserves_flags)
        );
    }
    low
}

#[cfg(target_arch = "aarch64")]
const SAVED: usize = 20;

/// Stores x19–x29, x30 and d8–d15. Returns the stack pointer.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn spill(saved: &mut [usize; SAVED]) -> *const usize {
    let low: *const usize;
    // SAFETY: writes the twenty words of the array, reads registers, changes nothing else.
    unsafe {
        std::arch::asm!(
            "stp x19, x20, [{at}]",
            "stp x21, x22, [{at}, #16]",
            "stp x23, x24, [{at}, #32]",
            "stp x25, x26, [{at}, #48]",
            "stp x27, x28, [{at}, #64]",
            "stp x29, x30, [{at}, #80]",
            "stp d8, d9, [{at}, #96]",
            "stp d10, d11, [{at}, #112]",
            "stp d12, d13, [{at}, #128]",
            "stp d14, d15, [{at}, #144]",
            "mov {low}, sp",
            at = in(reg) saved.as_mut_ptr(),
            low = lateout(reg) low,
            options(nostack, preserves_flags)
        );
    }
    low
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const SAVED: usize = 1;

/// Other architectures: no instruction stores the registers here. The call through a pointer that the compiler cannot see
/// into, with a panic-catching frame around it, makes it save its callee-saved registers on most targets; a port adds its
/// own `spill`.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
fn spill(saved: &mut [usize; SAVED]) -> *const usize {
    std::hint::black_box(saved).as_ptr()
}

/// Calls `visit` with every word from `low` up to `end`.
///
/// # Safety
/// All words of the range are readable.
pub(crate) unsafe fn each_word(low: *const usize, end: *const usize, mut visit: impl FnMut(usize)) {
    debug_assert!(low.addr().is_multiple_of(8) && end.addr().is_multiple_of(8));
    let mut at = low;
    while at < end {
        // SAFETY: inside the range, which the caller promised to be readable. Volatile, because the words of stack frames
        // may be uninitialized or change as far as the compiler knows.
        visit(unsafe { at.read_volatile() });
        at = at.wrapping_add(1);
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// Counts the words of the stack that are the complement of `mangled`.
    extern "C" fn count_words(mangled: usize, base: *const usize) -> usize {
        with_spilled_registers(|low| {
            let mut found = 0;
            // SAFETY: the range is the stack below a frame of the caller.
            unsafe { each_word(low, base, |word| found += usize::from(!word == mangled)) };
            found
        })
    }

    /// Calls `count_words` with `!mangled` in one callee-saved register and nowhere else.
    macro_rules! with_value_in {
        ($register:literal, $mangled:expr, $base:expr) => {{
            let found: usize;
            // SAFETY: saves and restores the register and aligns the stack around the call.
            unsafe {
                std::arch::asm!(
                    concat!("push ", $register),
                    "push rax",
                    concat!("mov ", $register, ", rdi"),
                    concat!("not ", $register),
                    "mov r11, rsp",
                    "and rsp, -16",
                    "push r11",
                    "push r11",
                    "call {count}",
                    "pop rsp",
                    "pop rcx",
                    concat!("pop ", $register),
                    count = sym count_words,
                    in("rdi") $mangled,
                    in("rsi") $base,
                    lateout("rax") found,
                    clobber_abi("sysv64"),
                );
            }
            found
        }};
    }

    #[test]
    #[cfg(not(windows))]
    fn values_in_callee_saved_registers_are_found() {
        let base = [0usize; 4];
        let base = std::hint::black_box(base.as_ptr());
        // A value that nothing else on the stack can be.
        let mangled = std::hint::black_box(0x0123_4567_89ab_cdefusize);
        assert_eq!(count_words(mangled, base), 0);
        let found = [
            with_value_in!("rbx", mangled, base),
            with_value_in!("rbp", mangled, base),
            with_value_in!("r12", mangled, base),
            with_value_in!("r13", mangled, base),
            with_value_in!("r14", mangled, base),
            with_value_in!("r15", mangled, base),
        ];
        assert!(found.iter().all(|&n| n > 0), "{found:?}");
    }
}
