//! Applications that are known from the start: GitHub's own clients, which carry their client ids in their programs.

use jeton_domain::ApplicationId;
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::{StoreError, WriteUnit};
use unicode_security::{RestrictionLevel, RestrictionLevelDetection as _, skeleton};

use crate::app::App;
use crate::error::AppError;

struct Known {
    client_id: &'static str,
    name: &'static str,
    description: &'static str,
    url: &'static str,
    callbacks: &'static [&'static str],
}

/// SECURITY: whatever secret their programs hold is no secret: everybody can read it. So they prove nothing, and the web
/// flow takes a challenge of them.
const KNOWN: &[Known] = &[
    Known {
        client_id: "178c6fc778ccc68e1d6a",
        name: "GitHub CLI",
        description: "GitHub's command line, gh.",
        url: "https://cli.github.com",
        callbacks: &["http://127.0.0.1/callback", "http://localhost/callback"],
    },
    Known {
        client_id: "0120e057bd645470c1ed",
        name: "Git Credential Manager",
        description: "Keeps credentials for Git on a desktop.",
        url: "https://github.com/git-ecosystem/git-credential-manager",
        callbacks: &["http://127.0.0.1/", "http://localhost/"],
    },
];

/// Names that would be taken for a known application or for this server, where nothing stands beside them.
const BARE: [&str; 3] = ["GitHub", "gh", "Jeton"];

/// What another name would be taken for: letters that look alike, case, blanks and what stands around a known application's
/// name make no difference.
///
/// SECURITY: owners and people let in whatever bears the name.
pub(super) fn taken_for(name: &str) -> Option<&'static str> {
    let looks = looks(name);
    let mut names = KNOWN.iter().map(|known| known.name);
    names
        .find(|known| looks.contains(&self::looks(known)))
        .or_else(|| BARE.into_iter().find(|bare| looks == self::looks(bare)))
}

/// A name as it looks to somebody in a hurry.
fn looks(name: &str) -> String {
    let lower: String = skeleton(name).flat_map(char::to_lowercase).collect();
    // Of what is left, small i is what capital i and small L were taken for.
    skeleton(&lower)
        .filter(|c| c.is_alphanumeric())
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect()
}

/// Whether a name mixes letters of scripts that are taken for one another, as Latin and Cyrillic ones are: no language does.
pub(super) fn is_mixed(name: &str) -> bool {
    let letters: String = name.chars().filter(|c| c.is_alphabetic()).collect();
    letters.detect_restriction_level() > RestrictionLevel::ModeratelyRestrictive
}

/// Adds those that are not there yet. Asked at each start; nothing is written where nothing is missing.
pub fn ensure(app: &App) -> Result<(), AppError> {
    let missing = app.store.read(|unit| {
        let mut missing = false;
        for known in KNOWN {
            missing = missing || applications::by_client_id(unit, known.client_id)?.is_none();
        }
        Ok::<_, StoreError>(missing)
    })?;
    if missing {
        let now = app.now();
        app.store.write(|unit| {
            for known in KNOWN {
                if applications::by_client_id(unit, known.client_id)?.is_none() {
                    insert(unit, known, now)?;
                }
            }
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(())
}

fn insert(
    unit: &mut WriteUnit<'_>,
    known: &Known,
    now: jeton_domain::Time,
) -> Result<(), StoreError> {
    let id: ApplicationId = unit.allocate()?;
    applications::insert(
        unit,
        &ApplicationRow {
            id,
            client_id: known.client_id.to_owned(),
            owner: None,
            name: known.name.to_owned(),
            description: known.description.to_owned(),
            url: known.url.to_owned(),
            callbacks: known.callbacks.iter().map(|&url| url.to_owned()).collect(),
            confidential: false,
            device_flow: true,
            // They know of no refreshing: their tokens end when they are taken back, or unused for a year.
            expiring: false,
            created_at: now,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_for_a_known_one_is_found() {
        for name in [
            "GitHub CLI",
            "github cli",
            "GitHub \u{421}LI",
            "Git Hub-CLI (known to this server)",
            "The Git Credential Manager",
            "\u{ff27}itHub CLI",
            "GitHub CLl",
            "GitHub CL1",
            "GITHUB CLI",
            "GitHub",
            "GH",
            "jeton",
        ] {
            assert!(taken_for(name).is_some(), "{name}");
        }
        for name in [
            "GitHub mirror",
            "Credential Manager",
            "CLI",
            "\u{6771}\u{4eac}",
        ] {
            assert_eq!(taken_for(name), None, "{name}");
        }
    }

    #[test]
    fn letters_of_scripts_that_look_alike_do_not_stand_together() {
        for name in ["Git\u{43d}ub CLI", "B\u{3bf}ard"] {
            assert!(is_mixed(name), "{name}");
        }
        for name in [
            "Board",
            "Brett f\u{fc}r 2 \u{2013} neu!",
            "\u{6771}\u{4eac} Board",
            "\u{414}\u{43e}\u{441}\u{43a}\u{430}",
            "\u{39b}",
        ] {
            assert!(!is_mixed(name), "{name}");
        }
    }
}
