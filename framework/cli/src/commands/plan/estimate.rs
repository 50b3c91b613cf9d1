//! The table of `triglot plan --estimate`.

use std::time::Duration;

use triglot_host::estimate::Estimate;
use triglot_host::report::Table;

use crate::line::{duration, rate};

/// What a run will cost, part by part.
pub fn estimate_table(estimate: &Estimate) -> Table {
    let texts = |texts: f64| format!("{} texts/s", rate(texts));
    let mut rows =
        vec![row("preparing the model", String::new(), String::new(), estimate.prepare_seconds)];
    for stage in &estimate.stages {
        let training = stage.seconds - stage.validation_seconds;
        let speed = [Some(texts(stage.texts_per_second))].into_iter();
        let tokens = stage.tokens_per_second.map(|tokens| format!("{} tokens/s", rate(tokens)));
        let speed = speed.chain([tokens]).flatten().collect::<Vec<_>>().join(", ");
        rows.push(row(
            &format!("stage {}", stage.name),
            format!("{} steps", stage.steps),
            speed,
            training,
        ));
        if stage.validation_seconds > 0.0 {
            let what = format!("validation in {}", stage.name);
            rows.push(row(&what, String::new(), String::new(), stage.validation_seconds));
        }
    }
    for set in &estimate.sets {
        let amount = format!("{} texts", set.texts);
        rows.push(row(
            &format!("encoding {}", set.name),
            amount,
            texts(set.texts_per_second),
            set.seconds,
        ));
    }
    rows.push(row("a run", String::new(), String::new(), estimate.seconds));
    if estimate.runs > 1 {
        let what = format!("{} trials, if each takes as long", estimate.runs);
        rows.push(row(&what, String::new(), String::new(), estimate.all_seconds));
    }
    let embeddings = size(estimate.embedding_bytes);
    let mut notes = vec![match (estimate.memory, estimate.peak_memory) {
        (Some(all), Some(peak)) => format!(
            "memory: about {}, the peak so far of {} and {embeddings} of embeddings to search",
            size(all),
            size(peak)
        ),
        _ => format!("memory: unknown on this system, {embeddings} of it embeddings to search"),
    }];
    let checkpoint = size(estimate.checkpoint_bytes);
    let checkpoints = match estimate.checkpoints {
        0 => None,
        1 => Some(format!("a checkpoint of at most {checkpoint}")),
        n => Some(format!("{n} checkpoints of at most {checkpoint} each")),
    };
    if let Some(checkpoints) = checkpoints {
        let disk = size(estimate.disk_bytes);
        notes.push(format!("disk: at most {disk} a run, for {checkpoints} and an export"));
    }
    notes.push("searching, metrics and writing files are not counted".to_owned());
    Table {
        title: "estimate from a few steps and a sample of the texts".into(),
        header: ["part", "amount", "speed", "time"].map(str::to_owned).into(),
        rows,
        notes,
    }
}

fn row(what: &str, amount: String, speed: String, seconds: f64) -> Vec<String> {
    let time = match Duration::try_from_secs_f64(seconds) {
        Ok(_) if seconds < 1.0 => format!("{seconds:.2}s"),
        Ok(_) if seconds < 10.0 => format!("{seconds:.1}s"),
        Ok(long) => duration(long),
        Err(_) => "longer than can be said".to_owned(),
    };
    vec![what.to_owned(), amount, speed, time]
}

/// A size in the largest unit that it reaches: `512 B`, `1.5 MB`, `12 GB` (powers of 1000).
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = UNITS[0];
    for larger in &UNITS[1..] {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    match value < 9.95 {
        true => format!("{value:.1} {unit}"),
        false => format!("{value:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_the_largest_unit_that_they_reach() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (471_000_000, "471 MB"),
            (1_413_000_000, "1.4 GB"),
            (5_000_000_000_000_000, "5000 TB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }
}
