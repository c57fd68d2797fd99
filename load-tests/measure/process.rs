//! The servers as processes of their own, and what the system says of them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::Outcome;

/// Parts of a second in which Linux counts processor time towards programs (`USER_HZ`, the same on all machines).
const TICKS_PER_SECOND: f64 = 100.0;

/// A server under measurement. It is killed if it is dropped before it was stopped.
pub struct Server {
    child: Child,
    /// Where it listens, as `http://ADDRESS`.
    pub address: String,
    /// Kept open, so that the server may go on writing to it.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts this program as one of its servers, and waits until that listens.
    pub fn start(command: &mut Command) -> Outcome<Server> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("a server without an output")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        let server = Server {
            child,
            address,
            _stdout: stdout,
        };
        if server.address.is_empty() {
            return Err("a server ended instead of listening".into());
        }
        Ok(server)
    }

    /// Seconds of processor time it has used until now, in user code and in the system.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        cpu_seconds(&self.child.id().to_string())
    }

    /// The most memory it has held so far, in MiB.
    pub fn peak_mib(&self) -> Outcome<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: f64 = line.ok_or("no VmHWM")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) -> Outcome<()> {
        let id = self.child.id().to_string();
        match Command::new("kill").arg(format!("-{name}")).arg(id).status()?.success() {
            true => Ok(()),
            false => Err(format!("the signal {name} could not be sent").into()),
        }
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) -> Outcome<()> {
        self.signal("TERM")?;
        let ended = self.child.wait()?;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("a server ended badly: {ended}").into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Seconds of processor time this program has used until now.
pub fn own_cpu_seconds() -> Outcome<f64> {
    cpu_seconds("self")
}

fn cpu_seconds(process: &str) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is a name in parentheses that may hold spaces; user and system time are the 14th and 15th.
    let (_, after_name) = stat.rsplit_once(')').ok_or("no name in stat")?;
    let mut times = after_name.split_whitespace().skip(11).map(str::parse::<f64>);
    let (user, system) = (times.next().ok_or("no utime")??, times.next().ok_or("no stime")??);
    Ok((user + system) / TICKS_PER_SECOND)
}

/// Seconds of processor time that all programs of the machine have used until now.
pub fn machine_cpu_seconds() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().ok_or("an empty /proc/stat")?;
    let times = line.split_whitespace().skip(1).map(str::parse::<f64>);
    let times = times.collect::<Result<Vec<_>, _>>()?;
    // The fourth and fifth are idle time and time waited for disks; those from the ninth on are counted elsewhere too.
    let busy = |(index, time): (usize, &f64)| (!matches!(index, 3 | 4)).then_some(*time);
    Ok(times.iter().take(8).enumerate().filter_map(busy).sum::<f64>() / TICKS_PER_SECOND)
}
