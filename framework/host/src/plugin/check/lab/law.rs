//! The optional group of a sampler that states what it draws.

use triglot_abi as abi;

use super::call::Trouble;
use super::instance::Instance;
use super::manners::Struct;
use super::memory::Memory;
use crate::plugin::law::{Law, law_sink};
use crate::plugin::raw::Taken;

/// The law over a corpus of so many languages; `None` if the sampler states none.
pub(super) fn state(
    instance: &Instance,
    get_extension: abi::GetExtension,
    languages: usize,
) -> Result<Option<Law>, Trouble> {
    // SAFETY: a sampler's, whose group this is.
    let group = unsafe { instance.group::<abi::Law>(get_extension) };
    let Some(state) = group.and_then(|group| group.state) else { return Ok(None) };
    let mut taken = Taken::new();
    let sink = Struct::to_read("LawSink", law_sink(&mut taken), instance.manners());
    let unit = Memory::holding("the place for the unit of the law", &[0u32]);
    // SAFETY: the place and the sink live through the call.
    let made = instance.call("state", Some(state), |f, instance, error| unsafe {
        f(instance, unit.pointer(), sink.pointer(), error)
    });
    unit.check_margins()?;
    sink.check()?;
    let pairs = match super::taken("state", made, taken) {
        Ok(pairs) => pairs,
        Err(Trouble::Refused(refusal)) if refusal.is_unsupported() => return Ok(None),
        Err(other) => return Err(other),
    };
    let unit = unit.values().first().copied().unwrap_or(0);
    Law::new(unit, pairs, languages).map(Some).map_err(Trouble::Violated)
}
