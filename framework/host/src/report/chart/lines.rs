//! Lines with bands.

use maud::{Markup, html};

use super::at;
use super::scale::Scale;
use crate::report::gather::{Curve, Plot, Point};
use crate::report::sheets::significant;

/// How many lines a picture can hold and be read: so many looks there are.
pub const PER_PICTURE: usize = 6;

/// The dashes of the lines, in order.
const DASHES: [&str; PER_PICTURE] = ["none", "8 4", "2 3", "10 3 2 3", "5 2", "14 5"];

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 46.0;

/// Room between two markers of a line.
const MARKER_ROOM: f64 = 40.0;

/// The lines of a plot from `first` on, as many as a picture holds, over the axes of all of them.
pub fn lines(plot: &Plot, first: usize, id: &str) -> Markup {
    let curves: Vec<&Curve> = plot.curves.iter().skip(first).take(PER_PICTURE).collect();
    let points = || plot.curves.iter().flat_map(|curve| &curve.points);
    let x = Scale::tight(range(points().map(|point| point.x)), LEFT, WIDTH - RIGHT);
    let ends = points().flat_map(|point| [low(point), high(point)]);
    let y = Scale::new(range(ends), HEIGHT - BOTTOM, TOP);
    let (title, description) = (format!("{id}-title"), format!("{id}-description"));
    html! {
        figure.chart {
            div.scroll tabindex="0" role="region" aria-label=(format!("Chart: {}", plot.title)) {
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img"
                    aria-labelledby=(format!("{title} {description}")) {
                    title id=(title) { (plot.title) }
                    desc id=(description) { (describe(plot, &curves)) }
                    (axes(plot, &x, &y))
                    @for (look, curve) in curves.iter().enumerate() {
                        (band(curve, look, &x, &y))
                    }
                    @for (look, curve) in curves.iter().enumerate() {
                        (line(curve, look, &x, &y))
                    }
                }
            }
            figcaption {
                ul.legend {
                    @for (look, curve) in curves.iter().enumerate() {
                        li { (sample(look)) (curve.name) }
                    }
                }
                p { (plot.note) }
            }
        }
    }
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

fn low(point: &Point) -> f64 {
    point.y - point.deviation.unwrap_or(0.0)
}

fn high(point: &Point) -> f64 {
    point.y + point.deviation.unwrap_or(0.0)
}

/// The picture in words: where every line begins and ends.
fn describe(plot: &Plot, curves: &[&Curve]) -> String {
    let lines = curves.iter().filter_map(|curve| {
        let (first, last) = (curve.points.first()?, curve.points.last()?);
        let (name, x) = (&curve.name, &plot.x);
        Some(format!(
            "{name}: {} at {x} {}, {} at {x} {}",
            significant(first.y),
            first.x,
            significant(last.y),
            last.x
        ))
    });
    format!("{} over {}. {}.", plot.y, plot.x, lines.collect::<Vec<_>>().join("; "))
}

fn axes(plot: &Plot, x: &Scale, y: &Scale) -> Markup {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    html! {
        g.axes aria-hidden="true" {
            @for tick in y.ticks() {
                line.grid x1=(at(LEFT)) x2=(at(right)) y1=(at(y.at(tick))) y2=(at(y.at(tick))) {}
                text.tick x=(at(LEFT - 8.0)) y=(at(y.at(tick) + 4.0)) text-anchor="end" { (y.label(tick)) }
            }
            @for tick in x.ticks() {
                line.grid x1=(at(x.at(tick))) x2=(at(x.at(tick))) y1=(at(bottom)) y2=(at(bottom + 5.0)) {}
                text.tick x=(at(x.at(tick))) y=(at(bottom + 19.0)) text-anchor="middle" { (x.label(tick)) }
            }
            line.axis x1=(at(LEFT)) x2=(at(right)) y1=(at(bottom)) y2=(at(bottom)) {}
            text.label x=(at((LEFT + right) / 2.0)) y=(at(HEIGHT - 8.0)) text-anchor="middle" { (plot.x) }
            text.label transform=(format!("translate(13 {}) rotate(-90)", at((TOP + bottom) / 2.0)))
                text-anchor="middle" { (plot.y) }
        }
    }
}

/// The area between the ends of the deviations; nothing where no point has one.
fn band(curve: &Curve, look: usize, x: &Scale, y: &Scale) -> Markup {
    if !curve.points.iter().any(|point| point.deviation.is_some()) {
        return html! {};
    }
    let place = |point: &Point, value: f64| format!("{},{}", at(x.at(point.x)), at(y.at(value)));
    let there = curve.points.iter().map(|point| place(point, high(point)));
    let back = curve.points.iter().rev().map(|point| place(point, low(point)));
    let outline: Vec<String> = there.chain(back).collect();
    html! { polygon class=(format!("band look-{look}")) points=(outline.join(" ")) {} }
}

/// The line with its markers, as many as have room.
fn line(curve: &Curve, look: usize, x: &Scale, y: &Scale) -> Markup {
    let places: Vec<(f64, f64)> =
        curve.points.iter().map(|point| (x.at(point.x), y.at(point.y))).collect();
    let path: Vec<String> =
        places.iter().map(|(across, up)| format!("{},{}", at(*across), at(*up))).collect();
    let mut marked: Vec<(f64, f64)> = Vec::new();
    for place in &places {
        if marked.last().is_none_or(|last| place.0 - last.0 >= MARKER_ROOM) {
            marked.push(*place);
        }
    }
    html! {
        g class=(format!("look-{look}")) {
            polyline.line points=(path.join(" ")) stroke-dasharray=(dash(look)) {}
            @for (across, up) in marked { (marker(look, across, up)) }
        }
    }
}

fn dash(look: usize) -> &'static str {
    DASHES.get(look % PER_PICTURE).copied().unwrap_or("none")
}

/// A marker: disc, square, triangle, diamond, triangle upside down, ring.
fn marker(look: usize, x: f64, y: f64) -> Markup {
    let outline = |corners: &[(f64, f64)]| {
        let corners = corners.iter().map(|(dx, dy)| format!("{},{}", at(x + dx), at(y + dy)));
        corners.collect::<Vec<_>>().join(" ")
    };
    html! {
        @match look % PER_PICTURE {
            0 => { circle.marker cx=(at(x)) cy=(at(y)) r="4" {} },
            1 => { polygon.marker points=(outline(&[(-4.0, -4.0), (4.0, -4.0), (4.0, 4.0), (-4.0, 4.0)])) {} },
            2 => { polygon.marker points=(outline(&[(0.0, -5.0), (5.0, 4.0), (-5.0, 4.0)])) {} },
            3 => { polygon.marker points=(outline(&[(0.0, -5.5), (5.5, 0.0), (0.0, 5.5), (-5.5, 0.0)])) {} },
            4 => { polygon.marker points=(outline(&[(0.0, 5.0), (5.0, -4.0), (-5.0, -4.0)])) {} },
            _ => { circle.marker.ring cx=(at(x)) cy=(at(y)) r="4" {} },
        }
    }
}

/// A piece of a line, for the legend.
fn sample(look: usize) -> Markup {
    html! {
        svg.sample viewBox="0 0 44 14" width="44" height="14" aria-hidden="true" {
            g class=(format!("look-{look}")) {
                line.line x1="1" x2="43" y1="7" y2="7" stroke-dasharray=(dash(look)) {}
                (marker(look, 22.0, 7.0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(curves: usize) -> Plot {
        let point = |x: f64| Point { x, y: x / 2.0, deviation: Some(0.1) };
        let curve = |number: usize| Curve {
            name: format!("<line> {number}"),
            points: vec![point(0.0), point(1.0)],
        };
        Plot {
            title: "map by <share>".into(),
            x: "share".into(),
            y: "map".into(),
            note: "& so on".into(),
            curves: (0..curves).map(curve).collect(),
        }
    }

    #[test]
    fn every_line_has_dashes_a_band_and_a_name() {
        let drawn = lines(&plot(3), 0, "x").into_string();
        assert_eq!(drawn.matches("class=\"line\" points").count(), 3);
        assert_eq!(drawn.matches("<polygon class=\"band").count(), 3);
        for dash in &DASHES[..3] {
            assert!(drawn.contains(&format!("stroke-dasharray=\"{dash}\"")), "{drawn}");
        }
        assert!(drawn.contains("&lt;line&gt; 2") && !drawn.contains("<line> "), "{drawn}");
    }

    #[test]
    fn more_lines_than_looks_go_on_in_the_next_picture() {
        let plot = plot(PER_PICTURE + 2);
        let next = lines(&plot, PER_PICTURE, "x").into_string();
        assert_eq!(next.matches("class=\"line\" points").count(), 2);
        assert!(next.contains("&lt;line&gt; 6") && next.contains("&lt;line&gt; 7"));
    }

    #[test]
    fn a_plot_of_a_single_point_or_of_none_is_drawn() {
        let mut plot = plot(1);
        plot.curves[0].points.truncate(1);
        assert!(!lines(&plot, 0, "x").into_string().contains("NaN"));
        plot.curves[0].points.clear();
        assert!(!lines(&plot, 0, "x").into_string().contains("NaN"));
    }
}
