//! `jeton service`: what makes a value is asked for under a key, so that a lost answer can be asked for again.

use super::stand_in::StandIn;
use super::{run, signed_in};

const MADE: &str = r#"{"id":7,"token":"jeton_pat_VALUE","old_ends_at":"2026-11-28T08:00:00Z"}"#;

#[test]
fn each_value_is_asked_for_under_a_key_of_its_own() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let at = "/api/jeton/v1/orgs/acme";
    let mut keys = Vec::new();
    for (words, path) in [
        (
            vec!["service", "token", "acme", "ci", "deploys"],
            format!("{at}/service-accounts/ci/tokens"),
        ),
        (
            vec!["service", "rotate", "acme", "ci", "7"],
            format!("{at}/service-accounts/ci/tokens/7/rotate"),
        ),
        (
            vec!["service", "hand-over", "acme", "7", "ci", "--yes"],
            format!("{at}/personal-access-tokens/7/hand-over"),
        ),
    ] {
        server.answer(&format!("POST {path}"), 201, MADE);
        let came = run(home.path(), &words, None);
        assert_eq!(
            (came.code, came.out.as_str()),
            (0, "jeton_pat_VALUE\n"),
            "{words:?}: {came:?}"
        );
        let asked = server.taken();
        let key = asked[0].header("idempotency-key").map(str::to_owned);
        assert_eq!(key.as_deref().map(str::len), Some(32), "{words:?}");
        assert!(!keys.contains(&key), "{words:?}");
        keys.push(key);
    }
}
