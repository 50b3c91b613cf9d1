//! Tokens of texts that come again, and of texts that come next.
//!
//! Training meets a text once an epoch, and twice in a step that caches gradients; which batch comes next the host says
//! while there is still a step to take. So tokens of training are kept, up to [`BOUND`], and a thread of the instance's
//! own tokenises ahead. Nothing but time depends on either: what is not there when it is needed is tokenised then, and
//! gives the same tokens.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use triglot_sdk::Result;

use super::tokenizer::TextTokenizer;

/// Bytes that tokens may take at most, tables included.
pub(crate) const BOUND: usize = 64 << 20;

/// About what an entry of the table takes beside its tokens.
const ENTRY: usize = 128;

/// A text with its prefix, and the tokens of it that count.
pub(crate) type Request = (String, usize);

/// A tokenizer that remembers and looks ahead.
pub(crate) struct Tokens {
    tokenizer: Arc<TextTokenizer>,
    kept: Arc<Mutex<Kept>>,
    ahead: Option<Ahead>,
}

impl Tokens {
    /// One that knows no text yet.
    pub(crate) fn new(tokenizer: Arc<TextTokenizer>) -> Self {
        Self { tokenizer, kept: Arc::new(Mutex::new(Kept::new(BOUND))), ahead: None }
    }

    /// The tokens of every text; they are kept.
    pub(crate) fn encode(&self, requests: Vec<Request>) -> Result<Vec<Arc<[u32]>>> {
        let keys: Vec<Key> = requests.iter().map(key).collect();
        let mut found: Vec<Option<Arc<[u32]>>> = {
            let mut kept = lock(&self.kept);
            keys.iter().map(|key| kept.get(key)).collect()
        };
        let unknown = requests.into_iter().zip(&found).filter(|(_, found)| found.is_none());
        let unknown: Vec<Request> = unknown.map(|(request, _)| request).collect();
        let mut made = self.tokenizer.encode(&unknown)?.into_iter();
        let mut kept = lock(&self.kept);
        for (found, key) in found.iter_mut().zip(keys).filter(|(found, _)| found.is_none()) {
            *found = made.next().map(|tokens| kept.insert(key, tokens.into()));
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Tokenises texts on another thread, if it has nothing else to do.
    pub(crate) fn look_ahead(&mut self, requests: Vec<Request>) {
        if self.ahead.is_none() {
            self.ahead = Ahead::start(Arc::clone(&self.tokenizer), Arc::clone(&self.kept));
        }
        if let Some(ahead) = &self.ahead {
            ahead.ask(requests);
        }
    }
}

/// By what tokens are found: a hash of the text, and how many of its tokens count.
type Key = ([u8; blake3::OUT_LEN], usize);

fn key((text, max_tokens): &Request) -> Key {
    (*blake3::hash(text.as_bytes()).as_bytes(), *max_tokens)
}

fn lock(kept: &Mutex<Kept>) -> std::sync::MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tokens of two generations of texts. Once the younger fills its half of the room, the older is forgotten; a text
/// that is asked for becomes young again.
struct Kept {
    young: HashMap<Key, Arc<[u32]>>,
    old: HashMap<Key, Arc<[u32]>>,
    /// Bytes of the younger generation, and how many a generation may have.
    bytes: usize,
    room: usize,
}

impl Kept {
    fn new(bound: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), bytes: 0, room: bound / 2 }
    }

    fn get(&mut self, key: &Key) -> Option<Arc<[u32]>> {
        match self.young.get(key) {
            Some(tokens) => Some(Arc::clone(tokens)),
            None => self.old.remove(key).map(|tokens| self.insert(*key, tokens)),
        }
    }

    /// Keeps tokens, and gives them back.
    fn insert(&mut self, key: Key, tokens: Arc<[u32]>) -> Arc<[u32]> {
        let bytes = ENTRY + size_of_val(&*tokens);
        if bytes <= self.room {
            if self.bytes + bytes > self.room {
                self.old = std::mem::take(&mut self.young);
                self.bytes = 0;
            }
            if self.young.insert(key, Arc::clone(&tokens)).is_none() {
                self.bytes += bytes;
            }
        }
        tokens
    }
}

/// A thread that tokenises what comes next.
struct Ahead {
    /// Gone once the thread is to end.
    requests: Option<SyncSender<Vec<Request>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ahead {
    /// `None` if the system has no thread left: then nothing is made ahead.
    fn start(tokenizer: Arc<TextTokenizer>, kept: Arc<Mutex<Kept>>) -> Option<Self> {
        let (requests, asked) = sync_channel(1);
        let ends = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ends);
        let work = move || make_ahead(&tokenizer, &kept, &asked, &told);
        let thread = thread::Builder::new().name("tokenise ahead".into()).spawn(work).ok()?;
        Some(Self { requests: Some(requests), ends, thread: Some(thread) })
    }

    /// A hint that comes while another waits is let go.
    fn ask(&self, texts: Vec<Request>) {
        let _busy = self.requests.as_ref().map(|requests| requests.try_send(texts));
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        self.requests = None;
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}

/// Tokenises what is asked for until nobody asks any more. A text that the tokenizer fails or panics at is passed over:
/// whoever needs it will meet the failure.
fn make_ahead(
    tokenizer: &TextTokenizer,
    kept: &Mutex<Kept>,
    asked: &Receiver<Vec<Request>>,
    ends: &AtomicBool,
) {
    for request in asked.iter().flatten() {
        if ends.load(Ordering::Relaxed) {
            return;
        }
        let key = key(&request);
        if lock(kept).get(&key).is_some() {
            continue;
        }
        let made = catch_unwind(AssertUnwindSafe(|| tokenizer.encode_one(&request.0, request.1)));
        if let Ok(Ok(tokens)) = made {
            lock(kept).insert(key, tokens.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(key: u8) -> Key {
        ([key; blake3::OUT_LEN], 0)
    }

    proptest! {
        #[test]
        fn what_is_kept_stays_within_its_bound_and_is_what_was_put_in(
            asked in prop::collection::vec((0u8..40, 0usize..60), 0..300),
        ) {
            let bound = 4096;
            let mut kept = Kept::new(bound);
            for (number_of_text, length) in asked {
                let tokens: Arc<[u32]> = vec![u32::from(number_of_text); length].into();
                match kept.get(&number(number_of_text)) {
                    Some(found) => prop_assert!(found.iter().all(|token| *token == u32::from(number_of_text))),
                    None => drop(kept.insert(number(number_of_text), tokens)),
                }
                let all = kept.young.values().chain(kept.old.values());
                prop_assert!(all.map(|tokens| ENTRY + size_of_val(&**tokens)).sum::<usize>() <= bound);
            }
        }
    }

    #[test]
    fn a_text_that_is_asked_for_outlives_one_that_is_not() {
        let mut kept = Kept::new(8 * ENTRY);
        for new in 0..20 {
            kept.insert(number(new), Arc::new([]));
            assert!(kept.get(&number(0)).is_some(), "{new}");
        }
        assert!(kept.get(&number(1)).is_none());
    }
}
