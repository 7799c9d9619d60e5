//! NaN-boxed values, strings, symbols, BigInt and object storage.
