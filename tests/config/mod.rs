//! Commands that read a configuration, and servers that are built from one.

mod command;
mod health;
mod shared;
mod site;
