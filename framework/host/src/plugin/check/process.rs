//! One child process with a time limit, and how it ended.

use std::collections::VecDeque;
use std::io::{BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::system;

/// How much of each output is kept, from its end: a child may write without end.
const KEPT_BYTES: usize = 64 * 1024;

/// How often a child is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// What became of a child.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) how: How,
    /// The end of what it wrote to standard output.
    pub(super) output: String,
    /// The end of what it wrote to standard error.
    pub(super) errors: String,
    pub(super) took: Duration,
}

/// How a child ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum How {
    /// By itself, with exit code 0.
    Well,
    /// Otherwise, in words: `ended with exit code 3`.
    Badly(String),
    /// It did not: it was ended at its limit.
    NotInTime,
}

/// Runs a command to its end, or for `limit`.
pub(super) fn run(mut command: Command, limit: Duration) -> std::io::Result<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own, so that what the child started ends with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let began = Instant::now();
    let mut child = command.spawn()?;
    let output = child.stdout.take().map(keep_end);
    let errors = child.stderr.take().map(keep_end);
    let status = wait(&mut child, began + limit);
    system::end_group(child.id());
    let status = match status {
        Ok(Some(status)) => Ok(Some(status)),
        other => {
            // Ended with its group, or here where there are no groups; then it has to be waited for.
            let _ = child.kill();
            child.wait().and(other)
        }
    }?;
    let took = began.elapsed();
    let how = match status {
        None => How::NotInTime,
        Some(status) if status.success() => How::Well,
        Some(status) => How::Badly(describe(status)),
    };
    let text = |reader: Option<JoinHandle<Vec<u8>>>| {
        let bytes = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(Ended { how, output: text(output), errors: text(errors), took })
}

/// Waits until a moment; `None` if the child still runs then.
fn wait(child: &mut Child, until: Instant) -> std::io::Result<Option<ExitStatus>> {
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if Instant::now() >= until => return Ok(None),
            None => thread::sleep(LOOK_EVERY),
        }
    }
}

/// Reads until the end, so that the child never waits for its reader, and keeps the last bytes.
fn keep_end(from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut kept = VecDeque::new();
        let mut from = BufReader::new(from);
        let mut part = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut part) {
            kept.extend(part.iter().take(read));
            let over = kept.len().saturating_sub(KEPT_BYTES);
            kept.drain(..over);
        }
        kept.into()
    })
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("crashed with {}", system::signal_name(signal));
    }
    match status.code() {
        Some(code) => format!("ended the process with exit code {code}"),
        None => "ended the process".to_owned(),
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Ended {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, limit).unwrap()
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn what_a_child_wrote_comes_back_apart() {
        let ended = shell("echo out; echo err >&2", LONG);
        assert_eq!(
            (ended.how, ended.output, ended.errors),
            (How::Well, "out\n".into(), "err\n".into())
        );
    }

    #[test]
    fn a_signal_is_named_and_so_is_an_exit_code() {
        let crash = |script| shell(script, LONG).how;
        assert_eq!(crash("kill -SEGV $$"), How::Badly("crashed with SIGSEGV".into()));
        assert_eq!(crash("kill -ABRT $$"), How::Badly("crashed with SIGABRT".into()));
        assert_eq!(crash("exit 7"), How::Badly("ended the process with exit code 7".into()));
    }

    #[test]
    fn a_child_that_hangs_is_ended_at_its_limit_and_what_it_wrote_is_kept() {
        let ended = shell("echo before; sleep 60; echo after", Duration::from_millis(200));
        assert_eq!((ended.how, ended.output), (How::NotInTime, "before\n".into()));
        assert!(ended.took < LONG);
    }

    #[test]
    fn what_a_child_started_ends_with_it() {
        // The second process holds the output open for a minute: it is read to the end only if that one was ended.
        let ended = shell("sleep 60 & echo done", LONG);
        assert_eq!((ended.how, ended.output), (How::Well, "done\n".into()));
        assert!(ended.took < LONG);
    }

    #[test]
    fn of_endless_output_the_end_is_kept() {
        let ended = shell("yes 123456789 | head -c 1000000; echo; echo end", LONG);
        assert_eq!(ended.output.len(), KEPT_BYTES);
        assert!(ended.output.ends_with("\nend\n"));
    }
}
