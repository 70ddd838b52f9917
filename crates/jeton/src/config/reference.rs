//! The reference page of the settings, made from their table.

use std::fmt::Write as _;

use super::settings::SETTINGS;

/// The page in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# Configuration\n\n\
         Generated from the table of settings; do not edit.\n\n\
         Each setting can be given as a flag of `jeton serve`, as a variable, or in a TOML file: the one named by `--config`, \
         or else `jeton.toml` in the data folder. A flag comes before a variable, a variable before the file. \
         Settings that hold a secret have no flag, because other processes can read flags.\n",
    );
    for setting in SETTINGS {
        let default = if setting.default.is_empty() {
            "none".to_owned()
        } else {
            format!("`{}`", setting.default)
        };
        let flag = if setting.secret {
            String::new()
        } else {
            format!(" · flag `--{}`", setting.flag())
        };
        // Writing to a text does not fail.
        let _ = write!(
            page,
            "\n## `{}`\n\n{}\n\nVariable `{}`{flag} · {} · default {default}\n",
            setting.key,
            setting.sentence,
            setting.variable(),
            setting.form.words(),
        );
    }
    page
}
