//! Which form of an answer is asked for: GitHub's media types.

use http::header::ACCEPT;
use jeton_app::AppError;
use jeton_http::Input;

/// A form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// JSON as it comes where nothing is said.
    Json,
    /// The bytes of a file themselves.
    Raw,
    /// JSON in which a folder is an object too.
    Object,
    /// A commit's id alone.
    Sha,
    /// As `git diff` prints it.
    Diff,
    /// As `git format-patch` prints it.
    Patch,
    /// A repository, where else is only said that there is one.
    Repository,
    /// A page, which is not made here.
    Html,
}

impl Media {
    /// The first that `Accept` names of those that GitHub has words for: `application/vnd.github.raw+json`,
    /// `application/vnd.github.v3.raw`, `application/vnd.github.diff`. Whatever else stands there is JSON.
    pub(crate) fn asked(input: &Input) -> Self {
        let accepted = input.header(ACCEPT).unwrap_or_default();
        let accepted = String::from_utf8_lossy(accepted);
        accepted.split(',').find_map(Self::of).unwrap_or(Self::Json)
    }

    fn of(accepted: &str) -> Option<Self> {
        let kind = accepted.split(';').next()?.trim().to_ascii_lowercase();
        let words = kind.strip_prefix("application/vnd.github.")?;
        let words = words.strip_suffix("+json").unwrap_or(words);
        match words.strip_prefix("v3.").unwrap_or(words) {
            "raw" => Some(Self::Raw),
            "object" => Some(Self::Object),
            "sha" => Some(Self::Sha),
            "diff" => Some(Self::Diff),
            "patch" => Some(Self::Patch),
            "repository" => Some(Self::Repository),
            "html" => Some(Self::Html),
            _ => None,
        }
    }

    /// The same, if it is one of those; 415 for any other that is not JSON.
    pub(crate) fn one_of(self, offered: &[Self]) -> Result<Self, AppError> {
        if self == Self::Json || offered.contains(&self) {
            return Ok(self);
        }
        Err(AppError::NotOffered(match self {
            Self::Json => "json",
            Self::Raw => "raw",
            Self::Object => "object",
            Self::Sha => "sha",
            Self::Repository => "repository",
            Self::Diff => "diff",
            Self::Patch => "patch",
            Self::Html => "html",
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn githubs_words_are_known_in_all_their_spellings() {
        for (accepted, media) in [
            ("application/vnd.github.raw+json", Some(Media::Raw)),
            ("application/vnd.github.raw", Some(Media::Raw)),
            ("application/vnd.github.v3.raw", Some(Media::Raw)),
            (
                " Application/vnd.GitHub.v3.raw+json; charset=utf-8",
                Some(Media::Raw),
            ),
            ("application/vnd.github.object", Some(Media::Object)),
            ("application/vnd.github.v3.diff", Some(Media::Diff)),
            ("application/vnd.github.html", Some(Media::Html)),
            ("application/vnd.github.v3+json", None),
            ("application/vnd.github+json", None),
            ("application/json", None),
            ("*/*", None),
            ("", None),
        ] {
            assert_eq!(Media::of(accepted), media, "{accepted}");
        }
        assert_eq!(Media::Json.one_of(&[]).unwrap(), Media::Json);
        assert!(Media::Html.one_of(&[Media::Raw]).is_err());
    }
}
