//! The memory that a command took.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Output;

/// Between two looks; what grows last before the end may be missed by that much.
const PAUSE: Duration = Duration::from_millis(2);

impl Output {
    /// Runs a command to its end, and tells the largest resident memory it had, in bytes (`VmHWM`,
    /// proc_pid_status(5)); `None` on a system that does not tell.
    pub fn with_peak_memory(command: &mut Command) -> (Self, Option<u64>) {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let waiting = std::thread::spawn(|| child.wait_with_output().unwrap());
        let mut peak = None;
        while !waiting.is_finished() {
            peak = peak.max(std::fs::read_to_string(&status).ok().as_deref().and_then(largest));
            std::thread::sleep(PAUSE);
        }
        (Self::from(waiting.join().unwrap()), peak)
    }
}

fn largest(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().unwrap() * 1024)
}
