//! Stack walks through compiled frames.
//!
//! Compiled code keeps the frame-pointer chain: at a frame pointer lie the caller's frame pointer and the return address. A return address in
//! the code space names the code object and, in its table of calls, the site that describes the frames at that call, inlined ones included. An
//! address in the code space that is no such call belongs to a generic entry, which is passed over; any other is Rust: there the walk ends.

use unspool_deopt::SiteId;
use unspool_gc::Gc;
use unspool_runtime::Cx;
use unspool_runtime::cells::FunctionTemplate;

use super::template_of;
use crate::machine::code::Compiler;
use crate::machine::lower::STUB_SITE;

/// Calls the function with each compiled frame from this frame pointer outward to the entry from Rust, innermost first.
pub fn walk_compiled(
    cx: Cx<'_>,
    frame: *const usize,
    site: u64,
    visit: &mut dyn FnMut(Gc<FunctionTemplate>, u32),
) {
    let Some(compiler) = Compiler::existing(cx.isolate()) else { return };
    let mut next = (site != STUB_SITE).then_some(((site >> 32) as u32, SiteId(site as u32)));
    let mut frame = frame;
    loop {
        if let Some((id, site)) = next {
            let Some(code) = compiler.object(id) else { return };
            let Some(found) = code.data.site(site) else { return };
            for position in code.data.positions(found.translation) {
                if let Some(template) = template_of(&code, position.code) {
                    visit(template, position.offset);
                }
            }
        }
        // SAFETY: `frame` is the frame pointer of an active frame of compiled code, which keeps the chain.
        let (caller, return_address) = unsafe { (*frame as *const usize, *frame.add(1)) };
        let Some((id, offset)) = cx.heap.code.find(return_address) else { return };
        let Some(code) = compiler.object(id) else { return };
        // A generic entry has a frame of its own, which stands for nothing; compiled callers lead to it as well as Rust.
        next = code.data.call_at(offset as u32).map(|site| (id, site));
        frame = caller;
    }
}
