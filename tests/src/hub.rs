//! A hub of models on this machine: it speaks as much of the Hugging Face Hub's language as downloading takes.
//!
//! Large files are served from a second port, as the real one sends everybody on to other servers for them. It can be told
//! to break a connection, to damage a file, or to be gone; and it keeps what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use serde_json::{Value, json};

use crate::files_under;

/// Files above this length are large ones.
const LARGE: usize = 1024;

/// A model on the hub.
#[derive(Debug, Clone, Default)]
pub struct HubModel {
    /// Its only commit, which is the branch `main`.
    pub commit: String,
    /// Its files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The token that reads it, where it is not everybody's.
    pub token: Option<String>,
    /// The name that it has now.
    pub renamed: Option<String>,
}

impl HubModel {
    /// Its files as Python's client asks for them.
    fn tree(&self) -> Value {
        let file = |(name, bytes): (&String, &Vec<u8>)| {
            let mut file = json!({ "type": "file", "path": name, "size": bytes.len(), "oid": git_blob(bytes) });
            if bytes.len() > LARGE {
                file["lfs"] =
                    json!({ "oid": etag(bytes), "size": bytes.len(), "pointerSize": 100 });
            }
            file
        };
        self.files.iter().map(file).collect()
    }
}

/// What the hub does wrong.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Connections that give a large file break after so many bytes; one entry a connection.
    pub breaks: Vec<usize>,
    /// The contents of this file are not what they are to be.
    pub damaged: Option<String>,
    /// It answers every request with this status.
    pub status: Option<u16>,
    /// So many requests get no answer: the connection ends.
    pub silent: usize,
    /// So many requests get the answer that it is too busy, and may be asked again at once.
    pub busy: usize,
    /// The length of a large file is not told.
    pub lengthless: bool,
}

#[derive(Debug, Default)]
struct State {
    models: BTreeMap<String, HubModel>,
    faults: Faults,
    requests: Vec<String>,
}

/// A hub that serves until the process ends.
#[derive(Debug)]
pub struct HubServer {
    /// Its address, for `HF_ENDPOINT`.
    pub endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Default for HubServer {
    fn default() -> Self {
        Self::new()
    }
}

impl HubServer {
    /// An empty hub.
    pub fn new() -> Self {
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [hub, elsewhere] = listeners.each_ref().map(|l| l.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        for (listener, is_hub) in listeners.into_iter().zip([true, false]) {
            let state = Arc::clone(&state);
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let state = Arc::clone(&state);
                    // Whoever asks may hang up at any time.
                    std::thread::spawn(move || drop(answer(stream, &state, is_hub, elsewhere)));
                }
            });
        }
        Self { endpoint: format!("http://{hub}"), state }
    }

    /// Puts a model there, or another in its place.
    pub fn put(&self, repository: &str, model: HubModel) {
        self.state().models.insert(repository.to_owned(), model);
    }

    /// Puts the files of a folder there, and returns their commit.
    pub fn put_folder(&self, repository: &str, folder: &Path) -> String {
        let read = |file: std::path::PathBuf| {
            let bytes = std::fs::read(folder.join(&file)).unwrap();
            (file.to_str().unwrap().replace('\\', "/"), bytes)
        };
        let files: BTreeMap<_, _> = files_under(folder).into_iter().map(read).collect();
        let commit = commit(&files);
        self.put(repository, HubModel { commit: commit.clone(), files, ..HubModel::default() });
        commit
    }

    /// Says what is to go wrong from now on.
    pub fn fail(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// What was asked since this was last asked: method, path and range; what went to the other port begins with `cdn`.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// A commit that follows from the files.
pub fn commit(files: &BTreeMap<String, Vec<u8>>) -> String {
    let all: Vec<u8> = files
        .iter()
        .flat_map(|(name, bytes)| [name.as_bytes(), bytes])
        .flatten()
        .copied()
        .collect();
    hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &all).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a large file, the name in git of a small one.
fn etag(bytes: &[u8]) -> String {
    if bytes.len() > LARGE {
        return hex(digest(&SHA256, bytes).as_ref());
    }
    git_blob(bytes)
}

fn git_blob(bytes: &[u8]) -> String {
    let blob = [format!("blob {}\0", bytes.len()).as_bytes(), bytes].concat();
    hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &blob).as_ref())
}

struct Request {
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    Ok(Request { method, path: path.replace("%2F", "/"), headers })
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn plain(status: u16, headers: Vec<(&'static str, String)>, body: impl Into<Vec<u8>>) -> Answer {
    Answer { status, headers, body: body.into() }
}

fn answer(
    mut stream: TcpStream,
    state: &Mutex<State>,
    is_hub: bool,
    elsewhere: SocketAddr,
) -> std::io::Result<()> {
    let request = read(&stream)?;
    let (answer, cut) = {
        let mut state = state.lock().unwrap();
        let place = if is_hub { "" } else { "cdn " };
        let range =
            request.headers.get("range").map_or_else(String::new, |range| format!(" {range}"));
        state.requests.push(format!("{place}{} {}{range}", request.method, request.path));
        let faults = &mut state.faults;
        if faults.silent > 0 {
            faults.silent -= 1;
            return Ok(());
        }
        let busy = faults.busy > 0;
        faults.busy -= usize::from(busy);
        match (state.faults.status, is_hub) {
            (Some(status), _) => (plain(status, vec![], "out of order"), None),
            _ if busy => (plain(429, vec![("retry-after", "0".to_owned())], ""), None),
            (None, true) => (state.hub(&request, elsewhere), None),
            (None, false) => {
                let cut = (!state.faults.breaks.is_empty()).then(|| state.faults.breaks.remove(0));
                (state.cdn(&request), cut)
            }
        }
    };
    let Answer { status, headers, body } = answer;
    let mut head = format!(
        "HTTP/1.1 {status} Answer\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    if request.method != "HEAD" {
        stream.write_all(&body[..cut.unwrap_or(body.len()).min(body.len())])?;
    }
    stream.flush()
}

impl State {
    fn hub(&self, request: &Request, elsewhere: SocketAddr) -> Answer {
        let path = request.path.trim_start_matches('/');
        let api = path.strip_prefix("api/models/");
        let mut parts = api.unwrap_or(path).splitn(4, '/');
        let mut part = || parts.next().unwrap_or_default();
        let (owner, name, what, rest) = (part(), part(), part(), part());
        let repository = format!("{owner}/{name}");
        let error =
            |status, code: &str| plain(status, vec![("x-error-code", code.to_owned())], "{}");
        let Some(model) = self.models.get(&repository) else { return error(401, "RepoNotFound") };
        let bearer = model.token.as_ref().map(|token| format!("Bearer {token}"));
        if bearer.is_some() && bearer.as_ref() != request.headers.get("authorization") {
            return error(401, "GatedRepo");
        }
        if let Some(now) = &model.renamed {
            let to = request.path.replacen(&repository, now, 1);
            return plain(307, vec![("location", to)], "");
        }
        let (revision, file) = match api {
            Some(_) if what == "refs" => {
                let refs = json!({ "branches": [{ "name": "main" }], "tags": [{ "name": "v1" }] });
                return plain(200, vec![], refs.to_string());
            }
            Some(_) if what == "tree" => {
                let revision = rest.split('?').next().unwrap_or_default();
                return match revision == model.commit {
                    true => plain(200, vec![], model.tree().to_string()),
                    false => error(404, "RevisionNotFound"),
                };
            }
            Some(_) => (rest.split('?').next().unwrap_or_default(), None),
            None => {
                rest.split_once('/').map_or((rest, None), |(revision, file)| (revision, Some(file)))
            }
        };
        if ![model.commit.as_str(), "main", "v1"].contains(&revision) {
            return error(404, "RevisionNotFound");
        }
        let Some(file) = file else {
            let files: Vec<_> =
                model.files.keys().map(|file| json!({ "rfilename": file })).collect();
            let listing = json!({ "id": repository, "sha": model.commit, "siblings": files });
            return plain(200, vec![], listing.to_string());
        };
        let Some(bytes) = model.files.get(file) else { return error(404, "EntryNotFound") };
        let mut headers = vec![("x-repo-commit", model.commit.clone())];
        if bytes.len() > LARGE {
            headers.push(("x-linked-etag", format!("\"{}\"", etag(bytes))));
            if !self.faults.lengthless {
                headers.push(("x-linked-size", bytes.len().to_string()));
            }
            headers.push(("location", format!("http://{elsewhere}/{repository}/{file}")));
            return plain(302, headers, "");
        }
        headers.push(("etag", format!("\"{}\"", etag(bytes))));
        plain(200, headers, self.contents(file, bytes))
    }

    /// The bytes of a large file; to whom shows a token here, it was betrayed.
    fn cdn(&self, request: &Request) -> Answer {
        if request.headers.contains_key("authorization") {
            return plain(400, vec![], "this token is the hub's");
        }
        let path = request.path.trim_start_matches('/');
        let mut parts = path.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        let (repository, file) = (format!("{}/{}", part(), part()), part());
        let bytes = self.contents(file, &self.models[&repository].files[file]);
        let range = request.headers.get("range").and_then(|range| range.strip_prefix("bytes="));
        match range.and_then(|range| range.trim_end_matches('-').parse::<usize>().ok()) {
            Some(from) if from < bytes.len() => {
                let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
                plain(206, vec![("content-range", range)], &bytes[from..])
            }
            Some(_) => plain(416, vec![], ""),
            None => plain(200, vec![], bytes),
        }
    }

    fn contents(&self, file: &str, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if self.faults.damaged.as_deref() == Some(file) {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        bytes
    }
}
