//! The optional group of an augmenter that counts what it does.

use triglot_abi as abi;

use super::call::Trouble;
use super::instance::Instance;
use super::manners::Struct;
use super::texts::LentTexts;
use crate::plugin::augmenter::count_sink;
use crate::plugin::check::material::Text;
use crate::plugin::raw::Taken;

/// What there is to count of texts, by name; `None` if the augmenter does not count.
pub(super) fn count(
    instance: &Instance,
    get_extension: abi::GetExtension,
    texts: &[Text],
) -> Result<Option<Vec<(String, u64)>>, Trouble> {
    // SAFETY: an augmenter's, whose group this is.
    let group = unsafe { instance.group::<abi::Counts>(get_extension) };
    let Some(count) = group.and_then(|group| group.count) else { return Ok(None) };
    let lent = LentTexts::new(texts, instance.manners());
    let raw = lent.lend();
    let mut taken = Taken::new();
    let sink = Struct::to_read("CountSink", count_sink(&mut taken), instance.manners());
    // SAFETY: texts and sink, and what they point to, live through the call.
    let made = instance.call("count", Some(count), |f, instance, error| unsafe {
        f(instance, raw.pointer(), sink.pointer(), error)
    });
    raw.check()?;
    sink.check()?;
    lent.check()?;
    match super::taken("count", made, taken) {
        Ok(counts) => Ok(Some(counts)),
        Err(Trouble::Refused(refusal)) if refusal.is_unsupported() => Ok(None),
        Err(other) => Err(other),
    }
}
