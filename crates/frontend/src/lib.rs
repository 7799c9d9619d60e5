//! From source text to bytecode: parsing, early errors, scope analysis, code generation.
