//! What every page has to be: open to everybody, quick, still, quiet, and no wider than the screen.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::driver::{Browser, Scripts};

/// A page with all that it loads, in bytes on the wire.
const MOST_BYTES: f64 = 100.0 * 1024.0;

/// Where `cargo xtask test` keeps what it installs and what tests leave to be looked at.
pub(super) fn workshop() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("xtask")
}

/// The accessibility engine, if it is installed.
fn axe() -> Option<String> {
    let file = workshop().join("node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(file).ok()
}

/// Resolves to all shifts that no press of the person caused, since the page was opened, and to what moved. Together
/// below a hundredth, a tenth of what counts as good elsewhere, they are those of a browser that paints half a line
/// before it has read the rest.
const SHIFT: &str = "const done = arguments[arguments.length - 1];
    const found = [];
    let sum = 0;
    const said = (s) => `${s.node && (s.node.outerHTML || s.node.textContent).slice(0, 120)} from ${s.previousRect.x},${s.previousRect.y} to ${s.currentRect.x},${s.currentRect.y}`;
    new PerformanceObserver((list) => {
      for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value, found.push(`the layout shifted by ${e.value}: ${e.sources.map(said).join(' | ')}`);
    }).observe({ type: 'layout-shift', buffered: true });
    requestAnimationFrame(() => setTimeout(() => done(sum < 0.01 ? [] : found), 60));";

/// What came over the wire for this page, or would have if the browser had kept nothing; and the greatest answer that
/// its script asked for since.
const WEIGHT: &str = "const size = (e) => Math.max(e.transferSize, e.encodedBodySize);
    const [page] = performance.getEntriesByType('navigation');
    const all = performance.getEntriesByType('resource');
    const asked = all.filter((e) => e.initiatorType === 'fetch').map(size);
    const loaded = all.filter((e) => e.initiatorType !== 'fetch').map(size);
    return Math.max(loaded.reduce((a, b) => a + b, size(page)), ...asked)";

/// Every rule of the engine, and the sizes of what is pressed, which it leaves out by itself.
const AXE: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } }).then(
      (found) => done(found.violations.map((v) => `${v.id}: ${v.help}: ` +
        v.nodes.slice(0, 4).map((n) => `${n.html.slice(0, 200)} (${n.failureSummary.replace(/\\s+/g, ' ')})`).join(' | '))),
      (error) => done([String(error)]));";

impl Browser {
    /// Everything that is wrong with a page that was just opened.
    pub fn troubles(&self) -> Vec<String> {
        let shifts = self.script_later(SHIFT, Vec::new());
        let shifts = shifts.as_array().cloned().unwrap_or_default();
        let mut troubles = self.troubles_in_use();
        troubles.extend(
            shifts
                .iter()
                .filter_map(|said| Some(said.as_str()?.to_owned())),
        );
        troubles
    }

    /// Everything that is wrong with a page as somebody has left it. It may have grown by what was chosen.
    fn troubles_in_use(&self) -> Vec<String> {
        let mut troubles = self.complaints();
        troubles.extend(self.inaccessible());
        let bytes = self.script(WEIGHT, Vec::new()).as_f64().unwrap();
        if bytes > MOST_BYTES {
            troubles.push(format!("it weighs {bytes} bytes"));
        }
        let wider =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        if let Some(wider) = self.script(wider, Vec::new()).as_i64().filter(|w| *w > 0) {
            troubles.push(format!("it is {wider} pixels wider than the screen"));
        }
        troubles
    }

    /// The page must have no trouble, as it stands.
    #[track_caller]
    pub fn is_sound(&self) {
        let troubles = self.troubles_in_use();
        assert!(
            troubles.is_empty(),
            "{}:\n  {}",
            self.path(),
            troubles.join("\n  ")
        );
    }

    /// What the browser complained about since it was asked last: errors of scripts, blocked content, missing files.
    ///
    /// A page that is answered with a refusal says so by its status, and that is no fault of the page.
    pub fn complaints(&self) -> Vec<String> {
        let log = self.command("se/log", json!({ "type": "browser" }));
        log.as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .filter(|entry| {
                let said = entry["message"].as_str().unwrap_or_default();
                let refusal = said.contains("responded with a status of 4");
                !(entry["source"] == "network" && refusal && !said.contains("/assets/"))
            })
            .map(|entry| {
                let said = entry["message"].as_str().unwrap_or_default();
                format!("the browser says: {said}")
            })
            .collect()
    }

    #[expect(clippy::print_stderr, reason = "a person reads what was left out")]
    fn inaccessible(&self) -> Vec<String> {
        // Where scripts are off the engine's own would stop half-way.
        if self.scripts() == Scripts::Off {
            return Vec::new();
        }
        let Some(axe) = axe() else {
            eprintln!("skipped: axe-core is not installed, `cargo xtask test browser` installs it");
            return Vec::new();
        };
        self.script(&axe, Vec::new());
        match self.script_later(AXE, Vec::new()) {
            Value::Array(found) => found
                .iter()
                .map(|text| text.as_str().unwrap_or_default().to_owned())
                .collect(),
            other => vec![format!("the audit said {other}")],
        }
    }

    /// The whole page as a picture.
    pub fn picture(&self) -> Vec<u8> {
        use base64::Engine as _;
        let shot = self.devtools(
            "Page.captureScreenshot",
            &json!({ "format": "png", "captureBeyondViewport": true }),
        );
        base64::engine::general_purpose::STANDARD
            .decode(shot["data"].as_str().unwrap())
            .unwrap()
    }

    /// Keeps a picture of the page for people to look at.
    pub fn keep_picture(&self, name: &str) {
        let folder = workshop().join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.picture()).unwrap();
    }
}
