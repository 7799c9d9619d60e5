//! Text processing (chapter 22).

pub(crate) mod string;
pub(crate) mod regexp;
