//! The page of an audit: it stands alone, says what reproduces it, and a browser shows every chart whole.

use std::collections::BTreeMap;

use opnote_audit::agreement::agreement;
use opnote_audit::compare::{AuditPage, Reproduction, audit_page, figures, settled};
use opnote_audit::worksheet::{Disagreement, Ruled, Verdict};

use crate::browser::shows;
use crate::compare::{NOTES, audit, taxonomy};

/// A page with everything that it can hold, and words that HTML must not read.
fn full_page() -> String {
    let mut billed = String::new();
    for (index, provider) in ["Adler", "Brandt & Co <b>", "Castellanos", "Dubois"].iter().enumerate() {
        let (note, code) = (NOTES[index].0, ["62321", "62321", "64483", "62323"][index]);
        let line = format!("{note},{code},{provider},2025-0{}\n", index + 1);
        billed.push_str(&line);
    }
    billed.push_str("vague,62323,Adler,2025-05\nabsent,62323;99213,Adler,2025-05\n");
    let audit = audit(&billed);
    let notes: BTreeMap<String, String> = NOTES.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect();
    let taxonomy = taxonomy();
    let figures = figures(&audit, &settled(&audit), None, &taxonomy);
    let pair = |it: (&str, &str)| (it.0.to_owned(), it.1.to_owned());
    let answers: Vec<(String, String)> =
        [("upheld", "upheld"), ("upheld", "query"), ("overturned", "overturned"), ("upheld", "upheld")]
            .map(pair)
            .to_vec();
    let ruled = Ruled { verdict: Verdict::Upheld, correct: None, reason: None, comment: "<i>sure</i>".to_owned() };
    let reproduction = Reproduction {
        method: Some("simple random sample".to_owned()),
        frame: Some(1200),
        frame_hash: Some("ab".repeat(32)),
        seed: Some("20261130".to_owned()),
        version: "0.1.0".to_owned(),
        lexicon: "fingerprint".to_owned(),
        stamp: "cd".repeat(32),
        inputs: vec![("billing.csv".to_owned(), "ef".repeat(32))],
        options: vec![("profile".to_owned(), "coder".to_owned())],
        trail: Some(format!("4:{}", "12".repeat(32))),
    };
    audit_page(&AuditPage {
        title: "opnote audit: <script>",
        audit: &audit,
        figures: &figures,
        as_read: &figures.accuracy,
        taxonomy: &taxonomy,
        notes: &notes,
        reviewers: &["Ann".to_owned(), "Bob".to_owned()],
        agreement: Some(&agreement(&answers)),
        disagreements: &[Disagreement { finding: "F00001".to_owned(), answers: answers[1..2].to_vec() }],
        rulings: &BTreeMap::from([("F00001".to_owned(), ruled)]),
        reproduction: &reproduction,
    })
}

#[test]
fn the_page_stands_alone_and_says_what_reproduces_it() {
    let html = full_page();
    for it in ["<script", "<b>,", "<i>sure", "src=", "url(", "@import", "href=\"http"] {
        assert!(!html.contains(it), "{it}");
    }
    let parts = [
        "Brandt &amp; Co &lt;b&gt;",
        "simple random sample",
        "20261130",
        &"cd".repeat(32),
        &"ef".repeat(32),
        "fingerprint",
        "E01",
        "E26",
        "Cohen&#39;s kappa",
        "<mark>",
    ];
    for it in parts.map(|it| it.replace("&#39;", "'")) {
        assert!(html.contains(&it), "{it}");
    }
    assert_eq!(html, full_page());
}

/// Opens everything, measures, and leaves the measures with the outer page; contrast is that of text against what is
/// painted behind it.
const MEASURE: &str = r#"<script>
for (const it of document.querySelectorAll("details")) it.open = true;
const root = document.documentElement;
const charts = [...document.querySelectorAll("svg.chart")].map(it => {
  const box = it.getBoundingClientRect();
  const inside = box.left >= 0 && box.right <= root.clientWidth && box.width > 200 && box.height > 50;
  const labels = [...it.querySelectorAll("text")].every(text => {
    const at = text.getBoundingClientRect();
    return at.left >= box.left - 1 && at.right <= box.right + 1 && at.bottom <= box.bottom + 1;
  });
  return it.id + (inside && labels && it.closest("figure").getAttribute("aria-label") ? "" : " is cut");
});
const light = color => {
  const [r, g, b] = color.match(/[\d.]+/g).map(Number).map(it => it / 255)
    .map(it => it <= 0.03928 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = it => {
  for (; it; it = it.parentElement) {
    const color = getComputedStyle(it).backgroundColor;
    if (!/rgba\(.*, 0(\.\d+)?\)/.test(color)) return color;
  }
  return "rgb(255, 255, 255)";
};
const faint = [...document.querySelectorAll("p,td,th,dd,dt,h1,h2,h3,small,figcaption,summary,mark,a,b")].filter(it => {
  const [one, other] = [light(getComputedStyle(it).color), light(behind(it))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) < 4.5;
}).length;
parent.document.documentElement.dataset.measure =
  [window.innerWidth, root.scrollWidth - root.clientWidth, faint, charts.join(",")].join("|");
</script>"#;

/// The page in a real browser: every chart is there and whole, nothing is wider than the window, all text is readable.
#[test]
fn a_browser_shows_every_chart_and_nothing_overflows() {
    let charts = "chart-accuracy,chart-pareto,chart-funnel,chart-control,chart-agreement";
    shows(&full_page(), MEASURE, |width| format!("{width}|0|0|{charts}"));
}
