//! What owners allow tokens to do with their things, and what the site forces on all of them
//! (`semantics` section 5).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

use crate::invitation::Registration;
use crate::kind::CredentialKind;
use crate::lifetime::Maximum;

/// Which addresses may come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// All of them.
    #[default]
    Unrestricted,
    /// Only those in one of the networks; none where the list is empty.
    Only(Vec<IpNet>),
}

impl Allowed {
    /// Whether a request from this address may come. A v4 address mapped into v6 is the v4 address;
    /// an unknown one is refused where addresses are limited.
    pub fn allow(&self, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::Unrestricted, _) => true,
            (Self::Only(_), None) => false,
            (Self::Only(networks), Some(address)) => {
                let address = unmap(address);
                networks
                    .iter()
                    .any(|network| unmap_network(*network).contains(&address))
            }
        }
    }
}

impl Allowed {
    /// Reads networks as people type them, with blanks between them; without any, every address may come. What is no network
    /// comes back.
    pub fn read(text: &str) -> Result<Self, &str> {
        let typed = text.split_whitespace();
        let networks: Vec<IpNet> = typed
            .map(|word| network(word).ok_or(word))
            .collect::<Result<_, _>>()?;
        Ok(if networks.is_empty() {
            Self::Unrestricted
        } else {
            Self::Only(networks)
        })
    }

    /// Whether it lets an address in that `old` keeps out.
    pub fn allows_more_than(&self, old: &Self) -> bool {
        match (self, old) {
            (_, Self::Unrestricted) => false,
            (Self::Unrestricted, Self::Only(_)) => true,
            (Self::Only(new), Self::Only(old)) => {
                let old: Vec<_> = old.iter().copied().map(unmap_network).collect();
                let old = IpNet::aggregate(&old);
                new.iter()
                    .copied()
                    .map(unmap_network)
                    .any(|network| !old.iter().any(|whole| whole.contains(&network)))
            }
        }
    }
}

/// A network as people type it: in CIDR form, or a single address, which is a network of itself alone.
pub fn network(text: &str) -> Option<IpNet> {
    let alone = text.parse::<IpAddr>().map(IpNet::from);
    alone.ok().or_else(|| text.parse().ok())
}

/// A v4 network that is written as v6.
fn unmap_network(network: IpNet) -> IpNet {
    match unmap(network.network()) {
        IpAddr::V4(v4) => network
            .prefix_len()
            .checked_sub(if network.addr().is_ipv6() { 96 } else { 0 })
            .and_then(|length| Ipv4Net::new(v4, length).ok())
            .map_or(network, IpNet::V4),
        IpAddr::V6(_) => network,
    }
}

/// A v4 address that came dressed as v6.
fn unmap(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => {
            Ipv6Addr::to_ipv4_mapped(&v6).map_or(address, |v4: Ipv4Addr| IpAddr::V4(v4))
        }
        IpAddr::V4(_) => address,
    }
}

/// One organization's policy for tokens, or, made by [`SitePolicy::for_users`], that of everybody's
/// own name space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one setting that a person switches by its name"
)]
pub struct OrganizationPolicy {
    /// Fine-grained tokens may reach it.
    pub fine_grained_allowed: bool,
    /// Classic tokens may reach it.
    pub classic_allowed: bool,
    /// A fine-grained token needs an owner's approval first.
    pub approval_required: bool,
    /// The longest life of a fine-grained token's secret.
    pub fine_grained_maximum: Maximum,
    /// The longest life of a classic token.
    pub classic_maximum: Maximum,
    /// Outside collaborators may reach it by fine-grained token.
    pub outside_collaborators_allowed: bool,
    /// Members who are no owners may create repositories.
    pub members_create_repositories: bool,
    /// People without a second factor are refused, whatever credential they come with. A policy that was stored
    /// before there was this setting did not ask for it.
    #[serde(default)]
    pub two_factor_required: bool,
    /// From where any credential may reach it.
    pub addresses: Allowed,
    /// How long a request waits before it is over.
    #[serde(default = "pending")]
    pub pending_maximum: Maximum,
}

/// A month: policies that were stored before there was a word on it say nothing of it.
const fn pending() -> Maximum {
    Maximum::Days(30)
}

impl Default for OrganizationPolicy {
    fn default() -> Self {
        Self {
            fine_grained_allowed: true,
            classic_allowed: true,
            approval_required: true,
            fine_grained_maximum: Maximum::Days(366),
            classic_maximum: Maximum::Unlimited,
            outside_collaborators_allowed: true,
            members_create_repositories: true,
            two_factor_required: false,
            addresses: Allowed::Unrestricted,
            pending_maximum: pending(),
        }
    }
}

impl OrganizationPolicy {
    /// The longest life that a value of this kind may have here.
    pub const fn maximum(&self, kind: CredentialKind) -> Maximum {
        match kind {
            CredentialKind::FineGrained => self.fine_grained_maximum,
            CredentialKind::Classic => self.classic_maximum,
            CredentialKind::Child
            | CredentialKind::Job
            | CredentialKind::Client
            | CredentialKind::OauthUser
            | CredentialKind::Session => Maximum::Unlimited,
        }
    }

    /// Whether it allows something that `old` does not. Every setting is named here, so that a new one
    /// can't be forgotten.
    pub fn allows_more_than(&self, old: &Self) -> bool {
        let Self {
            fine_grained_allowed,
            classic_allowed,
            approval_required,
            fine_grained_maximum,
            classic_maximum,
            outside_collaborators_allowed,
            members_create_repositories,
            two_factor_required,
            addresses,
            // To wait longer gives nobody anything.
            pending_maximum: _,
        } = self;
        *fine_grained_allowed && !old.fine_grained_allowed
            || *classic_allowed && !old.classic_allowed
            || !*approval_required && old.approval_required
            || fine_grained_maximum.is_longer_than(old.fine_grained_maximum)
            || classic_maximum.is_longer_than(old.classic_maximum)
            || *outside_collaborators_allowed && !old.outside_collaborators_allowed
            || *members_create_repositories && !old.members_create_repositories
            || !*two_factor_required && old.two_factor_required
            || addresses.allows_more_than(&old.addresses)
    }
}

/// A site's word on one setting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule<T> {
    /// Each organization decides.
    #[default]
    Leave,
    /// The same for everybody.
    Force(T),
}

impl<T: Clone> Rule<T> {
    fn over(&self, own: &T) -> T {
        match self {
            Self::Leave => own.clone(),
            Self::Force(value) => value.clone(),
        }
    }
}

/// The site's policy: it forces each setting or leaves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SitePolicy {
    /// See [`OrganizationPolicy::fine_grained_allowed`].
    pub fine_grained_allowed: Rule<bool>,
    /// See [`OrganizationPolicy::classic_allowed`].
    pub classic_allowed: Rule<bool>,
    /// See [`OrganizationPolicy::approval_required`].
    pub approval_required: Rule<bool>,
    /// See [`OrganizationPolicy::fine_grained_maximum`].
    pub fine_grained_maximum: Rule<Maximum>,
    /// See [`OrganizationPolicy::classic_maximum`].
    pub classic_maximum: Rule<Maximum>,
    /// See [`OrganizationPolicy::outside_collaborators_allowed`].
    pub outside_collaborators_allowed: Rule<bool>,
    /// See [`OrganizationPolicy::members_create_repositories`].
    pub members_create_repositories: Rule<bool>,
    /// See [`OrganizationPolicy::two_factor_required`].
    #[serde(default)]
    pub two_factor_required: Rule<bool>,
    /// See [`OrganizationPolicy::addresses`].
    pub addresses: Rule<Allowed>,
    /// See [`OrganizationPolicy::pending_maximum`].
    #[serde(default = "leave")]
    pub pending_maximum: Rule<Maximum>,
    /// Requests without a credential see public things. Where they don't, 'anonymous' reads 'any
    /// live credential'.
    pub anonymous_allowed: bool,
    /// People may create organizations by themselves.
    pub users_create_organizations: bool,
    /// Who may make an account by themselves. Policies that were stored before there was a choice
    /// read as the default.
    #[serde(default)]
    pub registration: Registration,
    /// How many fine-grained tokens a person may have.
    pub tokens_per_user: u32,
}

const fn leave<T>() -> Rule<T> {
    Rule::Leave
}

impl Default for SitePolicy {
    fn default() -> Self {
        Self {
            fine_grained_allowed: Rule::Leave,
            classic_allowed: Rule::Leave,
            approval_required: Rule::Leave,
            fine_grained_maximum: Rule::Leave,
            classic_maximum: Rule::Leave,
            outside_collaborators_allowed: Rule::Leave,
            members_create_repositories: Rule::Leave,
            two_factor_required: Rule::Leave,
            addresses: Rule::Leave,
            pending_maximum: Rule::Leave,
            anonymous_allowed: true,
            users_create_organizations: true,
            registration: Registration::Invitation,
            tokens_per_user: 500,
        }
    }
}

impl SitePolicy {
    /// What holds for an organization with this policy of its own.
    #[must_use]
    pub fn over(&self, own: &OrganizationPolicy) -> OrganizationPolicy {
        OrganizationPolicy {
            fine_grained_allowed: self.fine_grained_allowed.over(&own.fine_grained_allowed),
            classic_allowed: self.classic_allowed.over(&own.classic_allowed),
            approval_required: self.approval_required.over(&own.approval_required),
            fine_grained_maximum: self.fine_grained_maximum.over(&own.fine_grained_maximum),
            classic_maximum: self.classic_maximum.over(&own.classic_maximum),
            outside_collaborators_allowed: self
                .outside_collaborators_allowed
                .over(&own.outside_collaborators_allowed),
            members_create_repositories: self
                .members_create_repositories
                .over(&own.members_create_repositories),
            two_factor_required: self.two_factor_required.over(&own.two_factor_required),
            addresses: self.addresses.over(&own.addresses),
            pending_maximum: self.pending_maximum.over(&own.pending_maximum),
        }
    }

    /// Whether it allows something that `old` does not: to people as such, in everybody's own name
    /// space, or in an organization. `own`: every organization's own policy.
    pub fn allows_more_than(&self, old: &Self, own: &[OrganizationPolicy]) -> bool {
        self.anonymous_allowed && !old.anonymous_allowed
            || self.users_create_organizations && !old.users_create_organizations
            || self.registration > old.registration
            || self.tokens_per_user > old.tokens_per_user
            || self.for_users().allows_more_than(&old.for_users())
            || own
                .iter()
                // One that is made tomorrow begins with the default.
                .chain([&OrganizationPolicy::default()])
                .any(|own| self.over(own).allows_more_than(&old.over(own)))
    }

    /// What holds in everybody's own name space: the site's word, else the default (366 days, so
    /// that no token is endless unless an operator allows it). Nobody reviews oneself.
    #[must_use]
    pub fn for_users(&self) -> OrganizationPolicy {
        let mut policy = self.over(&OrganizationPolicy::default());
        policy.approval_required = false;
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_forces_or_leaves_each_setting() {
        let own = OrganizationPolicy {
            approval_required: false,
            ..OrganizationPolicy::default()
        };
        assert_eq!(SitePolicy::default().over(&own), own);
        let strict = SitePolicy {
            approval_required: Rule::Force(true),
            fine_grained_maximum: Rule::Force(Maximum::Days(7)),
            ..SitePolicy::default()
        };
        let held = strict.over(&own);
        assert!(held.approval_required);
        assert_eq!(held.fine_grained_maximum, Maximum::Days(7));
    }

    #[test]
    fn nobody_reviews_oneself_and_no_token_is_endless_by_default() {
        let users = SitePolicy {
            approval_required: Rule::Force(true),
            ..SitePolicy::default()
        }
        .for_users();
        assert!(!users.approval_required);
        assert_eq!(users.fine_grained_maximum, Maximum::Days(366));
    }

    #[test]
    fn each_setting_allows_more_in_one_direction_only() {
        let only = |network: &str| Allowed::Only(vec![network.parse().unwrap()]);
        let strict = OrganizationPolicy {
            fine_grained_allowed: false,
            classic_allowed: false,
            approval_required: true,
            fine_grained_maximum: Maximum::Days(7),
            classic_maximum: Maximum::Days(7),
            outside_collaborators_allowed: false,
            members_create_repositories: false,
            two_factor_required: true,
            addresses: only("10.0.0.0/8"),
            pending_maximum: Maximum::Days(7),
        };
        let looser: [fn(&mut OrganizationPolicy); 10] = [
            |p| p.two_factor_required = false,
            |p| p.fine_grained_allowed = true,
            |p| p.classic_allowed = true,
            |p| p.approval_required = false,
            |p| p.fine_grained_maximum = Maximum::Days(8),
            |p| p.classic_maximum = Maximum::Unlimited,
            |p| p.outside_collaborators_allowed = true,
            |p| p.members_create_repositories = true,
            |p| p.addresses = Allowed::Unrestricted,
            |p| p.addresses = Allowed::Only(vec!["::ffff:0.0.0.0/96".parse().unwrap()]),
        ];
        for (n, change) in looser.into_iter().enumerate() {
            let mut loose = strict.clone();
            change(&mut loose);
            assert!(loose.allows_more_than(&strict), "{n}");
            assert!(!strict.allows_more_than(&loose), "{n}");
        }
        assert!(!strict.allows_more_than(&strict));
        // What is taken in one setting does not pay for what is given in another.
        let mixed = OrganizationPolicy {
            addresses: Allowed::Only(vec![]),
            classic_allowed: true,
            ..strict.clone()
        };
        assert!(mixed.allows_more_than(&strict));
        // Two halves are the whole, in either spelling.
        let halves = Allowed::Only(vec![
            "10.0.0.0/9".parse().unwrap(),
            "::ffff:10.128.0.0/105".parse().unwrap(),
        ]);
        assert!(!only("10.0.0.0/8").allows_more_than(&halves));
        assert!(!halves.allows_more_than(&only("10.0.0.0/8")));
        assert!(only("::/0").allows_more_than(&only("0.0.0.0/0")), "v6 only");
    }

    #[test]
    fn a_sites_word_allows_more_where_it_lifts_what_somebody_chose() {
        let site = SitePolicy::default();
        let week = OrganizationPolicy {
            fine_grained_maximum: Maximum::Days(7),
            ..OrganizationPolicy::default()
        };
        let forced = |days| SitePolicy {
            fine_grained_maximum: Rule::Force(Maximum::Days(days)),
            ..SitePolicy::default()
        };
        assert!(!forced(30).allows_more_than(&site, &[]));
        assert!(site.allows_more_than(&forced(30), &[]));
        let own = std::slice::from_ref(&week);
        assert!(forced(30).allows_more_than(&site, own), "a week was chosen");
        assert!(!forced(7).allows_more_than(&site, own));
        assert!(forced(366).allows_more_than(&forced(30), &[]));
        let people = [
            SitePolicy {
                anonymous_allowed: false,
                ..site.clone()
            },
            SitePolicy {
                users_create_organizations: false,
                ..site.clone()
            },
            SitePolicy {
                tokens_per_user: 499,
                ..site.clone()
            },
        ];
        for strict in people {
            assert!(site.allows_more_than(&strict, &[]) && !strict.allows_more_than(&site, &[]));
        }
    }

    #[test]
    fn an_empty_list_of_networks_lets_nobody_in() {
        assert!(!Allowed::Only(vec![]).allow("127.0.0.1".parse().ok()));
        assert!(Allowed::Unrestricted.allow(None));
    }

    #[test]
    fn a_v4_network_may_be_written_as_v6() {
        let allowed = |network: &str, address: &str| {
            Allowed::Only(vec![network.parse().unwrap()]).allow(address.parse().ok())
        };
        assert!(allowed("::ffff:127.0.0.1/128", "127.0.0.1"));
        assert!(allowed("::ffff:10.0.0.0/104", "::ffff:10.9.9.9"));
        assert!(!allowed("::ffff:10.0.0.0/104", "11.0.0.1"));
        assert!(!allowed("::/0", "10.0.0.1"), "v6 only");
        assert!(allowed("2001:db8::/32", "2001:db8::1"));
    }
}
