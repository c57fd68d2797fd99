//! A disk of a few megabytes, in a mount namespace of its own: nobody else sees it, and it goes when its holder goes.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The disk.
pub struct SmallDisk {
    holder: Child,
    at: tempfile::TempDir,
}

impl SmallDisk {
    /// A disk of this size in KiB; `None` where nothing may be mounted.
    pub fn of(kibibytes: u32) -> Option<Self> {
        let at = tempfile::tempdir().unwrap();
        let script = "mount -t tmpfs -o size=\"$1\"k tmpfs \"$2\" && echo mounted && exec cat";
        let mut holder = Command::new("unshare")
            .args(["-m", "sh", "-c", script, "sh", &kibibytes.to_string()])
            .arg(at.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut said = [0; 7];
        let mounted = std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut said).is_ok();
        let disk = Self { holder, at };
        (mounted && &said == b"mounted").then_some(disk)
    }

    /// Where it is mounted, for those who see it.
    pub fn path(&self) -> &Path {
        self.at.path()
    }

    /// The same place, for those who do not.
    pub fn outside(&self) -> PathBuf {
        let path = self.path().strip_prefix("/").unwrap();
        Path::new("/proc")
            .join(self.holder.id().to_string())
            .join("root")
            .join(path)
    }

    /// The words that start a command where the disk is seen.
    pub fn within(&self) -> [String; 4] {
        ["nsenter", "-m", "-t", &self.holder.id().to_string()].map(str::to_owned)
    }

    fn run(&self, command: &[&str]) {
        let [program, arguments @ ..] = self.within();
        assert!(
            Command::new(program)
                .args(arguments)
                .args(command)
                .status()
                .unwrap()
                .success(),
            "{command:?}"
        );
    }

    /// Makes it larger.
    pub fn grow(&self, kibibytes: u32) {
        self.run(&[
            "mount",
            "-o",
            &format!("remount,size={kibibytes}k"),
            self.path().to_str().unwrap(),
        ]);
    }

    /// Copies what is on it to where everybody sees it.
    pub fn copy_to(&self, folder: &Path) -> PathBuf {
        self.run(&["cp", "-a", self.path().to_str().unwrap(), folder.to_str().unwrap()]);
        let copy = folder.join(self.path().file_name().unwrap());
        super::ledger::vouch(&copy);
        copy
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
