//! Text processing (chapter 22), and the functions of the global object that treat text (19.2.6, B.2.1).
//!
//! String methods that deal with regular expressions only hand over (`string::pattern`); matching is in `regexp`.

pub(crate) mod regexp;
pub(crate) mod string;
mod substitution;
mod uri;

pub use regexp::create_regexp;
