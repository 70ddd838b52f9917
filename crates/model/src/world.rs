//! The facts in plain words and numbers. Ids are numbers, moments are microseconds since 1970 in UTC.

use std::net::IpAddr;

/// Everything that a decision looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// The moment.
    pub now: i64,
    /// Where the request comes from, if that is known.
    pub address: Option<IpAddr>,
    /// How the credential was carried.
    pub carrier: Carrier,
    /// The address has used up its limit.
    pub address_rate_exceeded: bool,
    /// The principal has used up its limit.
    pub principal_rate_exceeded: bool,
    /// The site lets requests without a credential see public things.
    pub anonymous_allowed: bool,
    /// What the site forces on all owners.
    pub site: SitePolicy,
    /// What was presented.
    pub credential: Credential,
    /// What is to be done.
    pub operation: Operation,
    /// With what.
    pub target: Target,
    /// The ref that is to change, where there is one.
    pub reference: Option<RefChange>,
}

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Let in.
    Allow {
        /// It sees exactly what anybody sees.
        anonymous_view: bool,
    },
    /// Refused.
    Deny {
        /// The stable code of the reason.
        code: &'static str,
        /// The status of the answer.
        status: u16,
    },
}

/// How the credential was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Readable, or there was none.
    Fine,
    /// Two credentials.
    Two,
    /// Basic that does not decode.
    Undecodable,
    /// In the path or the query.
    InUrl,
    /// An unknown scheme.
    Scheme,
    /// A bad prefix, length or checksum.
    Malformed,
}

/// What was presented.
#[derive(Clone, Debug, PartialEq)]
pub enum Credential {
    /// Nothing.
    None,
    /// A value that is not stored.
    Unknown,
    /// A value whose row is already known to be expired.
    Expired,
    /// A value whose token was revoked.
    Revoked,
    /// A value that a rotation replaced.
    Retired,
    /// A value that matches a stored one that nobody has ended.
    Live(Box<Bearer>),
}

/// Who holds the credential.
#[derive(Clone, Debug, PartialEq)]
pub struct Bearer {
    /// The kind of credential.
    pub kind: Kind,
    /// Whom it stands for.
    pub principal: Principal,
    /// That account is suspended.
    pub account_suspended: bool,
    /// The person has a second factor.
    pub two_factor: bool,
    /// The token, where it is one.
    pub token: Option<Token>,
    /// The OAuth application that it was given to.
    pub application: Option<i64>,
    /// The state of confirmation, where it is a sign-in.
    pub sudo: Option<Sudo>,
    /// Of a child token: what it was made from, and what that was made from, and so on. Theirs are empty.
    pub made_from: Vec<Bearer>,
}

/// The kinds of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of the token formats")]
pub enum Kind {
    FineGrained,
    Classic,
    Child,
    Job,
    Client,
    OauthUser,
    Session,
}

/// Whom a credential stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A person.
    User {
        /// The account.
        id: i64,
        /// Administers the site.
        administrator: bool,
    },
    /// A service account.
    Service {
        /// The account.
        id: i64,
    },
    /// A job.
    Job {
        /// Its one repository.
        repository: i64,
        /// The account that opened it, and whose roles the target tells.
        opener: i64,
    },
}

/// When a sign-in showed a secret, and when it last did something that needs sudo mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sudo {
    /// Last proof.
    pub proved_at: i64,
    /// Last use.
    pub used_at: i64,
}

/// A token and the presented secret of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Suspended.
    pub suspended: bool,
    /// The resource owner's word.
    pub standing: Standing,
    /// What its creator wants now.
    pub wanted: Grant,
    /// What was approved.
    pub approved: Grant,
    /// The classic scopes that were asked for, by their names.
    pub scopes: Vec<&'static str>,
    /// When the secret was made.
    pub created_at: i64,
    /// When the secret ends.
    pub expires: Expiry,
}

/// The resource owner's word on a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the words are those of section 4 of the semantics"
)]
pub enum Standing {
    NotNeeded,
    Pending,
    Active,
    Denied,
    Cancelled,
    Withdrawn,
}

/// When a secret ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// It does not.
    Never,
    /// At this moment it is over.
    At(i64),
}

/// The longest life that an owner accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maximum {
    /// Any.
    Unlimited,
    /// So many days of 24 hours.
    Days(i64),
}

/// What a token may do for whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// The resource owner.
    pub owner: i64,
    /// The repositories.
    pub selection: Selection,
    /// The packages, by name; nothing: those of the repositories.
    pub packages: Option<Vec<&'static str>>,
    /// Keys with their levels.
    pub permissions: Vec<(&'static str, Level)>,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
}

/// Which repositories a token reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Public only.
    Public,
    /// All, present and future.
    All,
    /// These.
    Only(Vec<i64>),
}

/// Level of a permission; higher includes lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "plain words")]
pub enum Level {
    Read,
    Write,
    Admin,
}

/// Conditions of a grant.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// From where.
    pub addresses: Addresses,
    /// When.
    pub hours: Hours,
    /// Which refs.
    pub refs: Refs,
}

/// Which addresses may come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// All, and unknown ones.
    Any,
    /// Those in one of the networks: address and number of leading bits.
    Only(Vec<(IpAddr, u8)>),
}

/// Which hours are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hours {
    /// All.
    Any,
    /// A window of the day.
    Within {
        /// The zone's name, for the reader of a world.
        zone: &'static str,
        /// First minute of the day.
        from: i64,
        /// Minute of the day that is not in the window any more; before `from`: over midnight.
        to: i64,
        /// On which days the window begins, Monday first.
        days: [bool; 7],
        /// What the clock on the wall of that zone says: the day, Monday is 0.
        local_day: usize,
        /// And the minute of the day.
        local_minute: i64,
    },
}

/// Which refs may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refs {
    /// All, in any way.
    Any,
    /// Those that a pattern names.
    Only {
        /// `*` is any run without `/`, `**` is any run.
        patterns: Vec<&'static str>,
        /// No rewriting.
        no_force: bool,
        /// No deleting.
        no_delete: bool,
    },
}

/// A ref that is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefChange {
    /// Full name.
    pub name: &'static str,
    /// The new tip does not descend from the old one.
    pub forced: bool,
    /// The ref is to go.
    pub deleted: bool,
    /// What comes with it changes guarded paths.
    pub workflows: bool,
}

/// What is to be done, as the route table says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub target: TargetKind,
    /// Reading or writing.
    pub access: Access,
    /// Reads what anybody may read.
    pub reads_public: bool,
    /// Alternative sets of permissions.
    pub sets: Vec<Vec<(&'static str, Level)>>,
    /// Classic scopes, any one of which opens it; without any, none is needed.
    pub scopes: Vec<&'static str>,
    /// What the principal must be.
    pub least: Least,
    /// Open to these kinds.
    pub kinds: Vec<Kind>,
    /// Needs sudo mode.
    pub confirm: bool,
    /// Only ends the caller's own place with the owner.
    pub departs: bool,
}

/// What an operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "plain words")]
pub enum TargetKind {
    Site,
    Own,
    Organization,
    Repository,
    Package,
}

/// Reading or writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "plain words")]
pub enum Access {
    Read,
    Write,
}

/// What the principal must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "plain words")]
pub enum Least {
    Anyone,
    Person,
    Repository(Role),
    Organization(Membership),
    Reviewer,
    Administrator,
}

/// A role on a repository, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "plain words")]
pub enum Role {
    Read,
    Triage,
    Write,
    Maintain,
    Admin,
}

/// A place in an organization, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "plain words")]
pub enum Membership {
    Member,
    Owner,
}

/// What every member has on every repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "plain words")]
pub enum Base {
    None,
    Read,
    Write,
    Admin,
}

/// Who may see a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "plain words")]
pub enum Visibility {
    Private,
    Internal,
    Public,
}

/// With what something is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The server.
    Site,
    /// The caller's own account.
    Own,
    /// An organization.
    Organization {
        /// Which.
        id: i64,
        /// Its own policy.
        policy: Policy,
        /// The principal's place in it.
        membership: Option<Membership>,
        /// An owner made the principal a reviewer of tokens.
        reviewer: bool,
    },
    /// A repository.
    Repository(Box<Repository>),
    /// A package.
    Package(Box<Package>),
    /// Something that is not there.
    Missing,
}

/// A repository, its owner, and what the principal has there.
#[derive(Clone, Debug, PartialEq)]
pub struct Repository {
    /// Which.
    pub id: i64,
    /// Whose.
    pub owner: i64,
    /// The owner is an organization and no person.
    pub owner_is_organization: bool,
    /// The owner's own policy; a person has none.
    pub policy: Policy,
    /// Who may see it.
    pub visibility: Visibility,
    /// The principal's place in the owning organization.
    pub membership: Option<Membership>,
    /// The principal's own role.
    pub direct: Option<Role>,
    /// Roles by teams the principal is in, and by their parents.
    pub teams: Vec<Role>,
    /// The organization's base permission.
    pub base: Base,
    /// The principal has a role on another repository of the same owner.
    pub role_elsewhere: bool,
}

/// A package, there or to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// Its name.
    pub name: &'static str,
    /// The repository that it belongs to.
    pub link: Link,
    /// Whose it is, who may see it, and what the principal has there: of its repository, where it belongs to one. The
    /// number says nothing.
    pub like: Repository,
}

/// Which repository a package belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// None.
    Nothing,
    /// This one.
    Repository(i64),
    /// It is to be made, and nobody has said yet.
    Unsaid,
}

/// What an organization says about tokens.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one rule of the policy"
)]
pub struct Policy {
    /// Fine-grained tokens may come.
    pub fine_grained_allowed: bool,
    /// Classic tokens may come.
    pub classic_allowed: bool,
    /// How long fine-grained ones live.
    pub fine_grained_maximum: Maximum,
    /// How long classic ones live.
    pub classic_maximum: Maximum,
    /// Outside collaborators may use fine-grained tokens.
    pub outside_collaborators_allowed: bool,
    /// People need a second factor.
    pub two_factor_required: bool,
    /// From where any credential may come.
    pub addresses: Addresses,
    /// The OAuth applications that the owner approved. No site approves one for it.
    pub applications: Vec<i64>,
}

/// What the site forces; nothing means that it leaves the setting to each owner.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the same settings as in `Policy`")]
pub struct SitePolicy {
    pub fine_grained_allowed: Option<bool>,
    pub classic_allowed: Option<bool>,
    pub fine_grained_maximum: Option<Maximum>,
    pub classic_maximum: Option<Maximum>,
    pub outside_collaborators_allowed: Option<bool>,
    pub two_factor_required: Option<bool>,
    pub addresses: Option<Addresses>,
}
