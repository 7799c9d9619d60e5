//! Unspool, a JavaScript engine that speculates and always knows the way back.
