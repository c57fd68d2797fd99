//! How long the disk takes to make a small write durable: every turn of the service waits for one.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use dinhdanh::shell::{Clock, SystemClock};

use crate::Outcome;

/// The median time of a write of 4 KiB and its `fdatasync`, in microseconds, in this folder.
pub fn sync_us(folder: &Path, clock: SystemClock) -> Outcome<u32> {
    let path = folder.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..101 {
        let began = clock.monotonic();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        times.push(u32::try_from((clock.monotonic() - began).as_micros())?);
    }
    std::fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}
