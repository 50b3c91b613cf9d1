//! Bars with whiskers, one above the other, each below its name: names of strategies are long and screens are narrow.

use maud::{Markup, html};

use super::at;
use super::scale::Scale;

/// A bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its name.
    pub name: String,
    /// Its length, at least zero.
    pub value: f64,
    /// How far its whisker goes to either side.
    pub deviation: Option<f64>,
    /// The value, as it is written beside the bar.
    pub label: String,
}

const WIDTH: f64 = 460.0;
/// Room for the label of the longest bar.
const LABEL: f64 = 130.0;
const ROW: f64 = 46.0;

/// Bars from zero on.
pub fn bars(title: &str, bars: &[Bar], id: &str) -> Markup {
    let end = |bar: &Bar| bar.value + bar.deviation.unwrap_or(0.0);
    let longest = bars.iter().map(end).filter(|end| end.is_finite()).fold(0.0, f64::max);
    let scale = Scale::tight((0.0, longest.max(f64::MIN_POSITIVE)), 2.0, WIDTH - LABEL);
    let height = ROW * bars.len() as f64 + 4.0;
    let said: Vec<String> = bars.iter().map(|bar| format!("{}: {}", bar.name, bar.label)).collect();
    let (heading, description) = (format!("{id}-title"), format!("{id}-description"));
    html! {
        figure.chart.bars {
            div.scroll tabindex="0" role="region" aria-label=(format!("Chart: {title}")) {
                svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img"
                    aria-labelledby=(format!("{heading} {description}")) {
                    title id=(heading) { (title) }
                    desc id=(description) { (said.join("; ")) }
                    @for (row, bar) in bars.iter().enumerate() {
                        @let top = ROW * row as f64;
                        @let middle = top + 31.0;
                        text.name x="2" y=(at(top + 16.0)) { (bar.name) }
                        rect.bar x="2" y=(at(top + 22.0)) width=(at(scale.at(bar.value) - 2.0)) height="18" {}
                        @if let Some(deviation) = bar.deviation {
                            @let (low, high) = ((bar.value - deviation).max(0.0), bar.value + deviation);
                            @let (low, high) = (scale.at(low), scale.at(high));
                            path.whisker d=(format!(
                                "M{} {m}H{h}M{l} {up}V{down}M{h} {up}V{down}",
                                at(low), m = at(middle), h = at(high), l = at(low),
                                up = at(middle - 5.0), down = at(middle + 5.0)
                            )) {}
                        }
                        text.value x=(at(scale.at(end(bar)) + 8.0)) y=(at(middle + 4.5)) { (bar.label) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_value_and_says_it() {
        let bar = |value, label: &str| Bar {
            name: "<b>".into(),
            value,
            deviation: None,
            label: label.into(),
        };
        let drawn = bars("distance", &[bar(10.0, "10.0"), bar(5.0, "5.0")], "x").into_string();
        assert!(drawn.contains("width=\"328.0\"") && drawn.contains("width=\"164.0\""), "{drawn}");
        assert!(drawn.contains(">10.0</text>") && drawn.contains("&lt;b&gt;"), "{drawn}");
    }

    #[test]
    fn bars_of_no_length_are_drawn() {
        let bar = Bar { name: "a".into(), value: 0.0, deviation: Some(0.0), label: "0.0".into() };
        assert!(!bars("distance", &[bar], "x").into_string().contains("NaN"));
    }
}
