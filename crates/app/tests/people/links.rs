//! One-time codes: each fits its own use, in one form, under any key of the ring.

use std::collections::HashSet;

use jeton_app::{LinkCode, LinkUse};
use jeton_testkit::Kit;

use crate::sealed::under;

#[test]
fn a_code_fits_one_use_and_is_never_shown() {
    let kit = Kit::new();
    let app = kit.app();
    let code = app.new_link_code();
    assert_eq!(format!("{code:?}"), "LinkCode(…)");
    assert_ne!(code.expose(), app.new_link_code().expose());
    let digests: HashSet<[u8; 32]> = LinkUse::ALL
        .map(|use_| app.link_digest(use_, &code).unwrap().digest)
        .into();
    assert_eq!(digests.len(), LinkUse::ALL.len());
    let again = LinkCode::parse(code.expose()).unwrap();
    assert_eq!(
        app.link_digest(LinkUse::Address, &again).unwrap(),
        app.link_digest(LinkUse::Address, &code).unwrap()
    );
}

#[test]
fn what_is_no_code_is_refused_before_any_look_up() {
    let kit = Kit::new();
    let code = kit.app().new_link_code();
    let good = code.expose();
    for bad in [
        "",
        &good[1..],
        &format!("{good}0"),
        &good
            .to_uppercase()
            .replace(|c: char| c.is_ascii_digit(), "A"),
        &format!("{}é", &good[2..]),
        &format!("{}/", &good[1..]),
        &" ".repeat(40),
    ] {
        assert!(LinkCode::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn a_code_outlives_the_turning_of_the_ring() {
    let kit = Kit::new();
    let old = under(&kit, "old", &[21]);
    let code = old.new_link_code();
    let stored = old.link_digest(LinkUse::Address, &code).unwrap();
    assert_eq!(stored.key, 21);
    let both = under(&kit, "both", &[21, 22]);
    assert!(both.link_digests(LinkUse::Address, &code).contains(&stored));
    assert_eq!(both.link_digest(LinkUse::Address, &code).unwrap().key, 22);
}
