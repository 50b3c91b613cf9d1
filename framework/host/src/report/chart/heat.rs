//! Maps of languages: a table whose cells are shaded.
//!
//! A table and no SVG: its numbers are text that can be read out by row and column, copied into a spreadsheet and kept at a
//! readable size on a narrow screen, where it scrolls. The shades lie between two colours on which the same ink is legible.

use maud::{Markup, html};

use crate::report::gather::LanguageMap;

/// How the values of a map are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The value without shade.
    pub low: f64,
    /// The value in full shade.
    pub high: f64,
    /// Whether values are parts of a whole, and shown as percentages.
    pub percent: bool,
}

impl Look {
    /// The look under which all of these maps can be compared.
    pub fn of(maps: &[LanguageMap], percent: bool) -> Self {
        let values = maps.iter().flat_map(|map| map.cells.iter().flatten().flatten().copied());
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let low = if percent { 0.0 } else { low };
        if low <= high {
            Self { low, high, percent }
        } else {
            Self { low: 0.0, high: 1.0, percent }
        }
    }

    /// A value as text.
    pub fn number(&self, value: f64) -> String {
        if self.percent { format!("{:.1}", 100.0 * value) } else { format!("{value:.3}") }
    }

    fn shade(&self, value: f64) -> String {
        let range = self.high - self.low;
        let part = if range > 0.0 { (value - self.low) / range } else { 0.0 };
        format!("--shade:{:.0}%", 100.0 * part.clamp(0.0, 1.0))
    }
}

/// A map under a caption.
pub fn heat(map: &LanguageMap, look: &Look, caption: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table.heat {
                caption { (caption) }
                thead {
                    tr {
                        th scope="col" { "query" }
                        @for passage in &map.passages { th scope="col" { (passage) } }
                    }
                }
                tbody {
                    @for (query, cells) in map.queries.iter().zip(&map.cells) {
                        tr {
                            th scope="row" { (query) }
                            @for (passage, cell) in map.passages.iter().zip(cells) {
                                @let own = (query == passage).then_some("own");
                                @match cell {
                                    Some(value) => { td class=[own] style=(look.shade(*value)) { (look.number(*value)) } },
                                    None => { td class="none" { "–" } },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> LanguageMap {
        LanguageMap {
            strategy: 0,
            measure: "map".into(),
            queries: vec!["en".into(), "<fi>".into()],
            passages: vec!["en".into(), "<fi>".into()],
            cells: vec![vec![Some(0.75), Some(0.5)], vec![None, Some(0.25)]],
        }
    }

    #[test]
    fn cells_carry_their_values_and_the_diagonal_stands_out() {
        let drawn = heat(&map(), &Look::of(&[map()], false), "a & b").into_string();
        assert!(drawn.contains("<td class=\"own\" style=\"--shade:100%\">0.750</td>"), "{drawn}");
        assert!(drawn.contains("<td style=\"--shade:50%\">0.500</td>"), "{drawn}");
        assert!(drawn.contains("<td class=\"none\">–</td>"), "{drawn}");
        assert!(drawn.contains("<th scope=\"row\">&lt;fi&gt;</th>"), "{drawn}");
    }

    #[test]
    fn maps_beside_each_other_share_their_shades() {
        let other = LanguageMap { cells: vec![vec![Some(0.0)]], ..map() };
        let look = Look::of(&[map(), other], false);
        assert_eq!((look.low, look.high), (0.0, 0.75));
        assert_eq!(Look::of(&[], false), Look { low: 0.0, high: 1.0, percent: false });
    }
}
