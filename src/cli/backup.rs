//! `dinhdanh backup`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::configured::Configured;
use crate::config::{Flags, StoreConfig};
use crate::shell::{Clock, KeySource};
use crate::store::sqlite::backup::{self, Manifest};
use crate::store::sqlite::{FILE_NAME, SqliteReader};

/// Copy a whole store while it is in use, or check such a copy.
///
/// The copy is of one moment. Beside it lies manifest.json, which says what it holds. The keys are not copied.
///
/// Examples: dinhdanh backup --data ./dinhdanh-data --out ./backup-1
///           dinhdanh backup --check ./backup-1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Backup {
    #[command(flatten)]
    configured: Configured,
    /// The folder for the copy: empty, or not there.
    #[arg(long, value_name = "FOLDER", required_unless_present = "check")]
    out: Option<PathBuf>,
    /// Check that the copy in this folder and its manifest agree, instead of making one.
    #[arg(long, value_name = "FOLDER", conflicts_with = "out")]
    check: Option<PathBuf>,
    /// Print the manifest as JSON.
    #[arg(long)]
    json: bool,
}

impl Backup {
    /// Makes the copy, or checks it.
    pub async fn run(self, clock: &dyn Clock) -> Result<(), CliError> {
        if let Some(folder) = &self.check {
            let manifest = backup::check(folder).await.map_err(CliError::of)?;
            return self.show(&manifest, || good(folder, &manifest));
        }
        let Some(out) = &self.out else {
            return Err(CliError::new("name the folder for the copy with --out"));
        };
        let config = self.configured.load(Flags::default())?;
        let StoreConfig::Sqlite { data } = &config.store else {
            return Err(CliError::new(
                "this is for a data folder; a database has its own tools for backups",
            ));
        };
        if !data.join(FILE_NAME).is_file() {
            return Err(CliError::new(format!("there is no store in {}", data.display())));
        }
        let reader = SqliteReader::open(data).await.map_err(CliError::of)?;
        let manifest = backup::make(&reader, out, clock.now()).await.map_err(CliError::of)?;
        // The keys are wanted only to tell whether they are the right ones to keep.
        let keys = &config.keys;
        let warning = wrong_keys(keys, &manifest).await;
        if let Some(warning) = &warning {
            eprintln!("dinhdanh: warning: {warning}");
        }
        self.show(&manifest, || made(out, keys, warning.is_none(), &manifest))
    }

    fn show(&self, manifest: &Manifest, text: impl FnOnce() -> String) -> Result<(), CliError> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(manifest).map_err(CliError::of)?);
        } else {
            print!("{}", text());
        }
        Ok(())
    }
}

/// Why these keys do not open the copy, if so.
async fn wrong_keys(keys: &KeySource, manifest: &Manifest) -> Option<String> {
    match keys.load().await {
        Ok(ring) if manifest.keys.are_among(&ring) => None,
        Ok(_) => Some(format!("{keys} does not hold the keys of this store")),
        Err(error) => Some(error.to_string()),
    }
}

fn made(out: &Path, keys: &KeySource, found: bool, manifest: &Manifest) -> String {
    let out = out.display();
    let (keys, named) = match keys.file() {
        Some(file) => (file.display().to_string(), format!(" --keys {}", file.display())),
        None => (keys.to_string(), String::new()),
    };
    let place = match found {
        true => format!("They are in {keys}."),
        false => "Find the key file of this store (--keys).".to_owned(),
    };
    format!(
        "{}\n\
         The keys are NOT in this backup. {place}\n\
         Keep a copy of them in another place: without it nothing in the backup can be read.\n\
         \n\
         To check the copy:     dinhdanh backup --check {out}\n\
         To check what is in it: dinhdanh verify --data {out}{named}\n\
         \n\
         Do NOT put a restored backup into service: the numbers given since it was made would be given again.\n\
         See docs/operations.md.\n",
        what(&format!("backed up to {out}"), manifest)
    )
}

fn good(folder: &Path, manifest: &Manifest) -> String {
    format!(
        "{}File and manifest agree.\n",
        what(&format!("backup in {}", folder.display()), manifest)
    )
}

fn what(title: &str, manifest: &Manifest) -> String {
    let Manifest {
        made_at,
        size,
        root,
        epoch,
        file,
        bytes,
        sha256,
        ..
    } = manifest;
    format!(
        "{title}\n\
         made at    {made_at}\n\
         entries    {size}, epoch {epoch}\n\
         tree root  {root}\n\
         file       {file}, {bytes} bytes\n\
         SHA-256    {sha256}\n"
    )
}
