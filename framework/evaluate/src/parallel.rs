//! Work that threads take by turns.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::{Error, Result};

/// The threads of a search, each with memory of its own.
pub(crate) struct Workers<'a, S> {
    memory: Vec<S>,
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl<'a, S: Default + Send> Workers<'a, S> {
    /// So many threads, the calling one included; zero counts as one. Once `cancelled` says yes they begin nothing more.
    pub(crate) fn new(threads: usize, cancelled: &'a (dyn Fn() -> bool + Sync)) -> Self {
        let memory = std::iter::repeat_with(S::default).take(threads.max(1)).collect();
        Self { memory, cancelled }
    }

    /// What each remembers.
    pub(crate) fn memory(&mut self) -> &mut [S] {
        &mut self.memory
    }

    /// Does `work` on every item and keeps what comes of it, in order.
    pub(crate) fn each<T: Send, R: Send>(
        &mut self,
        items: impl ExactSizeIterator<Item = T> + Send,
        work: impl Fn(&mut S, T) -> R + Sync,
    ) -> Result<Vec<R>> {
        let cancelled = AtomicBool::new(false);
        let mut done: Vec<Option<R>> = Vec::new();
        done.resize_with(items.len(), || None);
        for_each(&mut self.memory, items.zip(&mut done), |memory, (item, done)| {
            if cancelled.load(Ordering::Relaxed) || (self.cancelled)() {
                cancelled.store(true, Ordering::Relaxed);
            } else {
                *done = Some(work(memory, item));
            }
        });
        done.into_iter().collect::<Option<Vec<R>>>().ok_or(Error::Cancelled)
    }
}

/// Does `work` on every item, with as many threads as there are workers, the calling one included; each has a worker's
/// memory to itself. Which thread meets which item is left to chance, so no result may depend on it.
pub(crate) fn for_each<S: Send, T: Send>(
    workers: &mut [S],
    items: impl ExactSizeIterator<Item = T> + Send,
    work: impl Fn(&mut S, T) + Sync,
) {
    let count = items.len();
    let queue = Mutex::new(items);
    let take = |worker: &mut S| {
        // Nobody panics while holding the lock.
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(item) = next() {
            work(worker, item);
        }
    };
    let Some((own, others)) = workers.split_first_mut() else { return };
    thread::scope(|scope| {
        let others = others.iter_mut().take(count.saturating_sub(1));
        let take = &take;
        // A thread that the system refuses makes the search slower, and nothing else.
        let spawn = |worker| {
            let name = thread::Builder::new().name("search".into());
            name.spawn_scoped(scope, move || take(worker)).ok()
        };
        let helpers: Vec<_> = others.filter_map(spawn).collect();
        take(own);
        for helper in helpers {
            helper.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}
