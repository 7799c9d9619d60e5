//! Managed heap with conservative stack scanning, generations and weak references.
