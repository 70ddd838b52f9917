//! Forms that more than one operation's fields have.

use jeton_domain::{Id, RefPattern, Time};
use jeton_http::{Field, Form};

/// A network in CIDR form.
const NETWORK: Form = Form::Read(
    "a network such as `192.0.2.0/24` or `2001:db8::/32`",
    |text| text.parse::<ipnet::IpNet>().is_ok(),
);

/// Which addresses may come.
pub(crate) const ADDRESSES: Form =
    Form::Variant(&[("unrestricted", None), ("only", Some(Form::List(&NETWORK)))]);

/// The longest life, in days: a hundred years at most.
pub(crate) const MAXIMUM: Form = Form::Variant(&[
    ("unlimited", None),
    ("days", Some(Form::NumberIn(1, 36_525))),
]);

/// What a rule for approval says, all of it.
pub(crate) const RULE: &[Field] = &[
    Field::needed(
        "name",
        Form::Text,
        "Its name: the log and the notice say it. At most 80 characters.",
    ),
    Field::needed(
        "permissions",
        Form::TextByName,
        "The highest level of each permission: `{\"contents\": \"read\"}`.",
    ),
    Field::needed(
        "repositories",
        Form::Either(&[Form::OneOf(&["all"]), Form::List(&Form::Text)]),
        "`all`, or names of repositories.",
    ),
    Field::needed(
        "maximum",
        MAXIMUM,
        "How long a value may live: `{\"days\": 30}`.",
    ),
    Field::needed(
        "who",
        Form::Either(&[Form::OneOf(&["members"]), Form::List(&Form::Text)]),
        "Whose requests: `members`, or teams by their slugs.",
    ),
];

/// How long a token shall live.
pub(crate) const EXPIRES_IN: Form = Form::Either(&[
    Form::NumberIn(1, 366),
    Form::Read("`none`", |text| {
        text == "none" || matches!(text.parse(), Ok(1_u16..=366))
    }),
]);

/// When a token shall end.
pub(crate) const EXPIRES_AT: Form = Form::Either(&[
    // One that is too late to be a moment here is beyond the owner's maximum, and told so.
    Form::Read(MOMENT, |text| {
        Time::parse_iso(text).is_some() || Time::is_too_late(text)
    }),
    Form::OneOf(&["none"]),
]);
const MOMENT: &str = "a date or a moment in ISO 8601, such as `2026-12-24T18:00:00Z`";

/// `by_repository`, or names of packages.
pub(crate) const PACKAGES: Form =
    Form::Either(&[Form::OneOf(&["by_repository"]), Form::List(&Form::Text)]);
/// Which repositories a token selects.
pub(crate) const SELECTION: Form =
    Form::Either(&[Form::OneOf(&["public", "all"]), Form::List(&Form::Text)]);

const WITHIN: &[Field] = &[
    Field::needed("zone", Form::Text, "An IANA zone: `Europe/Berlin`."),
    Field::needed(
        "from",
        Form::NumberIn(0, 1439),
        "Minutes after midnight, included.",
    ),
    Field::needed(
        "to",
        Form::NumberIn(0, 1440),
        "Minutes after midnight, not included.",
    ),
    Field::needed(
        "days",
        Form::NumberIn(1, 127),
        "Weekdays as bits: Monday 1, Sunday 64.",
    ),
];

const REFS: &[Field] = &[
    Field::needed(
        "patterns",
        Form::List(&Form::Read(
            "a pattern that begins with `refs/`, such as `refs/heads/agent/*`",
            |text| RefPattern::parse(text).is_some(),
        )),
        "Which refs may be written.",
    ),
    Field::needed("no_force", Form::Boolean, "Only forwards."),
    Field::needed("no_delete", Form::Boolean, "None may be deleted."),
];

const CONDITION: &[Field] = &[
    Field::optional("addresses", ADDRESSES, "From where."),
    Field::optional(
        "hours",
        Form::Variant(&[("always", None), ("within", Some(Form::Record(WITHIN)))]),
        "When.",
    ),
    Field::optional(
        "refs",
        Form::Variant(&[("unrestricted", None), ("only", Some(Form::Record(REFS)))]),
        "Which refs it may write.",
    ),
];

/// Sets of conditions on a token.
pub(crate) const CONDITIONS: Form = Form::List(&Form::Record(CONDITION));

/// Numbers of a body as ids; else those that can be nobody's.
pub(crate) fn ids<T: Id>(numbers: &[i64]) -> Result<Vec<T>, Vec<i64>> {
    let strangers: Vec<i64> = numbers
        .iter()
        .copied()
        .filter(|number| T::from_i64(*number).is_none())
        .collect();
    if strangers.is_empty() {
        Ok(numbers.iter().filter_map(|n| T::from_i64(*n)).collect())
    } else {
        Err(strangers)
    }
}
