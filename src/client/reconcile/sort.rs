//! Sorting more than fits into memory: runs of what fits are sorted and written aside, and merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Memory for what is not yet written, in bytes.
const MEMORY: usize = 64 << 20;
/// What an entry takes beside its bytes.
const ENTRY: usize = 64;
/// Runs that are merged at a time: each takes an open file and a buffer.
const RUNS: usize = 256;

/// An entry: what it is sorted by, and what belongs to it.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Takes entries in any order. What it writes aside has no name and is gone when it is, however the process ends.
pub struct Sorter {
    beside: PathBuf,
    memory: usize,
    held: Vec<Entry>,
    bytes: usize,
    runs: Vec<Run>,
}

/// All entries in the order of their keys.
pub struct Sorted {
    held: std::vec::IntoIter<Entry>,
    merge: Merge,
}

impl Sorter {
    /// Sorts beside a file: what is written aside goes into its folder.
    pub fn beside(file: &Path) -> Self {
        Self::with_memory(file, MEMORY)
    }

    /// The same, with so many bytes of memory.
    pub fn with_memory(file: &Path, memory: usize) -> Self {
        Self {
            beside: file.to_owned(),
            memory,
            held: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
        }
    }

    /// Takes an entry.
    ///
    /// # Errors
    /// [`io::Error`] if a run cannot be written.
    pub fn add(&mut self, key: Vec<u8>, value: Vec<u8>) -> io::Result<()> {
        self.bytes += key.len() + value.len() + ENTRY;
        self.held.push((key, value));
        if self.bytes >= self.memory {
            self.spill()?;
        }
        Ok(())
    }

    /// All of them, sorted. Entries with equal keys come in any order.
    ///
    /// # Errors
    /// [`io::Error`] if a run cannot be read back.
    pub fn sorted(mut self) -> io::Result<Sorted> {
        self.held.sort_unstable();
        Ok(Sorted {
            held: self.held.into_iter(),
            merge: Merge::of(self.runs)?,
        })
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable();
        let held = std::mem::take(&mut self.held);
        let run = self.write(held.into_iter().map(Ok))?;
        self.bytes = 0;
        self.runs.push(run);
        if self.runs.len() == RUNS {
            let merged = Merge::of(std::mem::take(&mut self.runs))?;
            let run = self.write(merged)?;
            self.runs.push(run);
        }
        Ok(())
    }

    fn write(&self, entries: impl Iterator<Item = io::Result<Entry>>) -> io::Result<Run> {
        let mut file = BufWriter::new(nameless(&self.beside)?);
        for entry in entries {
            let (key, value) = entry?;
            for part in [&key, &value] {
                let length = u32::try_from(part.len()).map_err(|_| ErrorKind::InvalidData)?;
                file.write_all(&length.to_le_bytes())?;
                file.write_all(part)?;
            }
        }
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Run(BufReader::new(file)))
    }
}

impl Iterator for Sorted {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let own = self.held.as_slice().first();
        match (own, self.merge.key()) {
            (None, _) => self.merge.next(),
            (Some((own, _)), Some(other)) if other < own => self.merge.next(),
            (Some(_), _) => self.held.next().map(Ok),
        }
    }
}

/// Entries written aside, in order.
struct Run(BufReader<File>);

impl Run {
    /// The next entry; `None` at the end.
    fn read(&mut self) -> io::Result<Option<Entry>> {
        let mut length = [0; 4];
        match self.0.read_exact(&mut length) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let key = self.bytes(length)?;
        self.0.read_exact(&mut length)?;
        Ok(Some((key, self.bytes(length)?)))
    }

    fn bytes(&mut self, length: [u8; 4]) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// The entries of several runs, in order.
struct Merge {
    runs: Vec<Run>,
    /// The next entry of each run that has one, with the run's place in the list.
    next: BinaryHeap<Reverse<(Entry, usize)>>,
}

impl Merge {
    fn of(mut runs: Vec<Run>) -> io::Result<Self> {
        let mut next = BinaryHeap::with_capacity(runs.len());
        for (index, run) in runs.iter_mut().enumerate() {
            next.extend(run.read()?.map(|entry| Reverse((entry, index))));
        }
        Ok(Self { runs, next })
    }

    /// The key that comes next.
    fn key(&self) -> Option<&Vec<u8>> {
        self.next.peek().map(|Reverse(((key, _), _))| key)
    }
}

impl Iterator for Merge {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut first = self.next.peek_mut()?;
        let Reverse((entry, index)) = &mut *first;
        let read = match self.runs.get_mut(*index).map(Run::read)? {
            Err(error) => return Some(Err(error)),
            Ok(read) => read,
        };
        Some(Ok(match read {
            Some(following) => std::mem::replace(entry, following),
            None => PeekMut::pop(first).0.0,
        }))
    }
}

/// A file beside another, for its owner alone, that has no name any more.
fn nameless(beside: &Path) -> io::Result<File> {
    let mut path = OsString::from(beside);
    path.push(format!(".{}.sorting", std::process::id()));
    let path = PathBuf::from(path);
    let mut options = OpenOptions::new();
    let file = options
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..12);
        proptest::collection::vec((bytes(), bytes()), 0..200)
    }

    proptest! {
        #[test]
        fn whatever_the_memory_all_entries_come_back_in_order(entries in entries(), memory in 1_usize..20_000) {
            let folder = tempfile::tempdir().unwrap();
            let mut sorter = Sorter::with_memory(&folder.path().join("extract.csv"), memory);
            for (key, value) in entries.clone() {
                sorter.add(key, value).unwrap();
                prop_assert!(sorter.bytes < memory + 24 + ENTRY);
            }
            let sorted: Vec<_> = sorter.sorted().unwrap().map(Result::unwrap).collect();
            prop_assert!(sorted.is_sorted_by_key(|(key, _)| key));
            let (mut sorted, mut expected) = (sorted, entries);
            sorted.sort();
            expected.sort();
            prop_assert_eq!(sorted, expected);
            prop_assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }

    #[test]
    fn more_runs_than_are_merged_at_a_time_are_merged_in_between() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::with_memory(&folder.path().join("extract.csv"), 1);
        for n in (0..1_000_u32).rev() {
            sorter.add(n.to_be_bytes().to_vec(), Vec::new()).unwrap();
            assert!(sorter.runs.len() < RUNS);
        }
        let sorted = sorter.sorted().unwrap().map(|entry| entry.unwrap().0);
        assert!(sorted.eq((0..1_000_u32).map(|n| n.to_be_bytes().to_vec())));
    }
}
