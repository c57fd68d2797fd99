//! Who is calling: certificates, what they are judged by, and what changes while a server runs.

mod certificates;
mod client;
mod command;
mod either_or;
mod forged;
mod gateway;
mod handshake;
mod metadata;
mod policy;
mod reload;
mod roles;
mod site;
mod streams;
mod successors;
mod table;
