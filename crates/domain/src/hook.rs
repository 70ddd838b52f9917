//! What webhooks are told of: GitHub's words where it has them, and one of our own.

/// Where a webhook hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookOn {
    /// On an organization: it hears of the organization and of each of its repositories.
    Organization,
    /// On one repository.
    Repository,
}

macro_rules! hook_events {
    ($($variant:ident = $name:literal, $repository:literal, $sentence:literal;)*) => {
        /// A kind of thing that webhooks are told of. Append only: the names are stored.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum HookEvent {
            $(#[doc = $sentence] $variant,)*
        }

        impl HookEvent {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name, as the header `X-GitHub-Event` has it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One sentence for people.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }

            /// Whether a webhook of a repository hears of it too.
            pub const fn in_repositories(self) -> bool {
                match self { $(Self::$variant => $repository,)* }
            }

            /// Reads a name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|event| event.name() == name)
            }
        }
    };
}

hook_events! {
    Ping = "ping", true, "A webhook was made, or somebody tries it.";
    Push = "push", true, "A branch or a tag was made, moved or deleted by a push, or by what writes over REST.";
    Repository = "repository", true, "A repository was created, changed, renamed, handed over, made public or private, or deleted.";
    Member = "member", true, "A person was given a role on a repository, has another one, or lost it.";
    Team = "team", true, "A team was created, changed or deleted, or has another role on a repository.";
    Membership = "membership", false, "A person joined or left a team.";
    Organization = "organization", false, "Somebody was invited, joined or left; or the organization was renamed or deleted.";
    TokenRequest = "personal_access_token_request", false, "A fine-grained token asks for access, or its request was answered or taken back.";
    Token = "personal_access_token", false, "A token that reaches the organization expires soon, was revoked, or was used in a new place.";
}

impl HookEvent {
    /// Whether one chooses it. A ping comes by itself.
    pub const fn is_chosen(self) -> bool {
        !matches!(self, Self::Ping)
    }

    /// Whether a webhook there can hear of it.
    pub const fn is_heard(self, on: HookOn) -> bool {
        match on {
            HookOn::Organization => true,
            HookOn::Repository => self.in_repositories(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_none_is_there_twice() {
        for event in HookEvent::ALL {
            assert_eq!(HookEvent::parse(event.name()), Some(*event));
        }
        assert_eq!(HookEvent::parse("pull_request"), None);
    }

    #[test]
    fn what_concerns_people_and_tokens_is_no_repositorys() {
        let heard = |on| {
            HookEvent::ALL
                .iter()
                .filter(move |event| event.is_heard(on))
        };
        assert_eq!(heard(HookOn::Organization).count(), HookEvent::ALL.len());
        let names: Vec<_> = heard(HookOn::Repository)
            .map(|event| event.name())
            .collect();
        assert_eq!(names, ["ping", "push", "repository", "member", "team"]);
    }
}
