//! Limits as a person writes them.

/// Bytes of a size: a number, then `B`, `kB`, `MB`, `GB`, `TB` (powers of 1000) or `KiB`, `MiB`, `GiB`, `TiB` (of 1024);
/// bytes where there is no unit.
///
/// # Errors
/// What is allowed, if it is none.
pub fn size(written: &str) -> Result<u64, String> {
    let number = written.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: f64 = match &written[number.len()..] {
        "" | "B" => 1.0,
        "kB" | "KB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "TB" => 1e12,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        "TiB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return Err(allowed()),
    };
    let number: f64 = number.trim_end().parse().map_err(|_| allowed())?;
    let bytes = number * unit;
    match bytes >= 1.0 && bytes < u64::MAX as f64 {
        true => Ok(bytes as u64),
        false => Err(allowed()),
    }
}

fn allowed() -> String {
    "a size is a number and a unit, such as 500MB or 12GiB".to_owned()
}

/// A level of significance.
///
/// # Errors
/// What is allowed, if it is none.
pub fn level(written: &str) -> Result<f64, String> {
    let level = written.parse::<f64>().ok().filter(|level| *level > 0.0 && *level < 1.0);
    level.ok_or_else(|| "a level is a number between 0 and 1, neither included".to_owned())
}

/// A share above 0 and up to 1.
///
/// # Errors
/// What is allowed, if it is none.
pub fn share(written: &str) -> Result<f64, String> {
    let share = written.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| "a share is a number above 0 and up to 1, such as 0.8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_lie_above_nothing_and_up_to_all() {
        assert_eq!([share("0.8"), share("1")], [Ok(0.8), Ok(1.0)]);
        for written in ["0", "1.1", "-0.5", "nan", "", "80%"] {
            assert!(share(written).is_err(), "{written}");
        }
    }

    #[test]
    fn sizes_are_numbers_with_a_unit() {
        let gib = 1u64 << 30;
        let cases =
            [("12GiB", 12 * gib), ("1.5 GiB", gib + gib / 2), ("500MB", 500_000_000), ("7", 7)];
        for (written, bytes) in cases {
            assert_eq!(size(written), Ok(bytes), "{written}");
        }
        for written in ["", "GiB", "-1GB", "0", "12 GiBs", "nan", "1e30GB", "ä"] {
            assert!(size(written).is_err(), "{written}");
        }
    }
    #[test]
    fn levels_lie_between_nothing_and_all() {
        assert_eq!(level("0.05"), Ok(0.05));
        for written in ["0", "1", "5%", "95", "nan", "-0.1", ""] {
            assert!(level(written).is_err(), "{written}");
        }
    }
}
