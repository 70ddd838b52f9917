use serde_json::json;

use super::*;
use crate::tests::signed_in;
use crate::tests::stand_in::StandIn;

const CHILDREN: &str = "POST /api/jeton/v1/token/children";
const MADE: &str = r#"{"token":"jts_child","created_at":"2026-11-21T08:00:00Z","expires_at":"2026-11-21T09:00:00Z"}"#;

/// What Git is answered; `words` stand before the operation.
fn git(home: &std::path::Path, words: &[&str], question: &str) -> Result<String, ClientError> {
    let all = [HELPER, "--config-dir", home.to_str().unwrap()];
    let mut line = Line::try_parse_from(all.iter().chain(words)).unwrap();
    if !words.contains(&"--host") {
        line.globals.host = None;
    }
    let mut out = Vec::new();
    answer(&line, &mut question.as_bytes(), &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

fn question(server: &StandIn, rest: &str) -> String {
    let host = server.url.trim_start_matches("http://");
    format!("protocol=http\nhost={host}\n{rest}")
}

#[test]
fn git_is_given_a_child_for_the_repository_that_it_names() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let asked = question(&server, "path=alta3/labs.git\n");
    server.answer(CHILDREN, 201, MADE);
    let before = crate::edge::now().seconds();
    let said = git(home.path(), &["get"], &asked).unwrap();
    let (head, end) = said.trim_end().split_once("password_expiry_utc=").unwrap();
    assert_eq!(head, "username=x-access-token\npassword=jts_child\n");
    let lasts = end.parse::<i64>().unwrap() - before;
    assert!(
        (3600..3660).contains(&lasts),
        "by this machine's clock: {lasts}"
    );
    let wish = &server.taken()[0];
    assert_eq!(wish.header("authorization"), Some("Bearer jtu_x"));
    assert_eq!(wish.body["owner"], "alta3");
    assert_eq!(wish.body["repositories"], json!(["labs"]));
    assert_eq!(wish.body["permissions"], json!({ "contents": "write" }));

    server.answer(CHILDREN, 201, MADE);
    let newer = format!("capability[]=authtype\ncapability[]=state\n{asked}username=mia\n");
    let said = git(home.path(), &["get"], &newer).unwrap();
    assert!(
        said.starts_with("capability[]=authtype\nauthtype=Bearer\nephemeral=1\ncredential=jts_child\npassword_expiry"),
        "{said}"
    );
    server.taken();
}

#[test]
fn less_is_asked_for_where_more_is_refused() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let asked = question(&server, "path=alta3/labs\nusername=mia\n");
    for _ in 0..2 {
        server.answer(CHILDREN, 422, r#"{"message":"Validation Failed"}"#);
    }
    server.answer(CHILDREN, 201, MADE);
    let said = git(home.path(), &["--workflows", "get"], &asked).unwrap();
    assert!(
        said.starts_with("username=mia\npassword=jts_child\n"),
        "{said}"
    );
    let wishes: Vec<_> = server.taken().into_iter().map(|asked| asked.body).collect();
    assert_eq!(
        wishes[0]["permissions"],
        json!({ "contents": "write", "workflows": "write" })
    );
    assert_eq!(wishes[1]["permissions"], json!({ "contents": "write" }));
    assert_eq!(wishes[2]["permissions"], json!({ "contents": "read" }));
    // Another refusal is no reason to ask for less.
    server.answer(
        CHILDREN,
        403,
        r#"{"message":"There are 1000 living children"}"#,
    );
    let error = git(home.path(), &["get"], &asked).unwrap_err();
    assert!(error.is_status(403), "{error}");
    server.taken();
}

/// SECURITY: what is not ours hears nothing and is told nothing, and no credential goes where it was not made for.
#[test]
fn other_hosts_are_met_with_silence() {
    let (server, other) = (StandIn::start(), StandIn::start());
    let home = signed_in(&server);
    let elsewhere = question(&other, "path=alta3/labs\n");
    for words in [
        &["get"][..],
        &["--token", "jtu_given", "get"],
        &["--token", "jtu_given", "--host", &server.url, "get"],
        &["erase"],
    ] {
        let asked = format!("{elsewhere}password=jts_x\n");
        assert_eq!(git(home.path(), words, &asked).unwrap(), "");
    }
    for odd in [
        "",
        "nonsense",
        "protocol=ssh\nhost=h\npath=a/b\n",
        "protocol=https\n",
        "host=h\n",
        "protocol=http\nhost=a b\npath=a/b\n",
        "protocol=http\nhost=u:p@h\n",
    ] {
        assert_eq!(git(home.path(), &["get"], odd).unwrap(), "", "{odd}");
    }
    // A credential that was given goes to the server that was named for it.
    server.answer(CHILDREN, 201, MADE);
    let words = ["--token", "jtu_given", "--host", &server.url, "get"];
    git(home.path(), &words, &question(&server, "path=alta3/labs\n")).unwrap();
    assert_eq!(
        server.taken()[0].header("authorization"),
        Some("Bearer jtu_given")
    );
    assert!(other.taken().is_empty());
}

#[test]
fn nothing_is_made_where_git_names_no_repository_and_nothing_is_stored() {
    let server = StandIn::start();
    let home = signed_in(&server);
    for rest in [
        "",
        "path=\n",
        "path=alta3\n",
        "path=/\n",
        "path=alta3/.git\n",
    ] {
        let said = git(home.path(), &["get"], &question(&server, rest)).unwrap();
        assert_eq!(said, "", "{rest}");
    }
    for operation in ["store", "capability", "odd"] {
        let asked = question(&server, "path=a/b\npassword=jts_x\n");
        assert_eq!(git(home.path(), &[operation], &asked).unwrap(), "");
    }
    assert!(server.taken().is_empty());
}

/// SECURITY: Git tells of every password that was refused, a person's own token among them.
#[test]
fn a_child_that_was_refused_is_ended_and_nothing_else() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let erase = |password: &str| {
        let asked = question(
            &server,
            &format!("path=a/b\nusername=x\npassword={password}\n"),
        );
        git(home.path(), &["erase"], &asked).unwrap();
        let taken = server.taken();
        taken
            .into_iter()
            .map(|asked| asked.line)
            .collect::<Vec<_>>()
    };
    assert!(erase("jeton_pat_mine").is_empty());
    assert!(erase("a password").is_empty());
    let look = "GET /api/jeton/v1/token";
    server.answer(look, 200, r#"{"kind":"job"}"#);
    assert_eq!(erase("jts_job"), [look]);
    server.answer(look, 401, r#"{"message":"Bad credentials"}"#);
    assert_eq!(erase("jts_dead"), [look]);
    server.answer(look, 200, r#"{"kind":"child"}"#);
    server.answer("DELETE /api/jeton/v1/token", 200, "{}");
    assert_eq!(erase("jts_child"), [look, "DELETE /api/jeton/v1/token"]);
}

#[test]
fn a_line_break_in_an_answer_makes_no_line() {
    let server = StandIn::start();
    let home = signed_in(&server);
    let made = MADE.replace("jts_child", "jts_child\\nurl=http://elsewhere");
    server.answer(CHILDREN, 201, &made);
    let asked = question(&server, "path=a/b\n");
    assert!(git(home.path(), &["get"], &asked).is_err());
    server.taken();
}

#[test]
fn too_much_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    let long = format!("protocol=http\nhost=h\npath={}\n", "x/".repeat(1 << 20));
    assert_eq!(git(home.path(), &["get"], &long).unwrap(), "");
}
