//! Tests of the protocol, pure: a small store in memory keeps what turns write.
