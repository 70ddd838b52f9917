//! Long: a test for each field of the form. Making a token: each field at its limit, and what is wrong
//! beside its field.

use jeton_app::AppError;
use jeton_app::tokens::{self, ExpiryWish, NewToken};
use jeton_domain::{
    Allowed, Conditions, Expiry, Hours, Maximum, OrganizationPolicy, RefPattern, RefRules, Role,
    SitePolicy, Span, Standing,
};

use crate::outcome::{fault, is_forbidden};
use crate::world::{World, labs, levels, names, plain, word};

fn make(world: &World, new: &NewToken) -> Result<tokens::Created, AppError> {
    tokens::create(world.app(), &world.own(&world.bob), new, None)
}

fn faults<T: std::fmt::Debug>(result: Result<T, AppError>) -> Vec<jeton_app::FieldFault> {
    match result {
        Err(AppError::Invalid(faults)) => faults,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_is_told_of_every_field_at_once() {
    let world = World::new();
    let new = NewToken {
        name: String::new(),
        description: "x".repeat(1025),
        expires_in: Some(ExpiryWish::Days(0)),
        permissions: levels(&[("nonsense", "read")]),
        ..NewToken::default()
    };
    let fields: Vec<_> = faults(make(&world, &new))
        .into_iter()
        .map(|f| f.field)
        .collect();
    assert_eq!(fields, ["name", "description", "expires_in", "permissions"]);
}

#[test]
fn texts_hold_to_their_limits_to_the_character() {
    let world = World::new();
    let with = |name: String, description: String, justification: String| {
        make(
            &world,
            &NewToken {
                name,
                description,
                justification,
                ..labs("")
            },
        )
    };
    let most = || "é".repeat(1024);
    with("é".repeat(40), most(), most()).unwrap();
    for (field, result) in [
        ("name", with("é".repeat(41), String::new(), String::new())),
        ("name", with("  ".to_owned(), String::new(), String::new())),
        (
            "name",
            with("a\u{202e}b".to_owned(), String::new(), String::new()),
        ),
        (
            "description",
            with("a".to_owned(), most() + "é", String::new()),
        ),
        (
            "description",
            with("a".to_owned(), "a\0b".to_owned(), String::new()),
        ),
        (
            "justification",
            with("a".to_owned(), String::new(), most() + "é"),
        ),
    ] {
        assert_eq!(fault(result), (field, "invalid"));
    }
}

#[test]
fn a_name_is_taken_per_person_whatever_its_case() {
    let world = World::new();
    let first = make(&world, &plain("Deploy")).unwrap();
    for taken in ["Deploy", "dEPLOY", "  deploy "] {
        assert_eq!(
            fault(make(&world, &plain(taken))),
            ("name", "already_exists")
        );
    }
    world.create(&world.eve, &plain("deploy"));
    let own = world.own(&world.bob);
    tokens::revoke(world.app(), &own, first.view.row.id).unwrap();
    assert_eq!(
        fault(make(&world, &plain("deploy"))),
        ("name", "already_exists")
    );
    tokens::delete(world.app(), &own, first.view.row.id).unwrap();
    make(&world, &plain("deploy")).unwrap();
}

#[test]
fn an_owner_that_is_not_offered_is_no_owner_and_says_no_more() {
    let world = World::new();
    let by = |person, owner: &str| {
        let new = NewToken {
            owner: Some(owner.to_owned()),
            ..plain("t")
        };
        faults(tokens::create(world.app(), &world.own(person), &new, None))
    };
    let missing = by(&world.eve, "nobody-here");
    assert_eq!((&*missing[0].field, missing.len()), ("owner", 1));
    for owner in ["alta3", "ALTA3", "bob", "a\0b", "../alta3"] {
        assert_eq!(
            by(&world.eve, owner),
            missing,
            "{owner}: a stranger learns nothing"
        );
    }
    // An outside collaborator may, as long as the organization lets them.
    world.kit.collaborator(&world.labs, &world.eve, Role::Read);
    let owners = |person| -> Vec<String> {
        let choices = tokens::owners(world.app(), &world.own(person)).unwrap();
        choices.into_iter().map(|choice| choice.login).collect()
    };
    assert_eq!(owners(&world.eve), ["eve", "alta3"]);
    world.kit.policy(
        &world.alta3,
        &OrganizationPolicy {
            outside_collaborators_allowed: false,
            ..OrganizationPolicy::default()
        },
    );
    assert_eq!(by(&world.eve, "alta3"), missing);
    assert_eq!(owners(&world.eve), ["eve"]);
    assert_eq!(owners(&world.bob), ["bob", "alta3"]);
    world.kit.policy(
        &world.alta3,
        &OrganizationPolicy {
            fine_grained_allowed: false,
            ..OrganizationPolicy::default()
        },
    );
    assert_eq!(by(&world.bob, "alta3")[0].field, "owner");
    assert_eq!(owners(&world.bob), ["bob"]);
}

#[test]
fn a_person_without_a_verified_address_makes_none() {
    let world = World::new();
    world.change("UPDATE users SET email_verified_at = NULL WHERE email = 'bob@example.test'");
    assert!(is_forbidden(make(&world, &plain("t"))));
    world.create(&world.eve, &plain("t"));
}

#[test]
fn an_expiry_holds_to_the_instant() {
    let world = World::new();
    let now = world.app().now();
    let days = |n| Expiry::At(now.after(Span::from_days(n)));
    let until = |text: &str| {
        let new = NewToken {
            expires_at: Some(text.to_owned()),
            ..plain(&format!("until {text}"))
        };
        make(&world, &new).map(|created| created.view.expiry().unwrap())
    };
    // The kit's clock stands at 2026-11-21T08:00:00Z, and oneself's maximum is 366 days.
    assert_eq!(
        until("2026-11-21T08:00:01Z").unwrap(),
        Expiry::At(now.after(Span::from_seconds(1)))
    );
    assert_eq!(until("2027-11-22T08:00:00Z").unwrap(), days(366));
    for bad in [
        "2026-11-21T08:00:00Z",
        "2026-11-21T07:59:59Z",
        "2026-11-21",
        "2027-11-22T08:00:00.000001Z",
        "none",
        "soon",
        "",
        "9999-99-99",
        "+999999999-01-01T00:00:00Z",
    ] {
        assert_eq!(fault(until(bad)), ("expires_at", "invalid"), "{bad}");
    }
    let within = |wish: ExpiryWish, name: &str| {
        let new = NewToken {
            expires_in: Some(wish),
            ..plain(name)
        };
        make(&world, &new).map(|created| created.view.expiry().unwrap())
    };
    assert_eq!(within(ExpiryWish::Days(1), "a").unwrap(), days(1));
    assert_eq!(
        within(ExpiryWish::Word("366".to_owned()), "b").unwrap(),
        days(366)
    );
    assert_eq!(
        make(&world, &plain("c")).unwrap().view.expiry(),
        Some(days(30)),
        "not said"
    );
    for (n, bad) in [
        ExpiryWish::Days(0),
        ExpiryWish::Days(367),
        ExpiryWish::Days(u32::MAX),
        ExpiryWish::Word("none".to_owned()),
        ExpiryWish::Word("-1".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(
            fault(within(bad, &format!("x{n}"))),
            ("expires_in", "invalid"),
            "{n}"
        );
    }
    let both = NewToken {
        expires_in: Some(ExpiryWish::Days(1)),
        expires_at: Some("2026-12-01".to_owned()),
        ..plain("both")
    };
    assert_eq!(fault(make(&world, &both)), ("expires_at", "invalid"));
}

#[test]
fn the_owners_maximum_bounds_and_shrinks_the_default() {
    let world = World::new();
    let policy = OrganizationPolicy {
        fine_grained_maximum: Maximum::Days(14),
        ..OrganizationPolicy::default()
    };
    world.kit.policy(&world.alta3, &policy);
    let created = make(&world, &labs("t")).unwrap();
    assert_eq!(
        created.view.expiry(),
        Some(Expiry::At(world.app().now().after(Span::from_days(14))))
    );
    let longer = NewToken {
        expires_in: Some(ExpiryWish::Days(15)),
        ..labs("longer")
    };
    assert_eq!(fault(make(&world, &longer)), ("expires_in", "invalid"));
    let preview = tokens::preview(world.app(), &world.own(&world.bob), &labs("p")).unwrap();
    assert_eq!((preview.default_days, preview.choices), (14, vec![7]));
    // Only where the policy allows it is a token endless.
    let policy = OrganizationPolicy {
        fine_grained_maximum: Maximum::Unlimited,
        ..policy
    };
    world.kit.policy(&world.alta3, &policy);
    let endless = NewToken {
        expires_in: Some(ExpiryWish::Word("none".to_owned())),
        ..labs("endless")
    };
    assert_eq!(
        make(&world, &endless).unwrap().view.expiry(),
        Some(Expiry::Never)
    );
}

#[test]
fn at_most_a_thousand_repositories_are_named() {
    let world = World::new();
    let list = |n: usize| vec!["labs"; n];
    make(
        &world,
        &NewToken {
            repositories: names(&list(1000)),
            ..labs("most")
        },
    )
    .unwrap();
    let over = NewToken {
        repositories: names(&list(1001)),
        ..labs("over")
    };
    assert_eq!(fault(make(&world, &over)), ("repositories", "invalid"));
    let none = NewToken {
        repositories: names(&[]),
        ..labs("none")
    };
    assert_eq!(fault(make(&world, &none)), ("repositories", "invalid"));
    let nonsense = NewToken {
        repositories: word("some"),
        ..labs("nonsense")
    };
    assert_eq!(fault(make(&world, &nonsense)), ("repositories", "invalid"));
}

/// soft-serve `withAccess`: hidden and missing are one answer.
#[test]
fn a_hidden_and_a_missing_repository_are_one_fault() {
    let world = World::new();
    let fault_of = |name: &str| {
        let new = NewToken {
            repositories: names(&[name]),
            ..labs("t")
        };
        let found = faults(make(&world, &new));
        assert_eq!(found.len(), 1);
        (
            found[0].field.clone(),
            found[0].code,
            found[0].message.replace(&name.replace('\0', ""), "…"),
        )
    };
    let missing = fault_of("not-there");
    assert_eq!((&*missing.0, missing.1), ("repositories", "missing"));
    for other in [
        "vault",
        "VAULT",
        "alta3/vault",
        "eve/labs",
        "labs/labs",
        "..",
        "a\0b",
    ] {
        assert_eq!(fault_of(other), missing, "{other}");
    }
    // What comes back of a hostile name is harmless and short.
    let hostile = NewToken {
        repositories: names(&[&format!("\u{1b}[2J{}", "x".repeat(5000))]),
        ..labs("t")
    };
    let message = &faults(make(&world, &hostile))[0].message;
    assert!(
        message.len() < 300 && !message.contains('\u{1b}'),
        "{message}"
    );
    // Its owner sees it.
    world.create(
        &world.ann,
        &NewToken {
            repositories: names(&["alta3/Vault"]),
            ..labs("t")
        },
    );
}

#[test]
fn permissions_are_those_of_the_catalogue_and_fit_the_owner() {
    let world = World::new();
    let asked = |pairs: &[(&str, &str)]| {
        make(
            &world,
            &NewToken {
                permissions: levels(pairs),
                ..labs("t")
            },
        )
    };
    for bad in [
        ("nonsense", "read"),
        ("contents", "nonsense"),
        ("contents", "none"),
        ("contents", "admin"),
        ("Contents", "read"),
        ("metadata", "write"),
        ("emails", "read"),
    ] {
        assert_eq!(fault(asked(&[bad])), ("permissions", "invalid"), "{bad:?}");
    }
    let own = NewToken {
        owner: None,
        repositories: word("all"),
        permissions: levels(&[("members", "read")]),
        ..labs("t")
    };
    assert_eq!(
        fault(make(&world, &own)),
        ("permissions", "invalid"),
        "an organization's, for oneself"
    );
    let public = NewToken {
        repositories: word("public"),
        ..labs("t")
    };
    assert_eq!(
        fault(make(&world, &public)),
        ("permissions", "invalid"),
        "public only holds none"
    );
    let created = asked(&[("contents", "write")]).unwrap();
    let held: Vec<_> = created
        .view
        .row
        .wanted
        .permissions
        .iter()
        .map(|(k, l)| (k.name(), l.name()))
        .collect();
    assert_eq!(
        held,
        [("contents", "write"), ("metadata", "read")],
        "metadata comes by itself"
    );
}

/// An empty list restricts to nothing: it is refused wherever it stands, and never counts as none.
#[test]
fn what_would_reach_nothing_or_too_much_to_read_is_refused() {
    let world = World::new();
    let network = |n: u8| -> ipnet::IpNet { format!("10.{n}.0.0/16").parse().unwrap() };
    let from = |networks: Vec<ipnet::IpNet>| Conditions {
        addresses: Allowed::Only(networks),
        ..Conditions::default()
    };
    let on = |patterns: Vec<RefPattern>| Conditions {
        refs: RefRules::Only {
            patterns,
            no_force: true,
            no_delete: true,
        },
        ..Conditions::default()
    };
    let main = || RefPattern::parse("refs/heads/main").unwrap();
    let nowhere = Conditions {
        hours: Hours::Within {
            zone: "Europe/Nowhere".to_owned(),
            from: 0,
            to: 60,
            days: 1,
        },
        ..Conditions::default()
    };
    let with = |name: &str, conditions: Vec<Conditions>| {
        let new = NewToken {
            conditions,
            ..labs(name)
        };
        make(&world, &new)
    };
    for (what, field, conditions) in [
        ("no network", "conditions[0].addresses", vec![from(vec![])]),
        (
            "networks",
            "conditions[1].addresses",
            vec![on(vec![main()]), from((0..=100).map(network).collect())],
        ),
        ("no pattern", "conditions[0].refs", vec![on(vec![])]),
        (
            "patterns",
            "conditions[0].refs",
            vec![on(vec![main(); 101])],
        ),
        ("no zone", "conditions[0].hours", vec![nowhere]),
        ("sets", "conditions", vec![Conditions::default(); 11]),
    ] {
        let found = faults(with("t", conditions));
        assert_eq!(
            (found[0].field.as_ref(), found[0].code),
            (field, "invalid"),
            "{what}"
        );
    }
    let selected = NewToken {
        repositories: names(&[]),
        ..labs("t")
    };
    assert_eq!(fault(make(&world, &selected)), ("repositories", "invalid"));
    with("most", vec![from((0..100).map(network).collect())]).unwrap();
    with("one", vec![from(vec![network(1)]), on(vec![main()])]).unwrap();
}

#[test]
fn a_justification_is_kept_only_where_somebody_reads_it() {
    let world = World::new();
    let why = |new: NewToken| NewToken {
        justification: "because".to_owned(),
        ..new
    };
    assert_eq!(
        make(&world, &why(labs("asked")))
            .unwrap()
            .view
            .row
            .justification,
        "because"
    );
    assert_eq!(
        fault(make(&world, &why(plain("own")))),
        ("justification", "invalid"),
        "nobody reviews oneself"
    );
    assert_eq!(
        world
            .create(&world.ann, &why(labs("owner's")))
            .view
            .row
            .justification,
        ""
    );
}

#[test]
fn a_person_has_at_most_so_many_tokens_and_ended_ones_do_not_count() {
    let world = World::new();
    world.site_policy(&SitePolicy {
        tokens_per_user: 2,
        ..SitePolicy::default()
    });
    let first = make(&world, &plain("1")).unwrap();
    make(&world, &plain("2")).unwrap();
    assert_eq!(fault(make(&world, &plain("3"))), ("name", "unprocessable"));
    world.create(&world.eve, &plain("1"));
    // The site may lower it below what people have.
    world.site_policy(&SitePolicy {
        tokens_per_user: 1,
        ..SitePolicy::default()
    });
    let Err(AppError::Invalid(faults)) = make(&world, &plain("3")) else {
        panic!("made");
    };
    assert_eq!(
        faults[0].message,
        "you have 2 tokens, and this site allows 1: revoke 2 first"
    );
    world.site_policy(&SitePolicy {
        tokens_per_user: 2,
        ..SitePolicy::default()
    });
    tokens::revoke(world.app(), &world.own(&world.bob), first.view.row.id).unwrap();
    make(&world, &plain("3")).unwrap();
}

#[test]
fn an_end_that_no_moment_is_late_enough_for_is_beyond_the_maximum() {
    let world = World::new();
    let message = |text: &str| {
        let new = NewToken {
            expires_at: Some(text.to_owned()),
            ..labs("t")
        };
        let Err(AppError::Invalid(faults)) = make(&world, &new) else {
            panic!("made");
        };
        faults[0].message.clone()
    };
    for late in [
        "9999-12-31",
        "9999-12-30T23:00:00Z",
        "9999-12-31T00:00:00-02:00",
    ] {
        let said = message(late);
        assert!(said.contains("is beyond the maximum"), "{late}: {said}");
    }
    for nonsense in ["9999-13-31", "99999-12-31", "tomorrow"] {
        let said = message(nonsense);
        assert!(said.contains("is no date"), "{nonsense}: {said}");
    }
}

#[test]
fn nothing_is_left_of_a_token_that_was_refused() {
    let world = World::new();
    for bad in [
        NewToken {
            repositories: names(&["vault"]),
            ..labs("t")
        },
        NewToken {
            name: String::new(),
            ..labs("t")
        },
    ] {
        assert!(make(&world, &bad).is_err());
    }
    for table in [
        "SELECT COUNT(*) FROM tokens",
        "SELECT COUNT(*) FROM secrets",
        "SELECT COUNT(*) FROM audit",
    ] {
        assert_eq!(crate::outcome::count(&world.kit, table), 0, "{table}");
    }
}

/// The field that is at fault is the one that was given, and no text moves a cursor.
#[test]
fn what_is_wrong_is_said_of_the_field_that_was_given() {
    let world = World::new();
    let never = NewToken {
        expires_in: Some(ExpiryWish::Word("none".to_owned())),
        ..labs("t")
    };
    assert_eq!(fault(make(&world, &never)).0, "expires_in");
    let never = NewToken {
        expires_at: Some("none".to_owned()),
        ..labs("t")
    };
    assert_eq!(fault(make(&world, &never)).0, "expires_at");
    let moving = NewToken {
        description: "\u{1b}[2Jgone".to_owned(),
        ..labs("t")
    };
    assert_eq!(fault(make(&world, &moving)), ("description", "invalid"));
    let lines = NewToken {
        description: "two\nlines\tand a tab".to_owned(),
        ..labs("t")
    };
    make(&world, &lines).unwrap();
}

#[test]
fn a_preview_says_what_would_come_of_it_and_changes_nothing() {
    let world = World::new();
    let preview = tokens::preview(world.app(), &world.own(&world.bob), &labs("")).unwrap();
    assert!(preview.needs_approval && preview.overview.is_some());
    assert_eq!(
        preview.faults.iter().map(|f| &*f.field).collect::<Vec<_>>(),
        ["name"]
    );
    let owners = tokens::preview(world.app(), &world.own(&world.ann), &labs("t")).unwrap();
    assert!(!owners.needs_approval && owners.faults.is_empty());
    assert_eq!(
        crate::outcome::count(&world.kit, "SELECT COUNT(*) FROM tokens"),
        0
    );
    assert_eq!(
        make(&world, &labs("t")).unwrap().view.row.standing,
        Standing::Pending
    );
    // A name that is taken, as making it would say; another person's takes none.
    let taken = tokens::preview(world.app(), &world.own(&world.bob), &labs("T")).unwrap();
    let told: Vec<_> = taken.faults.iter().map(|f| (&*f.field, f.code)).collect();
    assert_eq!(told, [("name", "already_exists")]);
    assert_eq!(fault(make(&world, &labs("T"))), told[0]);
    let other = tokens::preview(world.app(), &world.own(&world.ann), &labs("t")).unwrap();
    assert!(other.faults.is_empty());
}
