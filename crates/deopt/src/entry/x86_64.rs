//! The entry on x86-64 in the System V convention. The only unsafe code of the crate.
//!
//! Registers are numbered as instructions encode them: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8–r15, then
//! xmm0–xmm15. Of wider
//! vector registers the upper parts are neither saved nor touched; the handler may clobber them, as any call may.
#![expect(unsafe_code, reason = "saving registers takes assembly; this module is nothing else")]

use std::arch::naked_asm;
use std::mem::{offset_of, size_of};

use super::{ExitContext, ExitHandler};
use crate::description::RegisterFile;

const GENERAL: usize = offset_of!(ExitContext, registers) + offset_of!(RegisterFile, general);
const VECTOR: usize = offset_of!(ExitContext, registers) + offset_of!(RegisterFile, vector);
const RETURN_ADDRESS: usize = offset_of!(ExitContext, return_address);
const ISOLATE: usize = offset_of!(ExitContext, isolate);
const SIZE: usize = size_of::<ExitContext>();
const _: () =
    assert!(SIZE.is_multiple_of(16) && VECTOR.is_multiple_of(16), "vector registers are stored aligned");

/// Builds an [`ExitContext`] on the machine stack, calls `H` with it, restores all registers and returns.
///
/// # Safety
/// Called as a C function with a pointer that `H` accepts, with room on the machine stack for the context and what
/// `H` needs.
#[unsafe(naked)]
pub(super) unsafe extern "sysv64" fn entry<H: ExitHandler>(isolate: *mut std::ffi::c_void) {
    naked_asm!(
        // The frame chain stays intact: [rbp] is the caller's, [rbp + 8] the return address.
        ".cfi_startproc",
        "push rbp",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset rbp, -16",
        "mov rbp, rsp",
        ".cfi_def_cfa_register rbp",
        "sub rsp, {size}",
        "and rsp, -16",
        "mov [rsp + {general} + 8 * 0], rax",
        "mov [rsp + {general} + 8 * 1], rcx",
        "mov [rsp + {general} + 8 * 2], rdx",
        "mov [rsp + {general} + 8 * 3], rbx",
        "lea rax, [rbp + 16]",
        "mov [rsp + {general} + 8 * 4], rax",
        "mov rax, [rbp]",
        "mov [rsp + {general} + 8 * 5], rax",
        "mov [rsp + {general} + 8 * 6], rsi",
        "mov [rsp + {general} + 8 * 7], rdi",
        "mov [rsp + {general} + 8 * 8], r8",
        "mov [rsp + {general} + 8 * 9], r9",
        "mov [rsp + {general} + 8 * 10], r10",
        "mov [rsp + {general} + 8 * 11], r11",
        "mov [rsp + {general} + 8 * 12], r12",
        "mov [rsp + {general} + 8 * 13], r13",
        "mov [rsp + {general} + 8 * 14], r14",
        "mov [rsp + {general} + 8 * 15], r15",
        "movaps [rsp + {vector} + 16 * 0], xmm0",
        "movaps [rsp + {vector} + 16 * 1], xmm1",
        "movaps [rsp + {vector} + 16 * 2], xmm2",
        "movaps [rsp + {vector} + 16 * 3], xmm3",
        "movaps [rsp + {vector} + 16 * 4], xmm4",
        "movaps [rsp + {vector} + 16 * 5], xmm5",
        "movaps [rsp + {vector} + 16 * 6], xmm6",
        "movaps [rsp + {vector} + 16 * 7], xmm7",
        "movaps [rsp + {vector} + 16 * 8], xmm8",
        "movaps [rsp + {vector} + 16 * 9], xmm9",
        "movaps [rsp + {vector} + 16 * 10], xmm10",
        "movaps [rsp + {vector} + 16 * 11], xmm11",
        "movaps [rsp + {vector} + 16 * 12], xmm12",
        "movaps [rsp + {vector} + 16 * 13], xmm13",
        "movaps [rsp + {vector} + 16 * 14], xmm14",
        "movaps [rsp + {vector} + 16 * 15], xmm15",
        "mov rax, [rbp + 8]",
        "mov [rsp + {return_address}], rax",
        "mov [rsp + {isolate}], rdi",
        "mov rdi, rsp",
        "cld",
        "call {handler}",
        "movaps xmm0, [rsp + {vector} + 16 * 0]",
        "movaps xmm1, [rsp + {vector} + 16 * 1]",
        "movaps xmm2, [rsp + {vector} + 16 * 2]",
        "movaps xmm3, [rsp + {vector} + 16 * 3]",
        "movaps xmm4, [rsp + {vector} + 16 * 4]",
        "movaps xmm5, [rsp + {vector} + 16 * 5]",
        "movaps xmm6, [rsp + {vector} + 16 * 6]",
        "movaps xmm7, [rsp + {vector} + 16 * 7]",
        "movaps xmm8, [rsp + {vector} + 16 * 8]",
        "movaps xmm9, [rsp + {vector} + 16 * 9]",
        "movaps xmm10, [rsp + {vector} + 16 * 10]",
        "movaps xmm11, [rsp + {vector} + 16 * 11]",
        "movaps xmm12, [rsp + {vector} + 16 * 12]",
        "movaps xmm13, [rsp + {vector} + 16 * 13]",
        "movaps xmm14, [rsp + {vector} + 16 * 14]",
        "movaps xmm15, [rsp + {vector} + 16 * 15]",
        // The handler has kept rbx, rbp and r12–r15.
        "mov rax, [rsp + {general} + 8 * 0]",
        "mov rcx, [rsp + {general} + 8 * 1]",
        "mov rdx, [rsp + {general} + 8 * 2]",
        "mov rsi, [rsp + {general} + 8 * 6]",
        "mov rdi, [rsp + {general} + 8 * 7]",
        "mov r8, [rsp + {general} + 8 * 8]",
        "mov r9, [rsp + {general} + 8 * 9]",
        "mov r10, [rsp + {general} + 8 * 10]",
        "mov r11, [rsp + {general} + 8 * 11]",
        "mov rsp, rbp",
        "pop rbp",
        ".cfi_def_cfa rsp, 8",
        "ret",
        ".cfi_endproc",
        size = const SIZE,
        general = const GENERAL,
        vector = const VECTOR,
        return_address = const RETURN_ADDRESS,
        isolate = const ISOLATE,
        handler = sym handle::<H>,
    )
}

/// The C side of the handler. Unwinding out of it aborts.
extern "sysv64" fn handle<H: ExitHandler>(context: *const ExitContext) {
    // SAFETY: only `entry` calls this, with a context that it has just built on the machine stack and keeps until the call
    // returns.
    H::exit(unsafe { &*context });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::toy::{Cell, Heap, Layout, Raw, word};
    use crate::*;
    use proptest::prelude::*;
    use std::ffi::c_void;

    /// What the test passes as isolate: the handler copies the context into it.
    struct Record {
        context: Option<ExitContext>,
    }

    /// Overwrites every register that a C function may overwrite.
    #[unsafe(naked)]
    unsafe extern "sysv64" fn clobber() {
        naked_asm!(
            "pcmpeqd xmm0, xmm0",
            "pcmpeqd xmm1, xmm1",
            "pcmpeqd xmm2, xmm2",
            "pcmpeqd xmm3, xmm3",
            "pcmpeqd xmm4, xmm4",
            "pcmpeqd xmm5, xmm5",
            "pcmpeqd xmm6, xmm6",
            "pcmpeqd xmm7, xmm7",
            "pcmpeqd xmm8, xmm8",
            "pcmpeqd xmm9, xmm9",
            "pcmpeqd xmm10, xmm10",
            "pcmpeqd xmm11, xmm11",
            "pcmpeqd xmm12, xmm12",
            "pcmpeqd xmm13, xmm13",
            "pcmpeqd xmm14, xmm14",
            "pcmpeqd xmm15, xmm15",
            "mov rax, 0x5a5a5a5a",
            "mov rcx, 0x5a5a5a5a",
            "mov rdx, 0x5a5a5a5a",
            "mov rsi, 0x5a5a5a5a",
            "mov rdi, 0x5a5a5a5a",
            "mov r8, 0x5a5a5a5a",
            "mov r9, 0x5a5a5a5a",
            "mov r10, 0x5a5a5a5a",
            "mov r11, 0x5a5a5a5a",
            "ret",
        )
    }

    struct CopyContext;
    impl ExitHandler for CopyContext {
        fn exit(context: &ExitContext) {
            // SAFETY: it clobbers what any C function may clobber.
            unsafe { clobber() };
            // SAFETY: the test passes a live record that nothing else uses meanwhile.
            unsafe { (*context.isolate.cast::<Record>()).context = Some(*context) };
        }
    }

    /// Loads registers from `input`, calls `target(isolate)`, and stores registers into `output`. Both are register
    /// files; rsp and rbp
    /// are left alone, rdi is the isolate.
    ///
    /// # Safety
    /// The pointers are valid and aligned; `target` is an entry.
    #[unsafe(naked)]
    unsafe extern "sysv64" fn call_with_registers(
        input: *const RegisterFile,
        output: *mut RegisterFile,
        target: *const u8,
        isolate: *mut c_void,
    ) {
        naked_asm!(
            "push rbp",
            "mov rbp, rsp",
            "push rbx",
            "push r12",
            "push r13",
            "push r14",
            "push r15",
            "push rsi", // output at [rsp + 16] below
            "push rdx",
            "push rcx",
            "mov rax, rdi",
            "movaps xmm0, [rax + 128]",
            "movaps xmm1, [rax + 144]",
            "movaps xmm2, [rax + 160]",
            "movaps xmm3, [rax + 176]",
            "movaps xmm4, [rax + 192]",
            "movaps xmm5, [rax + 208]",
            "movaps xmm6, [rax + 224]",
            "movaps xmm7, [rax + 240]",
            "movaps xmm8, [rax + 256]",
            "movaps xmm9, [rax + 272]",
            "movaps xmm10, [rax + 288]",
            "movaps xmm11, [rax + 304]",
            "movaps xmm12, [rax + 320]",
            "movaps xmm13, [rax + 336]",
            "movaps xmm14, [rax + 352]",
            "movaps xmm15, [rax + 368]",
            "mov rcx, [rax + 8]",
            "mov rdx, [rax + 16]",
            "mov rbx, [rax + 24]",
            "mov rsi, [rax + 48]",
            "mov r8, [rax + 64]",
            "mov r9, [rax + 72]",
            "mov r10, [rax + 80]",
            "mov r11, [rax + 88]",
            "mov r12, [rax + 96]",
            "mov r13, [rax + 104]",
            "mov r14, [rax + 112]",
            "mov r15, [rax + 120]",
            "mov rdi, [rsp]",
            "mov rax, [rax]",
            "call [rsp + 8]",
            "push rax",
            "mov rax, [rsp + 24]",
            "movaps [rax + 128], xmm0",
            "movaps [rax + 144], xmm1",
            "movaps [rax + 160], xmm2",
            "movaps [rax + 176], xmm3",
            "movaps [rax + 192], xmm4",
            "movaps [rax + 208], xmm5",
            "movaps [rax + 224], xmm6",
            "movaps [rax + 240], xmm7",
            "movaps [rax + 256], xmm8",
            "movaps [rax + 272], xmm9",
            "movaps [rax + 288], xmm10",
            "movaps [rax + 304], xmm11",
            "movaps [rax + 320], xmm12",
            "movaps [rax + 336], xmm13",
            "movaps [rax + 352], xmm14",
            "movaps [rax + 368], xmm15",
            "mov [rax + 8], rcx",
            "mov [rax + 16], rdx",
            "mov [rax + 24], rbx",
            "mov [rax + 48], rsi",
            "mov [rax + 56], rdi",
            "mov [rax + 64], r8",
            "mov [rax + 72], r9",
            "mov [rax + 80], r10",
            "mov [rax + 88], r11",
            "mov [rax + 96], r12",
            "mov [rax + 104], r13",
            "mov [rax + 112], r14",
            "mov [rax + 120], r15",
            "pop rcx",
            "mov [rax], rcx",
            "mov [rax + 32], rsp",
            "mov [rax + 40], rbp",
            "add rsp, 24",
            "pop r15",
            "pop r14",
            "pop r13",
            "pop r12",
            "pop rbx",
            "pop rbp",
            "ret",
        )
    }

    fn round_trip(input: RegisterFile) -> (ExitContext, RegisterFile, *mut c_void) {
        let mut record = Record { context: None };
        let mut output = RegisterFile::default();
        let isolate: *mut c_void = (&raw mut record).cast();
        let target = super::super::deoptimization_entry::<CopyContext>().expect("an x86-64 machine");
        // SAFETY: both register files are live and aligned by their type; the target is the entry, whose handler accepts a
        // pointer to a record.
        unsafe { call_with_registers(&raw const input, &raw mut output, target, isolate) };
        (record.context.expect("the handler ran"), output, isolate)
    }

    fn check(input: RegisterFile) {
        let (context, output, isolate) = round_trip(input);
        let seen = context.registers;
        assert_eq!(seen.vector, input.vector);
        assert_eq!(output.vector, input.vector);
        for number in 0..16 {
            match number {
                // The stack pointer before the call and after it, and the frame pointer, are the caller's own.
                4 | 5 => assert_eq!(seen.general[number], output.general[number]),
                7 => assert_eq!((seen.general[7], output.general[7]), (isolate as u64, isolate as u64)),
                _ => {
                    assert_eq!(seen.general[number], input.general[number], "register {number} at the exit");
                    assert_eq!(output.general[number], input.general[number], "register {number} after it");
                }
            }
        }
        assert_eq!(context.isolate, isolate);
        let start = call_with_registers as *const u8 as u64;
        assert!((start..start + 1000).contains(&context.return_address));
    }

    #[test]
    fn c05_nan_payloads_and_minus_zero_survive_in_every_register() {
        for bits in [
            (-0.0f64).to_bits(),
            0x7ff0_0000_0000_0001,
            0x7ff8_dead_beef_0001,
            0xfff7_ffff_fff7_ffff,
            u64::MAX,
        ] {
            check(RegisterFile { general: [bits; 16], vector: [[bits, !bits]; 16] });
        }
    }

    /// An isolate as compiled code sees it. The field order is known to `twice_if_even`.
    #[repr(C)]
    struct Isolate {
        exit_area: [u64; 2],
        site: u32,
        entry: *const u8,
        data: DeoptimizationData,
        deoptimizer: Deoptimizer<Layout>,
        heap: Heap,
        outputs: Vec<Output>,
    }

    const SENTINEL: u64 = 0xdead;

    struct Exit;
    impl ExitHandler for Exit {
        fn exit(context: &ExitContext) {
            // SAFETY: compiled code passes the live isolate, which nothing else uses meanwhile.
            let isolate = unsafe { &mut *context.isolate.cast::<Isolate>() };
            let site = isolate.data.site(SiteId(isolate.site)).expect("a site of the code");
            let input = FrameDescription {
                exit_area: &isolate.exit_area,
                registers: Some(&context.registers),
                machine_frame: None,
                arguments: ActualArguments::Formals,
                caller_frame: 0,
                flags: 0,
                stack_top: 0x1_0000,
            };
            let output = isolate
                .deoptimizer
                .compute_output_frames(
                    &isolate.data,
                    site.translation,
                    &input,
                    Completion::Normal,
                    &Raw { heap_numbers: false },
                    &mut isolate.heap.stack,
                    &mut NoTrace,
                )
                .expect("verified data");
            isolate.heap.used = output.accumulator.0 as usize;
            isolate.deoptimizer.materialize(&mut isolate.heap);
            isolate.outputs.push(output);
        }
    }

    /// What a compiler emits: a hot path with a guard, a cold stub that stores the site, and a block that stores live
    /// values, calls
    /// the entry and returns the sentinel. One value stays in a register.
    ///
    /// # Safety
    /// The isolate is live and its entry set.
    #[unsafe(naked)]
    unsafe extern "sysv64" fn twice_if_even(isolate: *mut Isolate, number: u64) -> u64 {
        naked_asm!(
            "test sil, 1",
            "jnz 2f",
            "lea rax, [rsi + rsi]",
            "ret",
            "2: mov dword ptr [rdi + {site}], 1",
            "mov [rdi + {exit_area} + 8], rsi",
            "mov r9d, 77",
            "sub rsp, 8",
            "call [rdi + {entry}]",
            "add rsp, 8",
            "mov eax, {sentinel}",
            "ret",
            site = const offset_of!(Isolate, site),
            exit_area = const offset_of!(Isolate, exit_area),
            entry = const offset_of!(Isolate, entry),
            sentinel = const SENTINEL,
        )
    }

    #[test]
    fn c03_a_failing_guard_leaves_through_the_entry() {
        let slot = |location| Placed::At(location, Representation::Int32);
        let frame = |registers: Vec<StateValue<Location>>| StateFrame::Interpreted {
            head: InterpretedFrame {
                code: LiteralId(0),
                feedback: None,
                registers: registers.len() as u32,
                formals: 1,
                flags: 0,
                result: ResultLocation::None,
            },
            position: Position::Before(9),
            function: StateValue::Literal(LiteralId(1)),
            receiver: StateValue::OptimizedOut,
            formals: vec![StateValue::Value(Location::ExitSlot(1))],
            context: StateValue::Literal(LiteralId(2)),
            registers,
            accumulator: StateValue::Value(Location::ExitSlot(1)),
        };
        let mut state = FrameState::new(vec![frame(vec![
            StateValue::Value(Location::Register(9)),
            StateValue::Object(ObjectId(0)),
        ])]);
        let fields = vec![StateValue::Value(Location::ExitSlot(1))];
        state.objects.push(StateObject::Captured { class: LiteralId(3), fields });
        let mut builder = DeoptimizationDataBuilder::new();
        let translation = builder.add_state(&state, |location| slot(*location)).unwrap();
        builder.add_site(translation, SiteReason::Eager(DeoptReason::Smi), SiteDetails::default());
        builder.add_site(translation, SiteReason::Eager(DeoptReason::LostPrecision), SiteDetails::default());
        let mut isolate = Isolate {
            exit_area: [0; 2],
            site: u32::MAX,
            entry: super::super::deoptimization_entry::<Exit>().expect("an x86-64 machine"),
            data: builder.finish(&[0; 4]).unwrap(),
            deoptimizer: Deoptimizer::new(),
            heap: Heap::new(64),
            outputs: Vec::new(),
        };
        // SAFETY: the isolate is live and its entry set.
        let mut call = |number| unsafe { twice_if_even(&raw mut isolate, number) };
        assert_eq!(call(20), 40);
        assert_eq!(call(21), SENTINEL);
        assert_eq!(isolate.site, 1);
        let [output] = isolate.outputs[..] else { panic!("one exit") };
        assert_eq!(output.top.resume, Resume::Before(9));
        let stack = &isolate.heap.stack;
        let r0 = output.top.register_0.index_in(stack.len());
        let int = |value: u64| word::INT | value;
        assert_eq!((stack[r0], stack[r0 + 3]), (int(77), int(21)));
        assert_eq!(stack[output.accumulator.index_in(stack.len())], int(21));
        assert_eq!(
            isolate.heap.cell(stack[r0 + 1]),
            Some(&Cell::Object { class: 3, fields: vec![int(21)], finished: true })
        );
    }

    proptest! {
        #[test]
        fn c04_registers_arrive_bit_for_bit(general in any::<[u64; 16]>(), vector in any::<[[u64; 2]; 16]>()) {
            check(RegisterFile { general, vector });
        }
    }
}
