//! An Ignition-like register bytecode: one table, encoder, decoder, text, verifier.
