//! End to end: a server as a process, called over sockets, and what becomes of it when things go wrong.

mod api;
mod drain;
mod kill;
