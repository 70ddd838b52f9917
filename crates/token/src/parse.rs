//! Reading a presented value: refused here means refused before any look-up.

use std::fmt;

use crate::Kind;
use crate::characters::{InstanceHint, PublicName, all_in_alphabet, ascii};
use crate::checksum::{self, checksum};

/// A well-formed value: right prefix, length, shape, characters and checksum. Whether it is anybody's, only a look-up
/// by its digest can say.
///
/// SECURITY: only this type is taken by [`Ring::token_digest`](crate::Ring::token_digest), so that nothing unparsed is
/// ever looked up as a credential. `Debug` shows the kind and the public name, never the value.
#[derive(Clone, Copy)]
pub struct Parsed<'a> {
    kind: Kind,
    // INVARIANT: a well-formed value of `kind`.
    value: &'a [u8],
}

impl<'a> Parsed<'a> {
    /// For values that are well-formed by the way they came to be.
    pub(crate) const fn well_formed(kind: Kind, value: &'a [u8]) -> Self {
        Self { kind, value }
    }

    /// The kind that the prefix says. The stored row has to say the same: the checksum does not cover the prefix, the
    /// digest does.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The instance that the value names; only fine-grained ones do.
    pub fn instance(&self) -> Option<InstanceHint> {
        let (hint, _) = self.names()?.split_first_chunk::<4>()?;
        InstanceHint::checked(hint)
    }

    /// The public name of the secret; only fine-grained values have one.
    pub fn public_name(&self) -> Option<PublicName> {
        let (_, name) = self.names()?.split_last_chunk::<18>()?;
        PublicName::checked(name)
    }

    /// The whole value, for the digests of this crate.
    pub(crate) const fn value(&self) -> &'a [u8] {
        self.value
    }

    fn names(&self) -> Option<&'a [u8; NAMES]> {
        if self.kind != Kind::FineGrained {
            return None;
        }
        self.value
            .strip_prefix(self.kind.prefix().as_bytes())?
            .first_chunk()
    }
}

impl fmt::Debug for Parsed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names().map_or("", |names| ascii(names));
        write!(f, "Parsed({}{names}…)", self.kind.prefix())
    }
}

/// Instance hint and public name together: what stands before the inner `_` of a fine-grained value.
const NAMES: usize = 22;

/// Why bytes are no well-formed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Malformed {
    /// None of our prefixes.
    #[error("the value begins with no known prefix")]
    Prefix,
    /// Not the length of its kind: cut off, or with something attached.
    #[error("the value has not the length of its kind")]
    Length,
    /// No `_` where the kind has one.
    #[error("the value lacks the `_` between its public and its secret part")]
    Shape,
    /// A character outside `[0-9A-Za-z]`.
    #[error("the value has a character that is no digit and no ASCII letter")]
    Alphabet,
    /// The last six characters do not fit the rest.
    #[error("the checksum of the value does not fit: it has been mistyped or altered")]
    Checksum,
}

/// Reads a presented value. Any bytes may come; length is settled before anything whose work grows with the input.
pub fn parse(bytes: &[u8]) -> Result<Parsed<'_>, Malformed> {
    let (kind, rest) = Kind::split(bytes).ok_or(Malformed::Prefix)?;
    if bytes.len() != kind.length() {
        return Err(Malformed::Length);
    }
    let (names, secret) = match kind {
        Kind::FineGrained => {
            let (names, rest) = rest.split_at_checked(NAMES).ok_or(Malformed::Length)?;
            (names, rest.strip_prefix(b"_").ok_or(Malformed::Shape)?)
        }
        _ => (&b""[..], rest),
    };
    if !all_in_alphabet(names) || !all_in_alphabet(secret) {
        return Err(Malformed::Alphabet);
    }
    let (covered, given) = rest
        .split_last_chunk::<{ checksum::LENGTH }>()
        .ok_or(Malformed::Length)?;
    if checksum(covered) != *given {
        return Err(Malformed::Checksum);
    }
    Ok(Parsed::well_formed(kind, bytes))
}

/// So much of a body behind a prefix that it is no word of a person's, whatever it looks like.
const LONG: usize = 20;
/// So much of a body behind a prefix that chance tells itself from a name.
const TELLING: usize = 8;
/// So many turns between small letters, capitals and digits as names seldom have in one word. Of drawn
/// characters five in six of the pieces of eight have as many, and 97 in 100 of the pieces of twelve.
const TURNS: usize = 2;

/// Whether one of our prefixes begins a word anywhere in `text`, with enough of a body behind it. Used to refuse
/// credentials in paths and queries, where they end in logs and histories; so a mangled or cut value counts as much as
/// a good one. A repository may be called `jtp_tools` or `jts_helpers2`: a piece of 8 to 19 characters counts only if
/// it looks drawn, which is turning twice or more between small letters, capitals and digits, not counting how
/// `ToolsForEveryone` is written.
///
/// A word begins at the start and behind everything but an ASCII letter or digit. `text` has to be percent-decoded.
pub fn looks_like_ours(text: &[u8]) -> bool {
    let mut word_start = true;
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        if word_start
            && let Some((_, behind)) = Kind::split(rest)
            && looks_drawn(behind)
        {
            return true;
        }
        word_start = !first.is_ascii_alphanumeric();
        rest = after;
    }
    false
}

/// Whether a whole, well-formed value stands anywhere in `text`, also inside a word: the checksum tells it from
/// chance. `text` has to be percent-decoded.
pub fn holds_whole(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| *byte == b'j') {
        rest = rest.get(at..).unwrap_or_default();
        let whole = Kind::split(rest).and_then(|(kind, _)| rest.get(..kind.length()));
        if whole.is_some_and(|whole| parse(whole).is_ok()) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// Whether what stands behind a prefix looks like a piece of a body.
fn looks_drawn(behind: &[u8]) -> bool {
    let length = behind
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    let piece = behind.get(..length).unwrap_or_default();
    length >= LONG || length >= TELLING && turns(piece) >= TURNS
}

fn turns(piece: &[u8]) -> usize {
    let small = |at: usize| piece.get(at).is_some_and(u8::is_ascii_lowercase);
    let capital = |at: usize| piece.get(at).is_some_and(u8::is_ascii_uppercase);
    (1..piece.len())
        .filter(|&at| {
            let alike = small(at - 1) == small(at) && capital(at - 1) == capital(at);
            let into_word = capital(at - 1) && small(at);
            let next_word = small(at - 1) && capital(at) && small(at + 1) && small(at + 2);
            !alike && !into_word && !next_word
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both sides of the rule with values as they are made: a cut value is found nearly always, and the more surely
    /// the more of it is left.
    #[test]
    fn a_value_that_was_cut_is_found() {
        let mut random = crate::seeded::Seeded::new(11);
        let instance = InstanceHint::parse("test").unwrap();
        for (left, least) in [(8, 800), (12, 945), (16, 980), (20, 1000), (30, 1000)] {
            let mut found = 0;
            for _ in 0..1000 {
                let secret = crate::make(Kind::Classic, &instance, &mut random);
                let value = secret.expose();
                let cut = value.get(..4 + left).unwrap();
                found += u32::from(looks_like_ours(format!("/a/{cut}/x").as_bytes()));
            }
            assert!(found >= least, "{left} characters: {found} of 1000");
        }
    }

    #[test]
    fn a_whole_value_is_found_inside_a_word_and_a_mistyped_one_is_not() {
        let mut random = crate::seeded::Seeded::new(5);
        let instance = InstanceHint::parse("test").unwrap();
        for kind in Kind::ALL {
            // `holds_whole` looks for this letter first.
            assert!(kind.prefix().starts_with('j'));
            let secret = crate::make(kind, &instance, &mut random);
            let value = secret.expose();
            for text in [
                value.to_owned(),
                format!("/users/x{value}"),
                format!("/users/jjeton_jtp_{value}jtp_x"),
            ] {
                assert!(holds_whole(text.as_bytes()), "{text}");
            }
            let last = if value.ends_with('0') { '1' } else { '0' };
            let mistyped = format!("x{}{last}", &value[..value.len() - 1]);
            assert!(!holds_whole(mistyped.as_bytes()));
            assert!(!holds_whole(&value.as_bytes()[..value.len() - 1]));
        }
        assert!(!holds_whole(b""));
    }

    #[test]
    fn prefixes_are_found_at_word_starts_only() {
        for kind in Kind::ALL {
            let prefix = kind.prefix();
            let cut = format!("{prefix}0123456789abcdefghij");
            for found in [
                cut.clone(),
                format!("{cut}x"),
                format!("/alta3/{cut}/info/refs"),
                format!("access_token={cut}"),
                format!("a_{cut}"),
                format!("https://user:{cut}@host"),
                format!("/alta3/{prefix}q7Xm2Kp9.git"),
                format!("{prefix}Zk3vT9pQ"),
                format!("{prefix}onlysmalllettersbutmany"),
                format!("\u{e9}{cut}"),
            ] {
                assert!(looks_like_ours(found.as_bytes()), "{found}");
            }
            for clean in [
                format!("x{cut}"),
                format!("9{cut}"),
                cut.replace('_', "-"),
                cut.to_uppercase(),
                format!("/alta3/{prefix}tools.git/info/refs"),
                format!("{prefix}0123456789abcdefghi"),
                format!("{prefix}helpers.git"),
                format!("{prefix}helpers2"),
                format!("{prefix}ToolsForEveryone"),
                format!("{prefix}UPPERCASENAME"),
                format!("{prefix}release2026"),
                format!("{prefix}2026archive"),
                format!("{prefix}tools_for_everyone_in_the_team"),
                format!("{prefix}my-very-long-helper-name"),
                format!("{prefix}a1B2c3"),
                prefix.to_owned(),
            ] {
                assert!(!looks_like_ours(clean.as_bytes()), "{clean}");
            }
        }
        for clean in [
            "",
            "_",
            "/alta3/labs.git/info/refs",
            "jtp",
            "jeton_pat",
            "adjtp_x",
            "ghp_abc",
        ] {
            assert!(!looks_like_ours(clean.as_bytes()), "{clean}");
        }
    }
}
