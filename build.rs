//! Turns `proto/` into Rust: messages, services, and the descriptor set that reflection serves.

use std::path::{Path, PathBuf};
use std::{env, error::Error, fs};

use protox::prost::Message;
use protox::prost_reflect::prost_types::FileDescriptorSet;

/// Where the contract lives.
const INCLUDE: &str = "proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={INCLUDE}");
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);

    let mut files = protox::compile(contract_files()?, [INCLUDE])?;

    tonic_prost_build::configure()
        // The error details come from tonic-types, so that they are one type with those its helpers build.
        .extern_path(".google.rpc", "::tonic_types::pb")
        // Most of what a quiet feed says is progress, eight bytes; an event is a hundred times that.
        .boxed(".dinhdanh.v1.ReadEventsResponse.item.event")
        .boxed(".dinhdanh.v1.ImportRecordsRequest.message.item")
        .boxed(".dinhdanh.v1.ReconcileRequest.item.record")
        .skip_debug(messages_without_debug(&files))
        .compile_fds(files.clone())?;

    // Comments are for readers of the files; over reflection they would only be weight.
    for file in &mut files.file {
        file.source_code_info = None;
    }
    fs::write(out_dir.join("descriptor_set.bin"), files.encode_to_vec())?;
    Ok(())
}

/// The files to compile, in a fixed order so that the output does not depend on the file system. The error details
/// are named themselves, because a client that decodes errors by reflection needs all of them.
fn contract_files() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = vec![Path::new(INCLUDE).join("google/rpc/error_details.proto")];
    for entry in fs::read_dir(Path::new(INCLUDE).join("dinhdanh/v1"))? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

/// Every message that may hold personal data, directly or within: all of ours, and the dates. `src/proto.rs` gives
/// them a `Debug` that shows nothing; a message forgotten there has none at all.
fn messages_without_debug(files: &FileDescriptorSet) -> Vec<String> {
    let mut paths = Vec::new();
    for file in &files.file {
        if matches!(file.package(), "dinhdanh.v1" | "google.type") {
            paths.extend(
                file.message_type
                    .iter()
                    .map(|message| format!(".{}.{}", file.package(), message.name())),
            );
        }
    }
    paths
}
