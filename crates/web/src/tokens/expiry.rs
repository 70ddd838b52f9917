//! How long a token lives, as a form offers it.

use jeton_app::tokens::ExpiryWish;
use jeton_domain::{Maximum, Span, Time, expiry_choices, plain};

/// A value that can be chosen.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) title: String,
    pub(crate) chosen: bool,
}

/// The lengths that a maximum leaves: `(90, "90 days (2027-02-19)")`.
pub(crate) fn lengths(maximum: Maximum, now: Time) -> impl Iterator<Item = (u32, String)> {
    expiry_choices(maximum).map(move |days| {
        let end = now.after(Span::from_days(days)).date();
        (days, format!("{days} days ({end})"))
    })
}

/// The lengths that are offered, with what is chosen among them: days, `none`, `date`, or empty for the default.
pub(super) fn expiries(chosen: &str, maximum: Maximum, now: Time) -> Vec<Choice> {
    let chosen_days = match chosen {
        "" => maximum.default_days().to_string(),
        other => other.to_owned(),
    };
    let mut expiries: Vec<Choice> = lengths(maximum, now)
        .map(|(days, title)| Choice {
            value: days.to_string(),
            title,
            chosen: chosen_days == days.to_string(),
        })
        .collect();
    // What a link says, well or not, is what its fault is about.
    if !matches!(chosen_days.as_str(), "date" | "none")
        && !expiries.iter().any(|choice| choice.chosen)
    {
        expiries.push(Choice {
            title: format!("{} days", plain(&chosen_days)),
            value: chosen_days.clone(),
            chosen: true,
        });
    }
    let word = |value: &str, title: &str| Choice {
        value: value.to_owned(),
        title: title.to_owned(),
        chosen: chosen == value,
    };
    expiries.push(word("date", "On a date of your choice"));
    if maximum == Maximum::Unlimited || chosen == "none" {
        expiries.push(word("none", "Never"));
    }
    expiries
}

/// What is chosen, as the use cases take it: a length, and a date where that is chosen instead.
pub(crate) fn wish(expires: &str, expires_at: &str) -> (Option<ExpiryWish>, Option<String>) {
    let within = match (expires, expires.parse::<u32>()) {
        ("" | "date", _) => None,
        (_, Ok(days)) => Some(ExpiryWish::Days(days)),
        (word, Err(_)) => Some(ExpiryWish::Word(word.to_owned())),
    };
    (within, (expires == "date").then(|| expires_at.to_owned()))
}
