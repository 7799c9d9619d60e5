//! Looking inside: what exits there are, which were taken, what the machine code is.
//!
//! Nothing here changes what a program means. Names, lists and texts are made from the metadata that code carries anyway, when a flag
//! asks for them, and handed to the host, which prints them. *Forced exits* are the exception that proves it: an exit taken although
//! nothing is wrong leads to the same result as none at all.
//!
//! * [`sites`]: stable names of exits, and the list of them;
//! * `disassembly`: machine code with its deoptimization data;
//! * `statistics`: counts.

pub(crate) mod disassembly;
pub mod sites;
pub(crate) mod statistics;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use unspool_runtime::Cx;
use unspool_runtime::config::ForcedExits;

use unspool_shapes::ShapeId;
use unspool_values::CellKind;

use crate::machine::code::CodeObject;

/// What an isolate's compiler keeps for those who look inside.
#[derive(Debug, Default)]
pub struct Inspection {
    /// How many code objects had each name so far.
    pub(crate) code_names: RefCell<HashMap<String, u32>>,
    /// All code that was installed, while lists of sites are wanted.
    pub(crate) installed: RefCell<Vec<Rc<CodeObject>>>,
    /// Counts for the report.
    pub(crate) statistics: statistics::Statistics,
    /// Address of the template of the function whose next back edge is to enter machine code (`%OptimizeOsr`); 0 for none.
    pub(crate) osr_wanted: Cell<u64>,
    /// Whether code was installed that has the one exit which is to be forced.
    pub(crate) forced_site_exists: Cell<bool>,
    /// State of the random numbers of forced exits; 0 before the first.
    random: Cell<u64>,
}

impl Inspection {
    /// How many exits are passed until the next one is forced. `first`: no exit was forced yet.
    pub(crate) fn next_forced_exit(&self, forced: &ForcedExits, so_far: ForcedSoFar) -> i32 {
        let clamp = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        match forced {
            // Of these each counts for itself.
            ForcedExits::None | ForcedExits::Each(_) | ForcedExits::Listed(_) => 0,
            ForcedExits::EveryNth(n) => clamp(n.get()),
            ForcedExits::Random { seed, rate } => {
                if so_far == ForcedSoFar::None {
                    // The sequence never holds 0.
                    self.random.set(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
                }
                // xorshift64 (Marsaglia 2003).
                let mut state = self.random.get();
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                self.random.set(state);
                let most = u64::from(rate.get()) * 2 - 1;
                clamp((1 + (state >> 11) % most) as u32)
            }
            ForcedExits::Site { nth, .. } => match so_far {
                ForcedSoFar::None => clamp(nth.get()),
                ForcedSoFar::Some => i32::MAX,
            },
        }
    }
}

impl Inspection {
    /// Whether `%OptimizeOsr` asked for the function with the template at this address; the request is used up.
    pub(crate) fn take_osr_request(&self, template: u64) -> bool {
        let wanted = self.osr_wanted.get() == template;
        if wanted {
            self.osr_wanted.set(0);
        }
        wanted
    }
}

/// Whether exits were forced before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ForcedSoFar {
    /// No.
    None,
    /// Yes.
    Some,
}

/// Sets the count of exits that are passed before the next one is forced.
pub(crate) fn arm_forced_exits(cx: Cx<'_>, inspection: &Inspection, so_far: ForcedSoFar) {
    cx.hot.exit_countdown.set(inspection.next_forced_exit(&cx.config.forced_exits, so_far));
}

/// A shape as the kind of its objects and a list of their properties.
pub(crate) fn shape_text(cx: Cx<'_>, shape: ShapeId) -> String {
    use std::fmt::Write as _;
    let kind = CellKind::ALL[usize::from(cx.shapes.class(shape))];
    let mut text = format!("{} {{", kind.name());
    for (i, key) in cx.shapes.keys(shape).enumerate() {
        if i == PROPERTIES_SHOWN {
            text.push_str(", …");
            break;
        }
        let _ = write!(text, "{}{key}", if i == 0 { "" } else { ", " });
    }
    text.push('}');
    let _ = write!(text, " ({shape})");
    text
}

/// Properties of a shape that traces show.
const PROPERTIES_SHOWN: usize = 16;

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn random_forced_exits_repeat_and_keep_their_rate() {
        let rate = NonZeroU32::new(16).expect("not 0");
        let draw = |seed| {
            let (inspection, forced) = (Inspection::default(), ForcedExits::Random { seed, rate });
            let mut all = vec![inspection.next_forced_exit(&forced, ForcedSoFar::None)];
            all.extend((0..999).map(|_| inspection.next_forced_exit(&forced, ForcedSoFar::Some)));
            all
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(draw(0).iter().all(|&n| (1..32).contains(&n)));
        let mean = f64::from(draw(3).iter().sum::<i32>()) / 1000.0;
        assert!((14.0..18.0).contains(&mean), "{mean}");
    }

    #[test]
    fn a_site_is_forced_once() {
        let nth = NonZeroU32::new(3).expect("not 0");
        let forced = ForcedExits::Site { name: "f@0:Smi#0".into(), nth };
        let inspection = Inspection::default();
        assert_eq!(inspection.next_forced_exit(&forced, ForcedSoFar::None), 3);
        assert_eq!(inspection.next_forced_exit(&forced, ForcedSoFar::Some), i32::MAX);
    }
}
