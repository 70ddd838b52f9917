//! Random grants: permissions, selections and conditions that hold or do not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jeton_domain::{Scope, catalogue};
use jeton_model::{Addresses, Condition, Grant, Hours, Level, RefChange, Refs, Selection};

use crate::cast::REPOSITORIES;
use crate::random::Random;
use crate::words;

pub(crate) const MINUTE: i64 = 60 * 1_000_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// Zones with one offset for ever, in hours east of Greenwich; POSIX names them the other way round.
const ZONES: [(&str, i64); 4] = [
    ("UTC", 0),
    ("Etc/GMT-3", 3),
    ("Etc/GMT+8", -8),
    ("Etc/GMT-14", 14),
];
const REFS: [&str; 6] = [
    "refs/heads/main",
    "refs/heads/agent/a",
    "refs/heads/agent/a/b",
    "refs/tags/v1.0",
    "refs/tags/v1.1",
    "refs/notes/x",
];
const PATTERNS: [&str; 7] = [
    "refs/heads/agent/*",
    "refs/heads/**",
    "refs/**",
    "refs/tags/v*.0",
    "refs/heads/main",
    "refs/*/x",
    "refs/heads/agent/**/b",
];

/// A client's address: known to be inside `10.0.0.0/8`, outside of it, or unknown.
pub(crate) fn address(random: &mut Random) -> Option<IpAddr> {
    let inside = Ipv4Addr::new(10, 1, 2, 3);
    random.one([
        Some(IpAddr::V4(inside)),
        Some(IpAddr::V4(inside)),
        Some(IpAddr::V6(inside.to_ipv6_mapped())),
        Some(IpAddr::V4(Ipv4Addr::new(11, 1, 2, 3))),
        Some(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))),
        None,
    ])
}

/// Networks of which some have one of the addresses above in them.
pub(crate) fn addresses(random: &mut Random) -> Addresses {
    let network = |random: &mut Random| {
        random.one([
            (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
            (IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3)), 32),
            (IpAddr::V4(Ipv4Addr::new(10, 1, 2, 0)), 31),
            (IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            (IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0),
            (
                IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0)),
                32,
            ),
            (IpAddr::V6(Ipv4Addr::new(10, 0, 0, 0).to_ipv6_mapped()), 104),
        ])
    };
    let count = random.below(3);
    Addresses::Only((0..count).map(|_| network(random)).collect())
}

/// What the clock on the wall says: the day, Monday is 0, and the minute of the day.
pub(crate) fn local(now: i64, hours_east: i64) -> (usize, i64) {
    let minutes = (now + hours_east * HOUR).div_euclid(MINUTE);
    // 1970-01-01 was a Thursday.
    let day = (minutes.div_euclid(24 * 60) + 3).rem_euclid(7);
    (
        usize::try_from(day).unwrap_or(0),
        minutes.rem_euclid(24 * 60),
    )
}

fn hours(random: &mut Random, now: i64) -> Hours {
    let (zone, hours_east) = random.one(ZONES);
    let (local_day, local_minute) = local(now, hours_east);
    // Half of the bounds lie at the minute itself or one beside it.
    let mut bound = || {
        let near = local_minute + random.one([-1, 0, 1]);
        let far = i64::try_from(random.below(24)).unwrap_or(0) * 60;
        if random.chance(50) {
            near.rem_euclid(24 * 60)
        } else {
            far
        }
    };
    let (from, mut to) = (bound(), bound());
    if from == to {
        to = if from == 0 { 24 * 60 } else { 0 };
    }
    let mut days = [false; 7];
    for day in &mut days {
        *day = random.chance(60);
    }
    Hours::Within {
        zone,
        from,
        to,
        days,
        local_day,
        local_minute,
    }
}

pub(crate) fn refs(random: &mut Random) -> Refs {
    let count = random.below(3);
    Refs::Only {
        patterns: (0..count).map(|_| random.one(PATTERNS)).collect(),
        no_force: random.chance(50),
        no_delete: random.chance(50),
    }
}

pub(crate) fn reference(random: &mut Random) -> RefChange {
    RefChange {
        name: random.one(REFS),
        forced: random.chance(30),
        deleted: random.chance(30),
        workflows: random.chance(30),
    }
}

pub(crate) fn condition(random: &mut Random, now: i64) -> Condition {
    Condition {
        addresses: if random.chance(40) {
            addresses(random)
        } else {
            Addresses::Any
        },
        hours: if random.chance(40) {
            hours(random, now)
        } else {
            Hours::Any
        },
        refs: if random.chance(40) {
            refs(random)
        } else {
            Refs::Any
        },
    }
}

pub(crate) fn selection(random: &mut Random) -> Selection {
    match random.below(6) {
        0 => Selection::Public,
        1 | 2 => Selection::All,
        3 => Selection::Only(vec![]),
        _ => Selection::Only(
            REPOSITORIES
                .into_iter()
                .filter(|_| random.chance(50))
                .collect(),
        ),
    }
}

/// The name of the package that most worlds are about.
pub(crate) const PACKAGE: &str = "ui";
/// And another's.
pub(crate) const OTHER_PACKAGE: &str = "ui-tests";

/// Any names, or by repositories.
pub(crate) fn packages(random: &mut Random) -> Option<Vec<&'static str>> {
    random.maybe(40, |random| {
        [PACKAGE, OTHER_PACKAGE]
            .into_iter()
            .filter(|_| random.chance(50))
            .collect()
    })
}

/// By repositories mostly, or with the name among them.
pub(crate) fn good_packages(random: &mut Random) -> Option<Vec<&'static str>> {
    random.maybe(15, |_| vec![PACKAGE])
}

/// Permissions as the creation rules leave them: `metadata: read` comes with the first repository
/// permission.
pub(crate) fn permissions(random: &mut Random, percent: usize) -> Vec<(&'static str, Level)> {
    let mut held = Vec::new();
    for permission in catalogue() {
        if let (true, Some(level)) = (random.chance(percent), random.pick(permission.levels)) {
            held.push((permission.key, words::model_level(level)));
        }
    }
    with_metadata(held)
}

/// Adds `metadata: read` where a repository permission is there without it.
pub(crate) fn with_metadata(mut held: Vec<(&'static str, Level)>) -> Vec<(&'static str, Level)> {
    let about_repositories = catalogue().any(|known| {
        known.scope == Scope::Repository && held.iter().any(|(key, _)| *key == known.key)
    });
    if about_repositories && !held.iter().any(|(key, _)| *key == "metadata") {
        held.push(("metadata", Level::Read));
    }
    held
}

pub(crate) fn grant(random: &mut Random, owner: i64, now: i64) -> Grant {
    let conditions = if random.chance(30) {
        1 + random.below(2)
    } else {
        0
    };
    Grant {
        owner,
        selection: selection(random),
        packages: packages(random),
        permissions: permissions(random, 50),
        conditions: (0..conditions).map(|_| condition(random, now)).collect(),
    }
}
