//! Addresses, hours and refs.

use std::net::IpAddr;

use crate::world::{Addresses, Hours, RefChange, Refs};

/// "addresses (v4-mapped normalised; client address only through configured proxies, unknown = refused)"
pub(crate) fn address_allowed(addresses: &Addresses, address: Option<IpAddr>) -> bool {
    let Addresses::Only(networks) = addresses else {
        return true;
    };
    let Some(address) = address else { return false };
    let address = bits(address);
    for (network, length) in networks {
        let written = bits_as_written(*network);
        let network = bits(*network);
        let Some(length) = usize::from(*length).checked_sub(written.len() - network.len()) else {
            continue;
        };
        if network.len() == address.len()
            && network
                .iter()
                .zip(&address)
                .take(length)
                .all(|(a, b)| a == b)
        {
            return true;
        }
    }
    false
}

/// The bits of an address, one by one. A v4 address that is written as `::ffff:a.b.c.d` is that v4 address.
fn bits(address: IpAddr) -> Vec<bool> {
    let mut all = bits_as_written(address);
    let mapped = all.len() == 128
        && all.iter().take(80).all(|bit| !bit)
        && all.iter().skip(80).take(16).all(|bit| *bit);
    if mapped {
        all.drain(..96);
    }
    all
}

fn bits_as_written(address: IpAddr) -> Vec<bool> {
    let bytes = match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    let mut bits = Vec::new();
    for byte in bytes {
        for place in [128, 64, 32, 16, 8, 4, 2, 1] {
            bits.push(byte & place != 0);
        }
    }
    bits
}

/// "hours in a named time zone": from the first minute, up to and without the last. A window over
/// midnight belongs to the day on which it began.
pub(crate) fn hours_allowed(hours: &Hours) -> bool {
    let Hours::Within {
        from,
        to,
        days,
        local_day,
        local_minute,
        zone: _,
    } = hours
    else {
        return true;
    };
    let today = days.get(*local_day).copied().unwrap_or(false);
    let day_before = if *local_day == 0 { 6 } else { *local_day - 1 };
    let yesterday = days.get(day_before).copied().unwrap_or(false);
    if from < to {
        today && from <= local_minute && local_minute < to
    } else {
        let began_today = today && from <= local_minute;
        let began_yesterday = yesterday && local_minute < to;
        began_today || began_yesterday
    }
}

/// "refs: limit writes by push and REST alike; a ref that no pattern names is refused, tags included;
/// `no force` = the new tip descends from the old; `no delete`". The code of the refusal, if there is one.
pub(crate) fn ref_refusal(refs: &Refs, change: RefChange) -> Option<&'static str> {
    let Refs::Only {
        patterns,
        no_force,
        no_delete,
    } = refs
    else {
        return None;
    };
    let mut named = false;
    for pattern in patterns {
        let pattern: Vec<char> = pattern.chars().collect();
        let name: Vec<char> = change.name.chars().collect();
        if pattern_names(&pattern, &name) {
            named = true;
        }
    }
    if !named {
        return Some("ref_forbidden");
    }
    if change.deleted && *no_delete {
        return Some("delete_forbidden");
    }
    if change.forced && *no_force {
        return Some("force_forbidden");
    }
    None
}

/// `*` stands for any run without `/`, `**` for any run: try every length of the run.
fn pattern_names(pattern: &[char], name: &[char]) -> bool {
    if let Some(rest) = pattern.strip_prefix(&['*', '*']) {
        return (0..=name.len())
            .any(|run| pattern_names(rest, name.get(run..).unwrap_or_default()));
    }
    if let Some(rest) = pattern.strip_prefix(&['*']) {
        for run in 0..=name.len() {
            let (taken, left) = name.split_at(run);
            if !taken.contains(&'/') && pattern_names(rest, left) {
                return true;
            }
        }
        return false;
    }
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((a, pattern)), Some((b, name))) => a == b && pattern_names(pattern, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(network: &str, length: u8) -> Addresses {
        Addresses::Only(vec![(network.parse().unwrap(), length)])
    }

    #[test]
    fn networks_are_compared_bit_by_bit() {
        let from = |text: &str| text.parse().ok();
        assert!(address_allowed(&only("10.0.0.0", 8), from("10.255.0.1")));
        assert!(!address_allowed(&only("10.0.0.0", 9), from("10.255.0.1")));
        assert!(address_allowed(
            &only("10.0.0.0", 8),
            from("::ffff:10.1.1.1")
        ));
        let mapped = only("::ffff:10.0.0.0", 104);
        assert!(address_allowed(&mapped, from("10.1.1.1")));
        assert!(!address_allowed(&mapped, from("11.1.1.1")));
        assert!(!address_allowed(&only("::", 0), from("10.1.1.1")));
        assert!(!address_allowed(&only("0.0.0.0", 0), None));
        assert!(!address_allowed(&Addresses::Only(vec![]), from("10.1.1.1")));
    }

    #[test]
    fn a_window_over_midnight_belongs_to_its_first_day() {
        let at = |local_day, local_minute| Hours::Within {
            zone: "UTC",
            from: 22 * 60,
            to: 6 * 60,
            days: [false, false, false, false, false, true, false],
            local_day,
            local_minute,
        };
        assert!(hours_allowed(&at(5, 22 * 60)) && !hours_allowed(&at(5, 22 * 60 - 1)));
        assert!(hours_allowed(&at(6, 6 * 60 - 1)) && !hours_allowed(&at(6, 6 * 60)));
        assert!(!hours_allowed(&at(6, 23 * 60)) && !hours_allowed(&at(5, 60)));
    }

    #[test]
    fn patterns() {
        let names = |pattern: &str, name: &str| {
            pattern_names(
                &pattern.chars().collect::<Vec<_>>(),
                &name.chars().collect::<Vec<_>>(),
            )
        };
        assert!(
            names("refs/heads/agent/*", "refs/heads/agent/x")
                && !names("refs/heads/agent/*", "refs/heads/agent/x/y")
        );
        assert!(names("refs/heads/**", "refs/heads/a/b") && !names("refs/heads/**", "refs/tags/a"));
        assert!(
            names("refs/tags/v*.0", "refs/tags/v1.0") && !names("refs/tags/v*.0", "refs/tags/v1.1")
        );
    }
}
