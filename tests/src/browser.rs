//! A browser without a window, driven through the DevTools protocol over a pipe: a page is looked at as a reader's browser
//! shows it, with nothing installed beside the browser.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// What Chromium is called, leanest first.
const NAMES: [&str; 4] =
    ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];

/// The protocol's pipe is the file descriptors 3 and 4, where a shell can put them.
const ON_A_PIPE: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;

/// After this a browser that hangs is ended, so that a test fails and does not hang too.
const PATIENCE: Duration = Duration::from_secs(300);

/// A browser with one page.
#[derive(Debug)]
pub struct Browser {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    calls: u64,
    events: Vec<Value>,
    watch: Option<Watch>,
    _profile: TempDir,
}

/// What a page did while it was opened.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What it wrote to the console, or the browser about it.
    pub messages: Vec<String>,
    /// The addresses that it asked for.
    pub requests: Vec<String>,
}

/// A way to look at a page.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Width of the window.
    pub width: u32,
    /// Whether the reader prefers dark pages.
    pub dark: bool,
}

/// The browser of this machine: the one that `CHECK_BROWSER` names, else the first of the usual names; where there is none,
/// this says so on standard error.
pub fn browser() -> Option<Browser> {
    let named = std::env::var_os("CHECK_BROWSER");
    let names = named.into_iter().chain(NAMES.map(OsString::from));
    let there = |name: &OsString| {
        Command::new(name).arg("--version").output().is_ok_and(|said| said.status.success())
    };
    let Some(name) = names.into_iter().find(there) else {
        eprintln!("skipped: there is no Chromium; CHECK_BROWSER can name one");
        return None;
    };
    Some(Browser::start(&name))
}

impl Browser {
    fn start(name: &OsString) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut folder = OsString::from("--user-data-dir=");
        folder.push(profile.path());
        // Test machines are often containers, which lack what the sandbox and shared memory need.
        let flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
        let mut child = Command::new("sh")
            .args(["-c", ON_A_PIPE])
            .arg(name)
            .args(flags)
            .args(["--remote-debugging-pipe", "--no-first-run", "--disable-background-networking"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut browser = Self {
            input,
            output,
            session: None,
            calls: 0,
            events: Vec::new(),
            watch: Some(Watch::over(child)),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", attach);
        browser.session = Some(session["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Opens a file, waits until it is loaded, and tells what it did meanwhile.
    pub fn open(&mut self, file: &Path, view: View) -> Told {
        let scheme = if view.dark { "dark" } else { "light" };
        let metrics = json!({
            "width": view.width, "height": 900, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.call("Emulation.setEmulatedMedia", features);
        self.events.clear();
        let url = format!("file://{}", file.display());
        self.call("Page.navigate", json!({ "url": url }));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.read();
            self.events.push(event);
        }
        // What is asked for or said late is told before the answer to this.
        self.evaluate("new Promise(done => setTimeout(done, 200))");
        let mut told = Told::default();
        for event in &self.events {
            let parameters = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Runtime.consoleAPICalled" => told.messages.push(parameters["args"].to_string()),
                "Runtime.exceptionThrown" => {
                    told.messages.push(parameters["exceptionDetails"].to_string());
                }
                "Log.entryAdded" => told.messages.push(parameters["entry"]["text"].to_string()),
                "Network.requestWillBeSent" => {
                    let url = parameters["request"]["url"].as_str().unwrap();
                    told.requests.push(url.to_owned());
                }
                _ => {}
            }
        }
        told
    }

    /// What an expression comes to in the page.
    ///
    /// # Panics
    /// If it throws.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({
            "expression": expression, "returnByValue": true, "awaitPromise": true,
        });
        let answer = self.call("Runtime.evaluate", asked);
        assert!(answer.get("exceptionDetails").is_none(), "{answer}");
        answer["result"]["value"].clone()
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        self.input.flush().unwrap();
        loop {
            let mut answer = self.read();
            if answer["id"] == id {
                assert!(answer.get("error").is_none(), "{method}: {answer}");
                return answer["result"].take();
            }
            self.events.push(answer);
        }
    }

    fn read(&mut self) -> Value {
        let mut message = Vec::new();
        self.output.read_until(0, &mut message).unwrap();
        assert_eq!(message.pop(), Some(0), "the browser ended, or was ended after {PATIENCE:?}");
        serde_json::from_slice(&message).unwrap()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its folder goes after it.
        if let Some(Watch { end, thread }) = self.watch.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

/// Ends a browser when nobody needs it any more, or needs it for too long.
#[derive(Debug)]
struct Watch {
    end: Sender<()>,
    thread: JoinHandle<()>,
}

impl Watch {
    fn over(mut child: Child) -> Self {
        let (end, ended) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let _ = ended.recv_timeout(PATIENCE);
            let _ = child.kill();
            let _ = child.wait();
        });
        Self { end, thread }
    }
}
