//! Deoptimization metadata: resume kinds and the frame-layout contract.
