//! Commands that read a configuration, and servers that are built from one.

mod command;
mod shared;
mod site;
