//! Pages in a real browser, where one is installed.

use std::path::Path;
use std::process::Command;

use crate::support::skipped;

/// Opens a page in frames of two widths, with a script that leaves its measures as `data-measure` of the outer page, and
/// compares them with what a width is to give.
pub(crate) fn shows(page: &str, measure: &str, expected: impl Fn(u32) -> String) {
    let Some(browser) = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .find(|it| Path::new(it).exists())
    else {
        skipped("no Chromium is installed");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let inner = page.replace("</main>", &format!("</main>{measure}"));
    let inner = inner.replace('&', "&amp;").replace('"', "&quot;");
    for width in [1280, 400] {
        let file = folder.path().join(format!("page{width}.html"));
        let outer = format!(
            "<!doctype html><iframe style=\"width:{width}px;height:900px;border:0\" srcdoc=\"{inner}\"></iframe>"
        );
        std::fs::write(&file, outer).expect("the page is written");
        let profile = folder.path().join(format!("profile{width}"));
        let out = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("--window-size=1400,1000")
            .arg(format!("file://{}", file.display()))
            .output()
            .expect("the browser runs");
        let dom = String::from_utf8_lossy(&out.stdout);
        let expected = format!("data-measure=\"{}\"", expected(width));
        let found = dom.split("data-measure=").nth(1).map(|it| it.split('>').next().unwrap_or_default());
        assert!(dom.contains(&expected), "{width}: {found:?}");
    }
}
