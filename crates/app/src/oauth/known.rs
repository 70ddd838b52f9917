//! Applications that are known from the start: GitHub's own clients, which carry their client ids in their programs.

use jeton_domain::ApplicationId;
use jeton_store::applications::{self, ApplicationRow};
use jeton_store::{StoreError, WriteUnit};
use unicode_security::{
    MixedScript as _, RestrictionLevel, RestrictionLevelDetection as _, skeleton,
};

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

/// What nobody else's name holds: GitHub keeps its own out of others' names too.
const ANYWHERE: [&str; 1] = ["GitHub"];
/// What stands for a known application or for this server as a word of its own.
const WORDS: [&str; 3] = ["gh", "GCM", "Jeton"];

/// What another name would be taken for: letters that look alike, case, blanks, a letter more, less or else, and what
/// stands around a known application's name make no difference.
///
/// SECURITY: owners and people let in whatever bears the name.
pub(super) fn taken_for(name: &str) -> Option<&'static str> {
    let whole = looks(name);
    let mut names = KNOWN.iter().map(|known| known.name);
    let known = names.find(|known| {
        let known = looks(known);
        whole.contains(&known) || strsim::osa_distance(&whole, &known) <= 1
    });
    let anywhere = || {
        ANYWHERE
            .into_iter()
            .find(|part| whole.contains(&looks(part)))
    };
    let is_word = |word: &&str| {
        name.split(|c: char| !c.is_alphanumeric())
            .any(|part| looks(part) == looks(word))
    };
    known
        .or_else(anywhere)
        .or_else(|| WORDS.into_iter().find(is_word))
}

/// A name as it looks to somebody in a hurry.
fn looks(name: &str) -> String {
    let lower: String = skeleton(name).flat_map(char::to_lowercase).collect();
    // Of what is left, small i is what capital i and small L were taken for.
    skeleton(&lower)
        .map(|c| if matches!(c, 'i' | '!') { 'l' } else { c })
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// Whether a word mixes letters of scripts that are taken for one another, as Latin and Cyrillic ones are: no language does.
pub(super) fn is_mixed(name: &str) -> bool {
    name.split(|c: char| !c.is_alphabetic()).any(|word| {
        !word.is_single_script()
            && word.detect_restriction_level() > RestrictionLevel::ModeratelyRestrictive
    })
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
            // Unless they ask for refreshing, their tokens end when they are taken back, or unused for a year.
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
            "GitHub CL!",
            "Git Credentials Manager",
            "GitHub",
            "GitHub Desktop",
            "GH",
            "gh cli",
            "the gh",
            "GCM",
            "jeton",
            "Jeton (official)",
        ] {
            assert!(taken_for(name).is_some(), "{name}");
        }
        for name in [
            "GitLab CLI",
            "High",
            "Credential Manager",
            "CLI",
            "Board!",
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
            "\u{6771}\u{4eac}Board",
            "\u{b5}Board",
            "Gaeilge \u{1e03}",
            "\u{3b2}-tester",
            "\u{413}\u{440}\u{430}\u{444}\u{438}\u{43a} API",
            "\u{414}\u{43e}\u{441}\u{43a}\u{430}",
            "\u{39b}",
        ] {
            assert!(!is_mixed(name), "{name}");
        }
    }
}
