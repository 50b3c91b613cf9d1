//! The report in a browser: what it asks for, what it says, and whether it can be read on any screen.

use serde_json::{Value, json};
use triglot_tests::{Bench, Browser, Told, View, browser};

use crate::report::hostile;

const LANGUAGES: [&str; 11] = ["ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh"];

const WIDE: u32 = 1280;
const NARROW: u32 = 390;

/// The rows of the first map: their cells as they are read.
const MAP: &str = "[...document.querySelector('table.heat').tBodies[0].rows].map(row => \
    [...row.querySelectorAll('td')].map(cell => cell.innerText))";

/// The visible texts with too little contrast to what lies behind them (WCAG 2.2, success criterion 1.4.3).
const FAINT: &str = r"(() => {
    const numbers = text => text.match(/-?[\d.]+(?:e-?\d+)?/g).map(Number);
    const parts = colour => {
        if (colour.startsWith('color(srgb')) {
            const [r, g, b, a = 1] = numbers(colour.slice('color(srgb'.length));
            return [r, g, b, a];
        }
        const [r, g, b, a = 1] = numbers(colour);
        return [r / 255, g / 255, b / 255, a];
    };
    const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parts(getComputedStyle(at).backgroundColor);
            if (colour[3] === 1) return colour;
        }
        return null;
    };
    const faint = [];
    let seen = 0;
    for (const element of document.body.querySelectorAll('*')) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || !element.checkVisibility()) continue;
        const style = getComputedStyle(element);
        const ink = parts(element.closest('svg') ? style.fill : style.color);
        const ground = behind(element);
        if (!ground) { faint.push('no ground behind ' + element.outerHTML); continue; }
        const [dark, bright] = [light(ink), light(ground)].sort((a, b) => a - b);
        const contrast = (bright + 0.05) / (dark + 0.05);
        seen += 1;
        if (!(contrast >= 4.5)) faint.push(contrast.toFixed(2) + ' ' + element.outerHTML);
    }
    return { seen, faint };
})()";

fn file(bench: &Bench) -> std::path::PathBuf {
    bench.path("report.html")
}

fn number(browser: &mut Browser, expression: &str) -> u64 {
    browser.evaluate(expression).as_u64().unwrap()
}

#[test]
fn the_page_is_quiet_asks_for_nothing_and_is_legible_on_any_screen() {
    let Some(mut browser) = browser() else { return };
    let bench = Bench::new();
    let (manifest, _) = hostile(&bench, &LANGUAGES);
    let run = bench.run(&manifest, &[]);
    bench.triglot(["report", "last"]).succeeded();
    let expected: Vec<Vec<String>> = LANGUAGES
        .iter()
        .map(|query| {
            let cell = |passage: &&str| {
                let key = match query == passage {
                    true => format!("eval/pairs/monolingual/{query}/map"),
                    false => format!("eval/pairs/cross-lingual/{query}-{passage}/map"),
                };
                format!("{:.3}", run.metric(&key))
            };
            LANGUAGES.iter().map(cell).collect()
        })
        .collect();
    for (width, dark) in [(WIDE, false), (WIDE, true), (NARROW, false), (NARROW, true)] {
        let view = View { width, dark };
        let told = browser.open(&file(&bench), view);
        assert_eq!(told.messages, [""; 0], "{view:?}");
        let own = format!("file://{}", file(&bench).display());
        let beyond = told.requests.iter().filter(|url| **url != own && !url.starts_with("data:"));
        assert_eq!(beyond.count(), 0, "{told:?}");

        assert_eq!(browser.evaluate(MAP), json!(expected), "{view:?}");
        let scheme = "matchMedia('(prefers-color-scheme: dark)').matches";
        assert_eq!(browser.evaluate(scheme), Value::Bool(dark));
        assert_eq!(number(&mut browser, "innerWidth"), u64::from(width));
        let overflow = number(&mut browser, "document.documentElement.scrollWidth");
        assert!(overflow <= u64::from(width), "{view:?}: the page is {overflow} wide");
        browser.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)");
        let overflow = number(&mut browser, "document.documentElement.scrollWidth");
        assert!(overflow <= u64::from(width), "{view:?}: unfolded, the page is {overflow} wide");
        let contrast = browser.evaluate(FAINT);
        assert_eq!(contrast["faint"], json!([]), "{view:?}");
        assert!(contrast["seen"].as_u64().unwrap() > 200, "{contrast}");
    }
}

#[test]
fn the_page_can_be_found_through_without_seeing_it() {
    let Some(mut browser) = browser() else { return };
    let bench = Bench::new();
    let (manifest, _) = hostile(&bench, &["en", "fi"]);
    bench.run(&manifest, &[]);
    bench.triglot(["report", "last"]).succeeded();
    browser.open(&file(&bench), View { width: WIDE, dark: false });
    let all = |browser: &mut Browser, expression: &str| {
        assert_eq!(browser.evaluate(expression), Value::Bool(true), "{expression}");
    };
    all(&mut browser, "document.documentElement.lang === 'en' && document.title.length > 0");
    let levels = "[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])";
    let levels: Vec<i64> = serde_json::from_value(browser.evaluate(levels)).unwrap();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    for every in [
        "[...document.querySelectorAll('svg[role=img]')].every(it => it.getAttribute('aria-labelledby').split(' ').every(id => document.getElementById(id).textContent.length > 0))",
        "[...document.querySelectorAll('table')].every(it => it.caption.textContent.length > 0)",
        "[...document.querySelectorAll('th')].every(it => it.scope)",
        "[...document.querySelectorAll('[role=region]')].every(it => it.ariaLabel && it.tabIndex === 0)",
        "[...document.querySelectorAll('nav a')].every(it => document.querySelector(it.getAttribute('href')))",
        "(ids => new Set(ids).size === ids.length && ids.length > 5)([...document.querySelectorAll('[id]')].map(it => it.id))",
        "document.querySelectorAll('script,img').length === 0 && document.querySelectorAll('svg[role=img]').length > 0",
        "document.querySelectorAll('span[lang=fi]').length > 0",
    ] {
        all(&mut browser, every);
    }
}

#[test]
fn the_browser_of_these_tests_hears_what_a_page_says_and_sees_what_it_asks_for() {
    let Some(mut browser) = browser() else { return };
    let bench = Bench::new();
    let page = bench.write(
        "report.html",
        "<!DOCTYPE html><body style='background: #fff'><p style='color: #999'>faint</p>\
         <img src='http://127.0.0.1:1/x.png'><script>console.error('here')</script>",
    );
    let Told { messages, requests } = browser.open(&page, View { width: NARROW, dark: true });
    assert!(messages.iter().any(|message| message.contains("here")), "{messages:?}");
    assert!(requests.contains(&"http://127.0.0.1:1/x.png".to_owned()), "{requests:?}");
    let faint = browser.evaluate(FAINT);
    assert!(faint["faint"][0].as_str().unwrap().contains("faint"), "{faint}");
}
