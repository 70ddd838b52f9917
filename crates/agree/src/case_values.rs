//! Values as a case writes them: accounts, permissions, networks, times.

use jeton_model::{Addresses, Condition, Hours, Level, Refs, Selection};

use crate::cast::{OTHER_PERSON, PERSON, SATURDAY};
use crate::grants::{DAY, HOUR, MINUTE, OTHER_PACKAGE, PACKAGE};
pub(crate) const ORGANIZATION: i64 = 11;
pub(crate) const OTHER_ORGANIZATION: i64 = 12;
pub(crate) const REPOSITORY: i64 = 101;
pub(crate) const OTHER_REPOSITORY: i64 = 102;

/// Text of the file for as long as the program runs: cases are few, and a world borrows for ever.
pub(crate) fn kept(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

pub(crate) fn word<T: Copy>(value: &str, words: &[(&str, T)]) -> Option<T> {
    words
        .iter()
        .find(|(word, _)| *word == value)
        .map(|(_, meaning)| *meaning)
}

/// `sat 23:00`, in the week of the plain world. It stands before whatever speaks of now.
pub(crate) fn clock(value: &str) -> Option<i64> {
    let (day, time) = value.split_once(' ')?;
    let day = weekday(day)?;
    let minute = minute(time)?;
    // The plain world's Saturday is day 5; SATURDAY is eight in its morning.
    let midnight = SATURDAY - 8 * HOUR + (i64::try_from(day).ok()? - 5) * DAY;
    Some(midnight + minute * MINUTE)
}

fn weekday(name: &str) -> Option<usize> {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .into_iter()
        .position(|day| day == name)
}

fn minute(time: &str) -> Option<i64> {
    let (hour, minute) = time.split_once(':')?;
    Some(hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?)
}

/// `2h`, `-1us` beside it: `2h-1us`.
pub(crate) fn hours(text: &str) -> Option<i64> {
    let (text, less) = text
        .strip_suffix("-1us")
        .map_or((text, 0), |text| (text, 1));
    Some(text.strip_suffix('h')?.parse::<i64>().ok()? * HOUR - less)
}

pub(crate) fn unconditional() -> Condition {
    Condition {
        addresses: Addresses::Any,
        hours: Hours::Any,
        refs: Refs::Any,
    }
}

pub(crate) fn account(value: &str) -> Option<i64> {
    word(
        value,
        &[
            ("organization", ORGANIZATION),
            ("other organization", OTHER_ORGANIZATION),
            ("self", PERSON),
            ("other person", OTHER_PERSON),
        ],
    )
}

pub(crate) fn permissions(value: &str) -> Option<Vec<(&'static str, Level)>> {
    let mut all = Vec::new();
    for pair in value.split(", ").filter(|pair| *pair != "none") {
        let (key, level) = pair.split_once(' ')?;
        let level = word(
            level,
            &[
                ("read", Level::Read),
                ("write", Level::Write),
                ("admin", Level::Admin),
            ],
        )?;
        all.push((jeton_domain::PermissionKey::parse(key)?.name(), level));
    }
    Some(crate::grants::with_metadata(all))
}

pub(crate) fn selection(value: &str) -> Option<Selection> {
    Some(match value {
        "public" => Selection::Public,
        "all" => Selection::All,
        "this" => Selection::Only(vec![REPOSITORY]),
        "another" => Selection::Only(vec![OTHER_REPOSITORY]),
        "none left" => Selection::Only(vec![]),
        _ => return None,
    })
}

/// Names; nothing where it goes by repositories; `this` is that of the plain world's package.
pub(crate) fn packages(value: &str) -> Result<Option<Vec<&'static str>>, ()> {
    Ok(Some(match value {
        "by repository" => return Ok(None),
        "this" => vec![PACKAGE],
        "another" => vec![OTHER_PACKAGE],
        "both" => vec![PACKAGE, OTHER_PACKAGE],
        "none left" => vec![],
        _ => return Err(()),
    }))
}

pub(crate) fn networks(value: &str) -> Option<Addresses> {
    let mut all = Vec::new();
    for network in value.split(", ").filter(|network| *network != "none") {
        let (address, bits) = network.split_once('/')?;
        all.push((address.parse().ok()?, bits.parse().ok()?));
    }
    Some(Addresses::Only(all))
}

/// `sat 22:00-06:00`, in UTC.
pub(crate) fn window(now: i64, value: &str) -> Option<Hours> {
    let (names, times) = value.split_once(' ')?;
    let (from, to) = times.split_once('-')?;
    let mut days = [false; 7];
    for name in names.split(',') {
        *days.get_mut(weekday(name)?)? = true;
    }
    let (local_day, local_minute) = crate::grants::local(now, 0);
    Some(Hours::Within {
        zone: "UTC",
        from: minute(from)?,
        to: minute(to)?,
        days,
        local_day,
        local_minute,
    })
}

/// `refs/heads/agent/*, no force, no delete`
pub(crate) fn refs(value: &str) -> Option<Refs> {
    let (mut patterns, mut no_force, mut no_delete) = (Vec::new(), false, false);
    for part in value.split(", ") {
        match part {
            "no force" => no_force = true,
            "no delete" => no_delete = true,
            pattern if pattern.starts_with("refs/") => patterns.push(kept(pattern)),
            _ => return None,
        }
    }
    Some(Refs::Only {
        patterns,
        no_force,
        no_delete,
    })
}
