// One fault a row: where, what stands there, what is planted, and what it would mean. The text must
// stand in the file exactly once, spaces and line ends aside, or the build fails: whoever changes the decision looks at this table.
// Read by `build.rs`, which makes one copy of the decision for each row, and by the tests.

/// A fault planted in the decision.
#[derive(Debug)]
pub struct Fault {
    /// What it would mean.
    pub says: &'static str,
    /// The file of `crates/decide/src`.
    pub file: &'static str,
    /// What stands there.
    pub before: &'static str,
    /// What is planted.
    pub after: &'static str,
}

const fn fault(says: &'static str, file: &'static str, before: &'static str, after: &'static str) -> Fault {
    Fault { says, file, before, after }
}

/// All of them.
pub static FAULTS: &[Fault] = &[
    fault(
        "a good credential is delayed by its address's limit",
        "decision.rs",
        "Credential::Live(bearer) => bearer,\n        // 2",
        "Credential::Live(_) if facts.rates.address_exceeded => return Err(Reason::AddressRate),\n        \
         Credential::Live(bearer) => bearer,\n        // 2",
    ),
    fault(
        "a credential that fails becomes anonymous",
        "decision.rs",
        "Credential::Failed(failure) => return Err(failure.into()),",
        "Credential::Failed(_) => return anonymous(request, facts),",
    ),
    fault(
        "failures are told before the address's limit is asked",
        "decision.rs",
        "Credential::None | Credential::Failed(_) if facts.rates.address_exceeded => {",
        "Credential::None if facts.rates.address_exceeded => {",
    ),
    fault("suspension is not asked", "decision.rs", "    steps::suspension(bearer)?;\n", ""),
    fault(
        "the principal's limit is not asked",
        "decision.rs",
        "if facts.rates.principal_exceeded {",
        "if facts.rates.principal_exceeded && facts.rates.address_exceeded {",
    ),
    fault(
        "kind is asked before conditions",
        "decision.rs",
        "    steps::conditions(bearer, request)?;\n    steps::kind(bearer, request.operation)?;\n",
        "    steps::kind(bearer, request.operation)?;\n    steps::conditions(bearer, request)?;\n",
    ),
    fault(
        "a child does what is closed to its parent's kind",
        "steps.rs",
        "let mut line = std::iter::once(bearer).chain(parents);",
        "let mut line = std::iter::once(bearer).chain(parents.take(0));",
    ),
    fault(
        "a private package is hidden from whoever reads packages, where another scope is needed",
        "steps.rs",
        "        || held.has(ClassicScope::ReadPackages)\n",
        "",
    ),
    fault("the kind of credential is not asked", "decision.rs", "    steps::kind(bearer, request.operation)?;\n", ""),
    fault(
        "the floor lifts conditions",
        "decision.rs",
        "    steps::conditions(bearer, request)?;\n",
        "    if !open_to_all(request, facts, true) {\n        steps::conditions(bearer, request)?;\n    }\n",
    ),
    fault(
        "there is no floor",
        "decision.rs",
        "Err(_) if open_to_all(request, facts, true) => Ok(View::Anonymous),",
        "Err(_) if open_to_all(request, facts, true) && false => Ok(View::Anonymous),",
    ),
    fault(
        "the floor lends the principal's eyes",
        "decision.rs",
        "Err(_) if open_to_all(request, facts, true) => Ok(View::Anonymous),",
        "Err(_) if open_to_all(request, facts, true) => Ok(View::Principal),",
    ),
    fault(
        "on a closed site the floor does not carry a live credential",
        "decision.rs",
        "Err(_) if open_to_all(request, facts, true) => Ok(View::Anonymous),",
        "Err(_) if open_to_all(request, facts, false) => Ok(View::Anonymous),",
    ),
    fault(
        "without a credential a closed site answers like an open one",
        "decision.rs",
        "} else if request.operation.reads_public && facts.anonymous_allowed {",
        "} else if request.operation.reads_public {",
    ),
    fault(
        "what only reads is public",
        "decision.rs",
        "let public = request.operation.reads_public && request.operation.access == Access::Read",
        "let public = request.operation.access == Access::Read",
    ),
    fault(
        "what a token does not reach is always 404",
        "decision.rs",
        "            Layer::Token if view::anonymous_sees(facts, live) => Status::Forbidden,\n",
        "",
    ),
    fault(
        "policy is asked before the token's reach",
        "decision.rs",
        "    steps::reached(bearer, facts, request.operation)?;\n    steps::policy(bearer, facts, request)?;\n",
        "    steps::policy(bearer, facts, request)?;\n    steps::reached(bearer, facts, request.operation)?;\n",
    ),
    fault(
        "roles are asked before permissions",
        "decision.rs",
        "    steps::permission(bearer, facts, request.operation)?;\n    steps::role(bearer, facts, request.operation)?;\n",
        "    steps::role(bearer, facts, request.operation)?;\n    steps::permission(bearer, facts, request.operation)?;\n",
    ),
    fault(
        "roles are not asked",
        "decision.rs",
        "    steps::role(bearer, facts, request.operation)?;\n",
        "",
    ),
    fault("policy is not asked", "decision.rs", "    steps::policy(bearer, facts, request)?;\n", ""),
    fault(
        "only the first set of conditions holds",
        "steps.rs",
        "    for set in &token.grant.conditions {\n        set.check_request",
        "    for set in token.grant.conditions.iter().take(1) {\n        set.check_request",
    ),
    fault(
        "a pending token counts as active",
        "steps.rs",
        "        Standing::NotNeeded | Standing::Active { .. } => Ok(()),\n        Standing::Pending => \
         Err(Reason::StandingPending),\n",
        "        Standing::NotNeeded | Standing::Active { .. } | Standing::Pending => Ok(()),\n",
    ),
    fault(
        "a withdrawn token counts as active",
        "steps.rs",
        "Standing::Withdrawn(_) => Err(Reason::StandingWithdrawn),",
        "Standing::Withdrawn(_) => Ok(()),",
    ),
    fault(
        "another owner's token reaches",
        "steps.rs",
        "if Some(token.grant.owner) != owner {",
        "if Some(token.grant.owner) != owner && !matches!(facts.target, Target::Organization(_)) {",
    ),
    fault(
        "the selection is not asked",
        "steps.rs",
        "if !thing.selected_by(&token.grant) {",
        "if false {",
    ),
    fault(
        "a token for public repositories reaches private ones",
        "steps.rs",
        "if !thing.selected_by(&token.grant) {",
        "if !thing.selected_by(&token.grant) && token.grant.selection.name() != \"public\" {",
    ),
    fault(
        "metadata is not asked",
        "steps.rs",
        "Err(Reason::NotSelected);\n        }\n        if !token.grant.permissions.cover(PermissionKey::metadata(), \
         Level::Read) {",
        "Err(Reason::NotSelected);\n        }\n        if false {",
    ),
    fault(
        "a classic token without scopes reaches everything",
        "steps.rs",
        "Target::Repository(repository) if !covers(bearer, operation, repository.visibility) => {",
        "Target::Repository(_) if false => {",
    ),
    fault(
        "`public_repo` covers private things",
        "steps.rs",
        ".any(|scope| *scope != ClassicScope::PublicRepo && held.has(*scope))",
        ".any(|scope| held.has(*scope))",
    ),
    fault(
        "`repo` covers public things alone",
        "steps.rs",
        "|| held.has(ClassicScope::Repo) || operation",
        "|| operation",
    ),
    fault(
        "an operation's own scope does not cover private things",
        "steps.rs",
        ".any(|scope| *scope != ClassicScope::PublicRepo && held.has(*scope))",
        ".any(|_| false)",
    ),
    fault(
        "`public_repo` opens private things",
        "steps.rs",
        "held.has(*scope) && (public || *scope != ClassicScope::PublicRepo)",
        "held.has(*scope)",
    ),
    fault(
        "an operation's scopes are not asked",
        "steps.rs",
        "if operation.scopes.is_empty() || operation.scopes.iter().any(holds) {",
        "if true {",
    ),
    fault(
        "an operation that asks for no scope is closed",
        "steps.rs",
        "if operation.scopes.is_empty() || operation.scopes.iter().any(holds) {",
        "if operation.scopes.iter().any(holds) {",
    ),
    fault(
        "an OAuth application needs nobody's approval",
        "steps.rs",
        "CredentialKind::OauthUser if tie.unapproved => return Err(Reason::ApplicationNotApproved),",
        "CredentialKind::OauthUser if tie.unapproved && tie.guest => return Err(Reason::ApplicationNotApproved),",
    ),
    fault(
        "an OAuth application needs approval over a person's own things",
        "steps.rs",
        "let unapproved = owner.organization && bearer",
        "let unapproved = bearer",
    ),
    fault(
        "a scope over one's own account is no use of it",
        "steps.rs",
        "operation.takes_permission() || (bearer.kind.has_scopes() && !operation.scopes.is_empty())",
        "operation.takes_permission()",
    ),
    fault(
        "lifetime is not checked at use",
        "steps.rs",
        "&& !policy.fine_grained_maximum.allows(lifetime.created, lifetime.expiry)",
        "&& !policy.fine_grained_maximum.allows(lifetime.created, lifetime.expiry) && false",
    ),
    fault(
        "an owner's networks do not bind sign-ins",
        "steps.rs",
        "    if policy.addresses.allow(address) { Ok(()) }",
        "    if bearer.kind.is_sign_in() || policy.addresses.allow(address) { Ok(()) }",
    ),
    fault(
        "any permission of a set is enough",
        "steps.rs",
        "set.iter().all(holds)",
        "set.is_empty() || set.iter().any(holds)",
    ),
    fault(
        "all sets of permissions are needed",
        "steps.rs",
        "operation.sets.iter().any(|set|",
        "operation.sets.iter().all(|set|",
    ),
    fault(
        "an account permission counts on an organization",
        "steps.rs",
        "        | (Scope::Account, Target::Own(_)) => true,",
        "        | (Scope::Account, _) => true,",
    ),
    fault(
        "a role must be higher than needed",
        "steps.rs",
        "if has.is_some_and(|has| has >= needs) || open() {",
        "if has.is_some_and(|has| has > needs) || open() {",
    ),
    fault(
        "who sees a repository may do anything in it",
        "steps.rs",
        "|| needs == Role::Read && view",
        "|| view",
    ),
    fault(
        "members govern their organization",
        "steps.rs",
        "if owner.membership.is_some_and(|has| has >= needs) {",
        "if owner.membership.is_some_and(|has| has >= needs || has == OrganizationRole::Member) {",
    ),
    fault(
        "everybody administers the site",
        "steps.rs",
        "Principal::User { administrator: true, .. } => Ok(()),",
        "Principal::User { .. } => Ok(()),",
    ),
    fault(
        "ref conditions are not asked",
        "steps.rs",
        "        for set in &token.grant.conditions {\n            set.check_ref",
        "        for set in token.grant.conditions.iter().take(0) {\n            set.check_ref",
    ),
    fault(
        "sudo mode is not asked",
        "steps.rs",
        "if request.operation.confirm && !confirmed {",
        "if request.operation.confirm && !confirmed && false {",
    ),
    fault(
        "anybody sees internal repositories",
        "view.rs",
        "Target::Repository(repository) => open && repository.visibility == Visibility::Public,",
        "Target::Repository(repository) => open && repository.visibility != Visibility::Private,",
    ),
    fault(
        "outside collaborators see internal repositories",
        "view.rs",
        "(thing.visibility == Visibility::Internal && !thing.owner.outside_collaborator)",
        "thing.visibility == Visibility::Internal",
    ),
    fault(
        "service accounts see internal repositories",
        "view.rs",
        "Principal::Service { .. } => thing.sources.role().is_some(),",
        "Principal::Service { .. } => thing.sources.role().is_some() || thing.visibility == \
         Visibility::Internal,",
    ),
    fault(
        "a job sees every repository of its server",
        "view.rs",
        "thing.is_of(own) && thing.sources.role().is_some()",
        "thing.sources.role().is_some() || thing.is_of(own)",
    ),
    fault(
        "a job does more than its opener may",
        "steps.rs",
        "thing.sources.role().map(|role| role.min(Role::Write))",
        "Some(Role::Write)",
    ),
    fault(
        "a job administers",
        "steps.rs",
        "thing.sources.role().map(|role| role.min(Role::Write))",
        "thing.sources.role()",
    ),
    fault(
        "a job is as much of a member as its opener",
        "steps.rs",
        "if !is_job(bearer) => {\n            member(organization.owner, needs)",
        "=> {\n            member(organization.owner, needs)",
    ),
    fault(
        "a child outlives the suspension of its parent",
        "steps.rs",
        "line(bearer, suspended)",
        "suspended(bearer)",
    ),
    fault(
        "a child is used from where its parent is not",
        "steps.rs",
        "line(bearer, |one| own_conditions(one, request))",
        "own_conditions(bearer, request)",
    ),
    fault(
        "a child reaches what its parent does not",
        "steps.rs",
        "line(bearer, |one| reached_alone(one, facts, operation))",
        "reached_alone(bearer, facts, operation)",
    ),
    fault(
        "a child that comes from nothing reaches something",
        "steps.rs",
        "    rooted(bearer)?;\n    line",
        "    line",
    ),
    fault(
        "a child is not under its parent's policy",
        "steps.rs",
        "line(bearer, |one| policy_alone(one, facts, request))",
        "policy_alone(bearer, facts, request)",
    ),
    fault(
        "a child has permissions that its parent has not",
        "steps.rs",
        "line(bearer, |one| permission_alone(one, facts, operation))",
        "permission_alone(bearer, facts, operation)",
    ),
    fault(
        "a child moves references that its parent may not",
        "steps.rs",
        "line(bearer, |one| rules_alone(one, request))",
        "rules_alone(bearer, request)",
    ),
    fault(
        "a list forgets what a child was made from",
        "list.rs",
        "all.repositories = all.repositories.and(&one.repositories);",
        "",
    ),
    fault(
        "a list forgets the token's owner",
        "list.rs",
        "owners: Reach::Only(BTreeSet::from([token.grant.owner])),",
        "owners: Reach::Unrestricted,",
    ),
    fault(
        "a list forgets the token's selection",
        "list.rs",
        "Selection::Only(set) => Reach::Only(set.clone()),",
        "Selection::Only(_) => Reach::Unrestricted,",
    ),
    fault(
        "a list forgets the token's permissions",
        "list.rs",
        " && steps::token_permissions(token, item).is_ok()",
        "",
    ),
    fault(
        "a list forgets the owner's policy",
        "list.rs",
        "let refused = facts.refusing.clone();",
        "let refused: BTreeSet<AccountId> = BTreeSet::new();",
    ),
    fault(
        "a list with scopes shows what no scope covers",
        "list.rs",
        ".filter(|visibility| scopes_let(bearer, item, *visibility))",
        ".filter(|_| true)",
    ),
    fault(
        "a list with scopes forgets those of the operation",
        "list.rs",
        "&& steps::scope(bearer, item, visibility == Visibility::Public).is_ok()",
        "",
    ),
    fault(
        "a list shows outside collaborators internal repositories",
        "list.rs",
        "let except = refused.union(facts.outside_of).copied().collect();",
        "let except = refused.clone();",
    ),
    fault(
        "workflows take no permission",
        "steps.rs",
        "&& !lets_workflows(bearer) {",
        "&& !may_change_workflows(bearer) && false {",
    ),
    fault(
        "`repo` changes workflows",
        "steps.rs",
        "return scopes(bearer).has(ClassicScope::Workflow);",
        "return scopes(bearer).has(ClassicScope::Repo);",
    ),
    fault(
        "workflows take a permission of people too",
        "steps.rs",
        "    if bearer.kind.is_sign_in() {\n        return true;",
        "    if bearer.kind.is_sign_in() && false {\n        return true;",
    ),
    fault(
        "an owner's rules keep who wants to go",
        "steps.rs",
        "if request.operation.departs {",
        "if request.operation.departs && false {",
    ),
    fault(
        "a second factor is asked of nobody",
        "steps.rs",
        "if factor_missing(bearer, policy) {",
        "if factor_missing(bearer, policy) && false {",
    ),
    fault(
        "a second factor is asked of service accounts and jobs",
        "steps.rs",
        "&& !bearer.two_factor\n        && matches!(bearer.principal, Principal::User { .. })",
        "&& !bearer.two_factor",
    ),
    fault(
        "a list shows public things to nobody on a closed site",
        "list.rs",
        "facts.item.reads_public && (facts.anonymous_allowed || bearer.is_some())",
        "facts.item.reads_public",
    ),
    fault(
        "networks that the site forces keep people from signing out",
        "steps.rs",
        "Target::Own(policy) if uses_account(bearer, request.operation) => {",
        "Target::Own(policy) if request.operation.needs_permission() || uses_account(bearer, request.operation) => {",
    ),
    fault(
        "`repo` covers packages",
        "steps.rs",
        "|| held.has(ClassicScope::ReadPackages)",
        "|| held.has(ClassicScope::ReadPackages) || held.has(ClassicScope::Repo)",
    ),
    fault(
        "a token for chosen repositories reaches packages of none",
        "thing.rs",
        "(PackageLink::Nothing | PackageLink::Unsaid, selection) => *selection == Selection::All,",
        "(PackageLink::Nothing | PackageLink::Unsaid, selection) => *selection != Selection::Public,",
    ),
    fault(
        "a token that names packages reaches all of its repositories' as well",
        "thing.rs",
        "return named.contains(name);",
        "if named.contains(name) { return true; }",
    ),
    fault(
        "a token that names packages reaches any",
        "thing.rs",
        "return named.contains(name);",
        "return !named.is_empty() || named.contains(name);",
    ),
    fault(
        "a job works with packages of no repository",
        "thing.rs",
        "PackageLink::Nothing => false,",
        "PackageLink::Nothing => true,",
    ),
    fault(
        "everybody sees packages that are not public",
        "view.rs",
        "Target::Package(package) => open && package.visibility == Visibility::Public,",
        "Target::Package(package) => open && package.visibility != Visibility::Private,",
    ),
];
