//! Work that threads take by turns.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

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
