//! End to end: a server as a process, called over sockets, and what becomes of it when things go wrong.

mod api;
mod bad_input;
mod campaign;
mod disk;
mod drain;
mod flush;
mod kill;
mod mutations;
mod privacy;
mod reentering;
mod rollback;
