//! What a person does with a page: opens it, fills fields by the words beside them, presses buttons by the words on them.

use std::time::{Duration, Instant};

use fantoccini::Client;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

use super::driver::Browser;

const HELPERS: &str = include_str!("page.js");
/// How long a script of the page may take to say something.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a page may take to begin to give way to the next.
const LEAVING: Duration = Duration::from_millis(600);
/// No page has more stops than this.
const STOPS: usize = 300;

impl Browser {
    #[track_caller]
    pub fn open(&self, url: &str) {
        self.wait(self.client().goto(url)).unwrap();
    }

    /// The whole address.
    pub fn url(&self) -> url::Url {
        self.wait(self.client().current_url()).unwrap()
    }

    /// Path and query of the address.
    pub fn path(&self) -> String {
        let url = self.url();
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    /// The browser has been led to this path.
    #[track_caller]
    pub fn arrives(&self, path: &str) {
        assert!(
            self.eventually(|| self.path() == path),
            "not at {path} but at {}:\n{}",
            self.path(),
            self.text()
        );
    }

    pub fn title(&self) -> String {
        self.wait(self.client().title()).unwrap()
    }

    pub fn back(&self) {
        self.wait(self.client().back()).unwrap();
    }

    pub fn reload(&self) {
        self.wait(self.client().refresh()).unwrap();
    }

    /// The tab that one looks at.
    pub fn tab(&self) -> WindowHandle {
        self.wait(self.client().window()).unwrap()
    }

    /// Opens another tab and looks at it.
    pub fn other_tab(&self) {
        let made = self.wait(self.client().new_window(true)).unwrap();
        self.to_tab(&made.handle);
    }

    pub fn to_tab(&self, tab: &WindowHandle) {
        self.wait(self.client().switch_to_window(tab.clone()))
            .unwrap();
    }

    /// What a person reads on the page.
    pub fn text(&self) -> String {
        self.script("return document.body.innerText", Vec::new())
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub fn heading(&self) -> String {
        let heading = "return (document.querySelector('h1') || {}).innerText || ''";
        let text = self.script(heading, Vec::new());
        text.as_str().unwrap().trim().to_owned()
    }

    /// Whether the text stands on the page.
    pub fn reads(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    #[track_caller]
    pub fn must_read(&self, text: &str) {
        assert!(
            self.eventually(|| self.reads(text)),
            "`{text}` is not on {}:\n{}",
            self.path(),
            self.text()
        );
    }

    /// Asks until it is so, or for so long that it won't be.
    #[expect(clippy::unused_self, reason = "reads as what one does with a page")]
    pub fn eventually(&self, mut is_so: impl FnMut() -> bool) -> bool {
        let begun = Instant::now();
        loop {
            if is_so() {
                return true;
            }
            if begun.elapsed() > PATIENCE {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn helper(&self, name: &str, arguments: &[Value]) -> Value {
        let mut all = vec![json!(name)];
        all.extend_from_slice(arguments);
        self.script(HELPERS, all)
    }

    fn elements(&self, kind: &str, name: &str, part: Option<&str>) -> Vec<Element> {
        let found = self.helper("find", &[json!(kind), json!(name), json!(part)]);
        let client: &Client = self.client();
        found
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|reference| reference.as_object()?.values().next()?.as_str())
            .map(|id| Element::from_element_id(client.clone(), ElementRef::from(id.to_owned())))
            .collect()
    }

    #[track_caller]
    fn element(&self, kind: &str, name: &str, part: Option<&str>) -> Element {
        let mut found = Vec::new();
        // A page that is about to come is waited for.
        self.eventually(|| {
            found = self.elements(kind, name, part);
            found.len() == 1
        });
        assert!(
            found.len() == 1,
            "{} things are named `{name}`{} on {}, of: {}",
            found.len(),
            part.map_or_else(String::new, |part| format!(" by `{part}`")),
            self.path(),
            self.helper("list", &[json!(kind)])
        );
        found.remove(0)
    }

    /// Whether there is a button or link with these words.
    pub fn offers(&self, name: &str) -> bool {
        !self.elements("press", name, None).is_empty()
    }

    /// Whether there is a field with these words.
    pub fn asks(&self, label: &str) -> bool {
        !self.elements("field", label, None).is_empty()
    }

    /// Presses the button or follows the link with these words.
    #[track_caller]
    pub fn press(&self, name: &str) {
        self.click(&self.element("press", name, None));
    }

    /// Presses what has these words, in the smallest part of the page that holds `part`.
    #[track_caller]
    pub fn press_by(&self, part: &str, name: &str) {
        self.click(&self.element("press", name, Some(part)));
    }

    /// Clicks, and waits for the page that it leads to: the driver may answer before the old one is gone.
    #[track_caller]
    fn click(&self, element: &Element) {
        let leads = self.helper("leads", &[serde_json::to_value(element).unwrap()]);
        self.wait(element.clone().click()).unwrap();
        if leads == json!(true) {
            let begun = Instant::now();
            // A form whose fields the browser refuses leads nowhere.
            while begun.elapsed() < LEAVING
                && self.try_script("return window.jetonPressed === true", Vec::new())
                    == Some(json!(true))
            {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Empties the field and types into it.
    #[track_caller]
    pub fn fill(&self, label: &str, value: &str) {
        let field = self.element("field", label, None);
        self.wait(field.clear()).unwrap();
        self.wait(field.send_keys(value)).unwrap();
    }

    /// Puts a value into a field whose picker differs by language, as dates do.
    #[track_caller]
    pub fn set(&self, label: &str, value: &str) {
        let field = self.element("field", label, None);
        let script = "arguments[0].value = arguments[1];
            for (const kind of ['input', 'change']) arguments[0].dispatchEvent(new Event(kind, { bubbles: true }));";
        self.script(
            script,
            vec![serde_json::to_value(&field).unwrap(), json!(value)],
        );
    }

    /// Ticks a box or picks a choice by its words; once more unticks a box.
    #[track_caller]
    pub fn tick(&self, label: &str) {
        self.tick_found(&self.element("field", label, None));
    }

    /// As [`Browser::tick`], in the smallest part of the page that holds `part`.
    #[track_caller]
    pub fn tick_by(&self, part: &str, label: &str) {
        self.tick_found(&self.element("field", label, Some(part)));
    }

    fn tick_found(&self, field: &Element) {
        // A box drawn by the style sheet is pressed through its words, as people do.
        let script = "const e = arguments[0]; const box = e.getBoundingClientRect();
            return box.width > 3 && box.height > 3 && getComputedStyle(e).opacity !== '0' ? e : e.labels[0]";
        let reference = self.script(script, vec![serde_json::to_value(field).unwrap()]);
        let id = reference.as_object().unwrap().values().next().unwrap();
        let id = ElementRef::from(id.as_str().unwrap().to_owned());
        let element = Element::from_element_id(self.client().clone(), id);
        self.wait(element.click()).unwrap();
    }

    pub fn is_ticked(&self, label: &str) -> bool {
        let field = self.element("field", label, None);
        self.wait(field.is_selected()).unwrap()
    }

    /// Picks from a list by the words of the choice.
    #[track_caller]
    pub fn choose(&self, label: &str, choice: &str) {
        let field = self.element("field", label, None);
        self.wait(field.select_by_label(choice)).unwrap();
    }

    #[track_caller]
    pub fn value_of(&self, label: &str) -> String {
        let field = self.element("field", label, None);
        self.wait(field.prop("value")).unwrap().unwrap_or_default()
    }

    /// The error that stands beside a field, as a screen reader finds it.
    #[track_caller]
    pub fn error_of(&self, label: &str) -> Option<String> {
        let mut error = None;
        // The page may replace the field between the two questions: then both are asked again.
        self.eventually(|| {
            let field = serde_json::to_value(self.element("field", label, None)).unwrap();
            error = self.try_script(HELPERS, vec![json!("error"), field]);
            error.is_some()
        });
        error.and_then(|error| error.as_str().map(str::to_owned))
    }

    /// Presses one key.
    pub fn key(&self, key: Key) {
        let value = char::from(key);
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.wait(self.client().perform_actions(keys)).unwrap();
        self.wait(self.client().release_actions()).unwrap();
    }

    /// Types into whatever has the focus.
    pub fn type_in(&self, text: &str) {
        let active = self.wait(self.client().active_element()).unwrap();
        self.wait(active.send_keys(text)).unwrap();
    }

    /// Takes the place of what is in the field that has the focus, key by key.
    pub fn type_over(&self, text: &str) {
        let (control, all) = (char::from(Key::Control), 'a');
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: control })
            .then(KeyAction::Down { value: all })
            .then(KeyAction::Up { value: all })
            .then(KeyAction::Up { value: control })
            .then(KeyAction::Down {
                value: char::from(Key::Delete),
            })
            .then(KeyAction::Up {
                value: char::from(Key::Delete),
            });
        self.press_keys(keys, text);
    }

    /// Types at the caret, wherever it stands, key by key.
    pub fn type_on(&self, text: &str) {
        self.press_keys(KeyActions::new("keyboard".to_owned()), text);
    }

    fn press_keys(&self, mut keys: KeyActions, text: &str) {
        for value in text.chars() {
            keys = keys
                .then(KeyAction::Down { value })
                .then(KeyAction::Up { value });
        }
        self.wait(self.client().perform_actions(keys)).unwrap();
        self.wait(self.client().release_actions()).unwrap();
    }

    /// Goes on with Tab until the thing with these words has the focus; at each stop one must see where one is.
    #[track_caller]
    pub fn tab_to(&self, name: &str) {
        let mut passed = Vec::new();
        for _ in 0..STOPS {
            self.key(Key::Tab);
            let stop = self.helper("focus", &[]);
            if stop.is_null() {
                passed.push("(the browser's own)".to_owned());
                continue;
            }
            assert!(
                stop["marked"] == json!(true) && stop["within"] == json!(true),
                "the focus is not to be seen on {}: {stop}",
                self.path()
            );
            let names = stop["names"].as_array().unwrap();
            if names.iter().any(|found| found == name) {
                return;
            }
            passed.push(names.first().map_or_else(
                || stop["html"].to_string(),
                |name| name.as_str().unwrap_or_default().to_owned(),
            ));
        }
        panic!("Tab does not reach `{name}` on {}: {passed:?}", self.path());
    }

    /// As on a small telephone.
    pub fn phone(&self) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": 375, "height": 812, "deviceScaleFactor": 2, "mobile": true }),
        );
    }

    pub fn desktop(&self) {
        self.devtools("Emulation.clearDeviceMetricsOverride", &json!({}));
    }

    /// As for a person who prefers dark pages, or light ones.
    pub fn scheme(&self, scheme: &str) {
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
    }

    /// 400 kbit/s with 400 ms each way, or what the machine gives.
    pub fn slow_line(&self, slow: bool) {
        let (latency, rate) = if slow { (400, 50_000) } else { (0, -1) };
        self.devtools("Network.enable", &json!({}));
        self.devtools(
            "Network.emulateNetworkConditions",
            &json!({ "offline": false, "latency": latency, "downloadThroughput": rate, "uploadThroughput": rate }),
        );
    }

    /// Keeps nothing of what it loads, so that each page is as on a first visit.
    pub fn first_visits(&self, on: bool) {
        self.devtools("Network.enable", &json!({}));
        self.devtools("Network.setCacheDisabled", &json!({ "cacheDisabled": on }));
    }

    /// The cookies that this page's server would get, with what no script can see.
    pub fn cookies(&self) -> Vec<Value> {
        let all = self.devtools("Network.getCookies", &json!({}));
        all["cookies"].as_array().cloned().unwrap_or_default()
    }
}
