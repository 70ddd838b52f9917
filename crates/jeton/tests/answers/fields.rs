//! Fields and parameters: every one that is wrong is named, with what it takes.

use jeton_domain::CredentialKind;
use jeton_http::{Form, Method, Route};
use serde_json::{Value, json};

use crate::support::routes::target;
use crate::world::{World, check_faults, rest};

/// Words that only the code knows.
const INSIDE: &[&str] = &[
    "u8",
    "u16",
    "u32",
    "u64",
    "i64",
    "usize",
    "untagged",
    "enum",
    "struct",
    "variant",
    "expected",
    "invalid type",
    "invalid value",
    "invalid length",
    "invalid digit",
    "IpNet",
    "AddrParse",
    "serde",
    "::",
    "Some(",
    "Wish",
];

/// Values of another form than the one that is declared.
fn wrong(form: Form) -> Vec<Value> {
    match form {
        Form::Text | Form::Name | Form::Moment | Form::Read(..) | Form::OneOf(_) => {
            vec![json!(1), json!(true), json!([]), json!({}), json!(["x"])]
        }
        Form::Number | Form::NumberIn(..) => {
            vec![json!("x"), json!("1"), json!(1.5), json!(1e300), json!([1])]
        }
        Form::Boolean => vec![json!(1), json!("true"), json!([])],
        Form::Texts | Form::List(_) => vec![json!("x"), json!(1), json!([1]), json!({})],
        Form::Numbers => vec![json!(1), json!(["1"]), json!([1.5]), json!({})],
        Form::Object => vec![json!("x"), json!([]), json!(1)],
        Form::TextByName | Form::Record(_) => {
            vec![json!("x"), json!([]), json!({ "contents": 1 })]
        }
        Form::Variant(_) => vec![
            json!(1),
            json!("nonsense"),
            json!({}),
            json!({ "nonsense": 1 }),
            json!({ "only": ["10.0.0.0/99"] }),
        ],
        Form::Either(_) => vec![json!(1.5), json!(-1), json!(true), json!({})],
        Form::Just(holds) => vec![json!(!holds), json!(1), json!("true"), json!([])],
        Form::Unset => vec![
            json!(true),
            json!(1),
            json!("x"),
            json!([1]),
            json!({ "x": 1 }),
        ],
    }
}

/// What fits the form and is hard to take all the same.
fn hard(form: Form) -> Vec<Value> {
    let long = "x".repeat(20_000);
    match form {
        Form::Number | Form::NumberIn(..) => vec![json!(0), json!(-1), json!(i64::MAX)],
        Form::Texts | Form::List(_) => vec![json!([]), json!([long]), json!([""])],
        Form::Numbers => vec![json!([]), json!([0]), json!([-1]), json!([i64::MAX])],
        Form::TextByName => vec![json!({ long: "read" }), json!({ "contents": "nonsense" })],
        Form::Boolean
        | Form::Variant(_)
        | Form::Record(_)
        | Form::Just(_)
        | Form::Unset
        | Form::Object => {
            vec![Value::Null]
        }
        _ => vec![
            json!(""),
            json!(long),
            json!("\u{0}"),
            json!("\u{202e}x"),
            Value::Null,
        ],
    }
}

#[test]
fn every_field_of_every_body_says_what_it_takes() {
    let world = World::new(&[]);
    world.site.token(&world.olivia, &json!({ "name": "first" }));
    let mut seen = 0;
    for (route, prefix, _) in rest() {
        // Nobody has a passkey here, and what is not there is told before its body: its name is tried
        // where there are passkeys, in `jeton_app`'s factor tests.
        // Nor is anybody an application here, which proves itself before its body is read.
        let name = route.operation.name;
        if name == "factors.rename_passkey" || name.starts_with("oauth_") {
            continue;
        }
        for field in route.body.iter().chain(route.settled) {
            for (value, must_fail) in wrong(field.form)
                .into_iter()
                .map(|value| (value, true))
                .chain(hard(field.form).into_iter().map(|value| (value, false)))
            {
                let path = target(route, prefix, "secret");
                let body = json!({ field.name: value });
                let answer = world.by(&world.olivia, route.method.name(), &path, &body);
                let shown: String = body.to_string().chars().take(200).collect();
                let what = format!(
                    "{} {path} {shown}: {} {}",
                    route.method.name(),
                    answer.status,
                    answer.text()
                );
                assert!(answer.status < 500, "{what}");
                seen += 1;
                // Every text has an end.
                let long = value.as_str().is_some_and(|text| text.len() > 10_000);
                // What is wrong with a document stands in the answer.
                let said = answer.json()["errors"].is_array();
                let made = answer.status < 300 && !path.ends_with("/preview") && !said;
                assert!(!(long && made), "{what}");
                if answer.status == 422 {
                    let fields = check_faults(&answer, &what);
                    assert!(
                        !must_fail || fields.iter().any(|name| name == field.name),
                        "{what}"
                    );
                    for word in INSIDE {
                        let messages = answer.json()["errors"].to_string();
                        let messages = messages.replace("2001:db8::/32", "");
                        assert!(!messages.contains(word), "`{word}` in {what}");
                    }
                } else {
                    assert!(!must_fail, "{what}");
                }
            }
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn fields_inside_fields_are_named_by_their_way() {
    let world = World::new(&[]);
    let make = |more: Value| {
        let mut body = json!({ "name": "t" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = world.by(&world.olivia, "POST", "/api/jeton/v1/tokens", &body);
        let what = format!("{body}: {}", answer.text());
        assert_eq!(answer.status, 422, "{what}");
        answer.json()["errors"][0]["message"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (body, says) in [
        (
            json!({ "expires_in": -1 }),
            "`expires_in` must be a whole number from 1 to 366, or `none`. Days, 1 to 366, or `none`. 30, if not said.",
        ),
        (
            json!({ "conditions": [{ "addresses": { "only": ["10.0.0.0/99"] } }] }),
            "`conditions[0].addresses.only[0]` must be a network such as `192.0.2.0/24` or `2001:db8::/32`",
        ),
        (
            json!({ "conditions": [{}, { "hours": { "within": { "zone": "Europe/Berlin", "from": 0, "to": 9, "days": 1000 } } }] }),
            "`conditions[1].hours.within.days` must be a whole number from 1 to 127",
        ),
        (
            json!({ "conditions": [{ "refs": { "only": { "patterns": ["main"] } } }] }),
            "`conditions[0].refs.only.patterns[0]` must be a pattern that begins with `refs/`, such as `refs/heads/agent/*`",
        ),
        (
            json!({ "conditions": [{ "adresses": {} }] }),
            "`conditions[0].adresses` is no field here; there are `addresses`, `hours`, `refs`",
        ),
        (
            json!({ "permissions": { "contents": 7 } }),
            "`permissions.contents` must be a text",
        ),
        (
            json!({ "repositories": ["a", 7] }),
            "`repositories[1]` must be a text",
        ),
    ] {
        assert_eq!(make(body), says);
    }
    let set = |body: &Value| {
        let answer = world.by(
            &world.olivia,
            "PATCH",
            "/api/jeton/v1/orgs/acme/policy",
            body,
        );
        answer.json()["errors"][0]["message"].clone()
    };
    assert_eq!(
        set(&json!({ "fine_grained_maximum": { "days": -1 } })),
        "`fine_grained_maximum.days` must be a whole number from 1 to 36525"
    );
    assert_eq!(
        set(&json!({ "addresses": { "only": ["here"] } })),
        "`addresses.only[0]` must be a network such as `192.0.2.0/24` or `2001:db8::/32`"
    );
}

#[test]
fn a_parameter_that_is_not_declared_is_refused_where_we_shaped_the_route() {
    let world = World::new(&[]);
    for package in ["@acme/secret", "@olivia/secret"] {
        let made = world.site.publish(&world.olivia.client, package, "1.0.0");
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let (mut ours, mut shaped, mut access) = (0, 0, 0);
    // What is closed to sign-ins is asked by none.
    let open = |route: &Route| route.operation.kinds.has(CredentialKind::Client);
    for (route, prefix, strict) in
        rest().filter(|(route, ..)| route.method == Method::Get && open(route))
    {
        let path = target(route, prefix, "secret");
        let ask = |query: &str| {
            world.by(
                &world.olivia,
                "GET",
                &format!("{path}?{query}"),
                &Value::Null,
            )
        };
        let plain = world.by(&world.olivia, "GET", &path, &Value::Null).status;
        let unknown = ask("per_pgae=1");
        // Of those that others shaped, the lists of who has access and the log refuse it too.
        if strict || route.refuses_but.is_some() {
            if strict {
                ours += 1;
            } else {
                access += 1;
            }
            assert_eq!(unknown.status, 422, "{path}: {}", unknown.text());
            assert_eq!(check_faults(&unknown, &path), ["per_pgae"]);
            assert!(unknown.text().contains("`per_pgae` is no parameter here; "));
            // Who may not come in learns nothing of it.
            let nobody = |query: &str| {
                let answer = world
                    .site
                    .call("GET", &format!("{path}{query}"), None, &Value::Null);
                answer.status
            };
            if nobody("") >= 400 {
                assert_eq!(nobody("?per_pgae=1"), nobody(""), "{path}");
            }
        } else {
            shaped += 1;
            assert_eq!(unknown.status, plain, "{path}: {}", unknown.text());
        }
        for field in route.parameters() {
            let bad = match field.form {
                Form::OneOf(_) | Form::Moment | Form::Numbers | Form::NumberIn(..) => "sideways",
                Form::Number if strict || !["page", "per_page"].contains(&field.name) => "1x",
                _ => continue,
            };
            let answer = ask(&format!("{}={bad}", field.name));
            assert_eq!(
                answer.status,
                422,
                "{path} {}: {}",
                field.name,
                answer.text()
            );
            assert_eq!(check_faults(&answer, &path), [field.name]);
        }
        if route.paged {
            for query in [
                "page=0",
                "per_page=0",
                "per_page=100000",
                "page=99999999999999999999",
            ] {
                assert_eq!(ask(query).status, plain, "{path}?{query}");
            }
            let far = ask("page=99999999999999999999");
            // Some lists stand in an object, beside how many there are.
            let nothing = match far.json() {
                Value::Object(fields) => {
                    let mut lists = fields.values().filter(|field| field.is_array());
                    lists.all(|list| *list == json!([]))
                }
                list => list == json!([]),
            };
            assert!(plain != 200 || nothing, "{path}: {}", far.text());
        }
    }
    assert!(
        ours > 10 && shaped > 20 && access >= 5,
        "{ours} {shaped} {access}"
    );
}
