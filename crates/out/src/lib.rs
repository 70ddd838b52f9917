//! Outgoing connections: the only crate that opens them.
