//! Finding repositories, by what `gh repo list` asks for when it filters: one owner's, narrowed and sorted.

use async_graphql::{Enum, SimpleObject, Union};
use jeton_app::Named;
use jeton_app::repositories::{self, Order, Wish};
use jeton_domain::{Visibility, plain};

use super::pages::{PageInfo, Part};
use super::repository::Repository;
use super::{Answered, Asking, Context, typed};
use crate::people::REPOSITORIES;

/// What can be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum SearchType {
    Repository,
}

/// What can be found.
#[derive(Union)]
pub(super) enum SearchResultItem {
    Repository(Repository),
}

/// A page of what was found.
#[derive(SimpleObject)]
pub(super) struct SearchResultItemConnection {
    repository_count: u64,
    nodes: Vec<SearchResultItem>,
    page_info: PageInfo,
}

/// Characters of a query, as at GitHub.
const LONGEST: usize = 256;

pub(super) fn repositories(
    ctx: &Context<'_>,
    query: &str,
    part: Part,
) -> Answered<SearchResultItemConnection> {
    let asking = Asking::of(ctx)?;
    let wanted = Wanted::read(query).map_err(|sentence| typed("UNPROCESSABLE", sentence))?;
    let call = asking.call(ctx, &REPOSITORIES, Named::Site)?;
    let found = if wanted.nothing {
        None
    } else {
        let owner = match wanted.owner.as_str() {
            "@me" => &asking.login,
            owner => owner,
        };
        let wish = Wish {
            visibilities: wanted.visibility.into_iter().collect(),
            order: wanted.order,
            ..Wish::page(part.offset, part.count)
        };
        asking.spend(part.count as usize)?;
        asking.told(repositories::of_user(&asking.app, &call, owner, &wish))?
    };
    let found = found.unwrap_or_default();
    Ok(SearchResultItemConnection {
        page_info: PageInfo::of(part, found.items.len(), found.total),
        repository_count: found.total,
        nodes: found
            .items
            .into_iter()
            .map(|view| SearchResultItem::Repository(Repository(view)))
            .collect(),
    })
}

/// What a query says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    /// Whose: a login, or `@me`.
    owner: String,
    visibility: Option<Visibility>,
    /// What no repository here is was asked for: archived, a fork, of a language, with a topic.
    nothing: bool,
    order: Order,
}

impl Wanted {
    fn read(query: &str) -> Result<Self, String> {
        if query.chars().count() > LONGEST {
            return Err(format!("A search may have {LONGEST} characters."));
        }
        let mut wanted = Self::default();
        for word in words(query)? {
            let Some((qualifier, value)) = word.split_once(':') else {
                return Err(format!(
                    "`{}`: words are not searched for, only qualifiers are read.",
                    plain(&word)
                ));
            };
            wanted.narrow(&qualifier.to_ascii_lowercase(), value)?;
        }
        if wanted.owner.is_empty() {
            return Err("Whose repositories are meant? Say `user:` or `org:`.".to_owned());
        }
        Ok(wanted)
    }

    fn narrow(&mut self, qualifier: &str, value: &str) -> Result<(), String> {
        let folded = value.to_ascii_lowercase();
        match (qualifier, folded.as_str()) {
            ("user" | "org", owner) if !owner.is_empty() => {
                if !self.owner.is_empty() && self.owner != owner {
                    return Err("One owner at a time can be searched.".to_owned());
                }
                self.owner = folded;
            }
            ("is", shown @ ("public" | "private" | "internal")) => {
                let shown = Visibility::parse(shown);
                // Nothing is two of them.
                self.nothing |= self.visibility.is_some() && self.visibility != shown;
                self.visibility = shown;
            }
            ("archived", "false") | ("fork", "true" | "false") => {}
            ("archived", "true") | ("fork", "only") => self.nothing = true,
            ("language" | "topic", value) if !value.is_empty() => self.nothing = true,
            ("sort", "updated" | "updated-desc") => self.order = Order::MadeDescending,
            ("sort", "updated-asc") => self.order = Order::Made,
            // All are alike in these.
            (
                "sort",
                "stars" | "stars-desc" | "stars-asc" | "forks" | "forks-desc" | "forks-asc",
            ) => self.order = Order::Name,
            _ => {
                return Err(format!(
                    "`{}:{}` is not read here: `user:`, `org:`, `is:` (public, private, internal), `archived:`, `fork:`, \
                     `language:`, `topic:` and `sort:` (updated, stars, forks) are.",
                    plain(qualifier),
                    plain(value)
                ));
            }
        }
        Ok(())
    }
}

/// The words of a query; what stands between quotation marks belongs together.
fn words(query: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for character in query.chars() {
        match character {
            '"' => quoted = !quoted,
            blank if blank.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    if quoted {
        return Err("A quotation mark is not closed.".to_owned());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(owner: &str) -> Wanted {
        Wanted {
            owner: owner.to_owned(),
            ..Wanted::default()
        }
    }

    #[test]
    fn a_query_is_read_as_gh_writes_it() {
        let newest = || Wanted {
            order: Order::MadeDescending,
            ..of("@me")
        };
        let nothing = || Wanted {
            nothing: true,
            ..newest()
        };
        let private = Wanted {
            owner: "acme".to_owned(),
            visibility: Some(Visibility::Private),
            ..newest()
        };
        for (query, wanted) in [
            (
                "sort:updated-desc archived:false fork:true user:@me",
                newest(),
            ),
            (
                "sort:updated-desc archived:true fork:true user:@me",
                nothing(),
            ),
            (
                "sort:updated-desc archived:true fork:only user:@me",
                nothing(),
            ),
            ("sort:updated-desc fork:false user:@me", newest()),
            ("sort:updated-desc fork:only user:@me", nothing()),
            (
                "sort:updated-desc fork:true language:go user:@me",
                nothing(),
            ),
            (
                "sort:updated-desc fork:true language:\"visual basic\" user:@me",
                nothing(),
            ),
            (
                "sort:updated-desc fork:true topic:a topic:b user:@me",
                nothing(),
            ),
            ("sort:updated-desc fork:true is:private user:ACME", private),
            ("  org:acme\t", of("acme")),
            ("user:acme ORG:Acme sort:stars", of("acme")),
        ] {
            assert_eq!(Wanted::read(query), Ok(wanted), "{query}");
        }
        let both = Wanted::read("user:a is:public is:private").unwrap();
        assert!(both.nothing, "{both:?}");
        let twice = Wanted::read("user:a is:public is:public").unwrap();
        assert!(!twice.nothing, "{twice:?}");
    }

    #[test]
    fn what_is_not_read_is_refused_in_words() {
        for (query, words) in [
            ("", "Whose"),
            ("is:public", "Whose"),
            ("notes user:a", "`notes`"),
            ("\"two words\" user:a", "`two words`"),
            ("user:", "`user:`"),
            ("user:a user:b", "One owner"),
            ("user:a stars:>1", "`stars:>1`"),
            ("user:a -is:public", "`-is:public`"),
            ("user:a is:archived", "`is:archived`"),
            ("user:a fork:maybe", "`fork:maybe`"),
            ("user:a archived:", "`archived:`"),
            ("user:a language:", "`language:`"),
            ("user:a sort:help-wanted-issues", "`sort:"),
            ("user:a \"language:go", "quotation mark"),
            (":", "`:`"),
        ] {
            let said = Wanted::read(query).unwrap_err();
            assert!(said.contains(words), "{query}: {said}");
        }
        let longest = format!("user:{}", "a".repeat(LONGEST - 5));
        assert!(Wanted::read(&longest).is_ok());
        let said = Wanted::read(&format!("{longest}a")).unwrap_err();
        assert!(said.contains("256 characters"), "{said}");
        let said = Wanted::read("user:a \u{1b}[31m:x").unwrap_err();
        assert!(!said.contains('\u{1b}'), "{said}");
    }
}
