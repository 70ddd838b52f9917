//! Names of packages, versions and tags, by npm's rules for what is new.

use semver::{Version, VersionReq};

/// The longest name of a package with its scope, as npm counts it.
const LONGEST_NAME: usize = 214;
/// The longest version, in characters: npm's own bound.
const LONGEST_VERSION: usize = 256;
/// The longest tag, in characters.
const LONGEST_TAG: usize = 64;
/// The largest number in a version: what JavaScript counts exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// Why a name can't be a package's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageFault {
    /// `@owner/name` is longer than 214 characters.
    Long,
    /// Not `a` to `z`, `0` to `9`, `-`, `.` and `_`, with a letter or digit first.
    Characters,
    /// A name that npm keeps for itself.
    Reserved,
}

impl std::fmt::Display for PackageFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Long => "must not be longer than 214 characters with its scope",
            Self::Characters => {
                "must be made of small letters, digits, `-`, `.` and `_`, and begin with a letter or digit"
            }
            Self::Reserved => "is a name that npm keeps for itself",
        })
    }
}

/// Whether `name`, without its scope, can be that of a package of `owner`.
pub fn check_package_name(owner: &str, name: &str) -> Result<(), PackageFault> {
    // `@`, `/`
    if owner.len() + name.len() + 2 > LONGEST_NAME {
        return Err(PackageFault::Long);
    }
    let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let begins = name.bytes().next().is_some_and(small);
    if !begins
        || !name
            .bytes()
            .all(|byte| small(byte) || b"-._".contains(&byte))
    {
        return Err(PackageFault::Characters);
    }
    if matches!(name, "node_modules" | "favicon.ico") {
        return Err(PackageFault::Reserved);
    }
    Ok(())
}

/// Whether a text is a version as it is published: `1.2.3`, `1.2.3-beta.1`, without what is built into it.
pub fn is_package_version(text: &str) -> bool {
    text.len() <= LONGEST_VERSION
        && Version::parse(text).is_ok_and(|version| {
            let numbers = [version.major, version.minor, version.patch];
            version.build.is_empty() && numbers.into_iter().all(|number| number <= LARGEST)
        })
}

/// Whether a text can be a tag: nothing that could be taken for a version or a range of them.
pub fn is_package_tag(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fine = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte);
    let like_version = matches!(bytes, [b'v' | b'V', b'0'..=b'9', ..] | [b'x' | b'X'])
        || VersionReq::parse(text).is_ok();
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.len() <= LONGEST_TAG
        && bytes.iter().all(fine)
        && !like_version
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_npm_takes_for_new_packages() {
        for name in ["a", "left-pad", "a.b_c", "0", "x0-", "node_modules2"] {
            assert_eq!(check_package_name("ann", name), Ok(()), "{name}");
        }
        for name in [
            "", ".a", "_a", "-a", "A", "a b", "a/b", "a~", "a'", "(a)", "*", "naïve", "a%2fb",
            "a@b", "a\0", "a\n", "..", "ａ",
        ] {
            assert_eq!(
                check_package_name("ann", name),
                Err(PackageFault::Characters),
                "{name}"
            );
        }
        assert_eq!(
            check_package_name("ann", "node_modules"),
            Err(PackageFault::Reserved)
        );
        let longest = "a".repeat(LONGEST_NAME - 5);
        assert_eq!(check_package_name("ann", &longest), Ok(()));
        assert_eq!(
            check_package_name("anna", &longest),
            Err(PackageFault::Long)
        );
    }

    #[test]
    fn versions_are_exact() {
        for version in ["0.0.1", "1.2.3", "1.2.3-beta.1", "9007199254740991.0.0"] {
            assert!(is_package_version(version), "{version}");
        }
        for version in [
            "",
            "1",
            "1.2",
            "v1.2.3",
            "=1.2.3",
            "1.2.3+built",
            "01.2.3",
            "1.2.3 ",
            "1.2.x",
            "^1.2.3",
            "9007199254740992.0.0",
            "1.2.3-",
            "1.2.3-ä",
            "../1.2.3",
        ] {
            assert!(!is_package_version(version), "{version}");
        }
        assert!(!is_package_version(&format!("1.2.3-{}", "a".repeat(251))));
    }

    #[test]
    fn a_tag_is_no_version_and_no_range() {
        for tag in ["latest", "next", "beta-1", "release.x", "vnext"] {
            assert!(is_package_tag(tag), "{tag}");
        }
        for tag in [
            "", "1", "1.0.0", "v1", "V2.x", "x", "X", "*", "^1", "a b", "a/b", "é", "-a", "%61",
        ] {
            assert!(!is_package_tag(tag), "{tag}");
        }
        assert!(!is_package_tag(&"a".repeat(65)));
    }
}
