//! How a person works a page: with a mouse, with the keyboard alone, on a telephone, without scripts.

use fantoccini::key::Key;

use super::driver::{Browser, Scripts};

/// One way to work a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    Mouse,
    Keyboard,
    Telephone,
    /// A mouse, and JavaScript switched off.
    NoScripts,
}

impl Hand {
    /// A browser to work with this way; `None` where none is installed.
    pub fn browser(self) -> Option<Browser> {
        let browser = Browser::start(if self == Self::NoScripts {
            Scripts::Off
        } else {
            Scripts::On
        })?;
        if self == Self::Telephone {
            browser.phone();
        }
        Some(browser)
    }

    #[track_caller]
    pub fn press(self, browser: &Browser, name: &str) {
        if self == Self::Keyboard {
            browser.tab_to(name);
            browser.key(Key::Enter);
        } else {
            browser.press(name);
        }
    }

    #[track_caller]
    pub fn fill(self, browser: &Browser, label: &str, value: &str) {
        if self == Self::Keyboard {
            browser.tab_to(label);
            browser.type_over(value);
        } else {
            browser.fill(label, value);
        }
    }

    #[track_caller]
    pub fn choose(self, browser: &Browser, label: &str, choice: &str) {
        if self == Self::Keyboard {
            browser.tab_to(label);
            // A list goes to the choice whose words one types.
            browser.type_in(choice);
            browser.key(Key::Tab);
        } else {
            browser.choose(label, choice);
        }
    }

    /// Ticks a box.
    #[track_caller]
    pub fn tick(self, browser: &Browser, label: &str) {
        if self == Self::Keyboard {
            browser.tab_to(label);
            browser.key(Key::Space);
        } else {
            browser.tick(label);
        }
    }

    /// Picks one of several choices; with the keyboard by going down from `first`, which is picked now.
    #[track_caller]
    pub fn pick(self, browser: &Browser, first: &str, label: &str) {
        if self == Self::Keyboard {
            browser.tab_to(first);
            for _ in 0..9 {
                browser.key(Key::Down);
                if browser.is_ticked(label) {
                    return;
                }
            }
            panic!("the arrow keys do not reach `{label}`");
        } else {
            browser.tick(label);
        }
    }
}
