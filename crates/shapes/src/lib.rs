//! Hidden-class maps and the inline-cache state machine.
