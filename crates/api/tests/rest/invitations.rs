//! Invitations through this door, in GitHub's shapes.

use jeton_domain::{OrganizationRole, Visibility};
use serde_json::{Value, json};

use crate::server::Server;

#[test]
fn an_owner_invites_sends_again_and_cancels_and_the_invited_answer() {
    let server = Server::start();
    let kit = &server.kit;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|login| kit.person(login));
    kit.organization("acme", &ann);
    let invitations = "/api/v3/orgs/acme/invitations";
    let made = server.by(
        &ann,
        "POST",
        invitations,
        json!({ "invitee_id": bob.id.get(), "role": "admin" }),
    );
    assert_eq!(made.status, 201);
    assert_eq!(
        (made.text("login"), made.text("role"), made.text("state")),
        ("bob", "admin", "pending")
    );
    assert_eq!(made.body["email"], Value::Null);
    assert_eq!(made.body["inviter"]["login"], "ann");
    let mailed = server.by(
        &ann,
        "POST",
        invitations,
        json!({ "email": "zoe@example.org", "team_ids": [] }),
    );
    assert_eq!(
        (mailed.status, mailed.text("role"), mailed.text("email")),
        (201, "direct_member", "zoe@example.org")
    );
    for answer in [&made, &mailed] {
        let keys: Vec<&String> = answer.body.as_object().unwrap().keys().collect();
        assert!(
            !answer.body.to_string().contains("code") && keys.len() == 16,
            "nobody who invites sees the link: {keys:?}"
        );
    }
    let wrong = [
        json!({}),
        json!({ "invitee_id": bob.id.get(), "email": "b@example.org" }),
        json!({ "email": "x" }),
        json!({ "email": "a@b\r\nBcc: c@d" }),
        json!({ "invitee_id": 99_999 }),
        json!({ "email": "y@example.org", "team_ids": [1] }),
        json!({ "email": "y@example.org", "role": "billing_manager" }),
    ];
    for body in wrong {
        let refused = server.by(&ann, "POST", invitations, body.clone());
        assert_eq!(refused.status, 422, "{body}");
    }
    assert_eq!(server.get(&ann, invitations).each("state").len(), 2);
    for person in [&bob, &eve] {
        assert_eq!(
            server.get(person, invitations).status,
            403,
            "owners alone read who is invited"
        );
    }
    let own = server.get(&bob, "/api/jeton/v1/invitations");
    assert_eq!(own.each("organization"), ["acme"]);
    let id = &made.body["id"];
    let accept = format!("/api/jeton/v1/invitations/{id}/accept");
    assert_eq!(server.by(&eve, "POST", &accept, json!({})).status, 404);
    assert_eq!(server.by(&bob, "POST", &accept, json!({})).status, 200);
    assert_eq!(server.by(&bob, "POST", &accept, json!({})).status, 409);
    assert_eq!(
        server
            .get(&ann, "/api/v3/orgs/acme/memberships/bob")
            .text("role"),
        "admin"
    );
    let id = &mailed.body["id"];
    let again = format!("/api/jeton/v1/orgs/acme/invitations/{id}/resend");
    assert_eq!(server.by(&ann, "POST", &again, json!({})).status, 200);
    let cancel = format!("{invitations}/{id}");
    assert_eq!(server.by(&eve, "DELETE", &cancel, Value::Null).status, 403);
    assert_eq!(server.by(&ann, "DELETE", &cancel, Value::Null).status, 204);
    assert_eq!(server.by(&ann, "DELETE", &cancel, Value::Null).status, 409);
    assert_eq!(server.by(&ann, "POST", &again, json!({})).status, 409);
}

#[test]
fn the_invited_answer_at_githubs_address() {
    let server = Server::start();
    let kit = &server.kit;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|login| kit.person(login));
    kit.organization("acme", &ann);
    kit.organization("bobs", &bob);
    let invite = json!({ "invitee_id": bob.id.get(), "role": "admin" });
    let made = server.by(&ann, "POST", "/api/v3/orgs/acme/invitations", invite);
    assert_eq!(made.status, 201);
    let list = "/api/v3/user/memberships/orgs";
    let own = |query: &str| {
        let found = server.get(&bob, &format!("{list}{query}")).body;
        let each = found.as_array().unwrap().iter();
        let words = |one: &Value| {
            let [org, state, role] = ["/organization/login", "/state", "/role"]
                .map(|at| one.pointer(at).and_then(Value::as_str).unwrap().to_owned());
            format!("{org} {state} {role}")
        };
        each.map(words).collect::<Vec<_>>()
    };
    assert_eq!(own(""), ["bobs active admin", "acme pending admin"]);
    assert_eq!(own("?state=active"), ["bobs active admin"]);
    assert_eq!(own("?state=pending"), ["acme pending admin"]);
    assert_eq!(server.get(&bob, &format!("{list}?state=x")).status, 422);
    let one = format!("{list}/ACME");
    assert_eq!(server.get(&bob, &one).text("state"), "pending");
    // What is somebody else's, or nobody's, is missing.
    let yes = || json!({ "state": "active" });
    for (person, path) in [
        (&eve, one.as_str()),
        (&bob, "/api/v3/user/memberships/orgs/nobody"),
    ] {
        assert_eq!(server.get(person, path).status, 404, "{path}");
        assert_eq!(
            server.by(person, "PATCH", path, yes()).status,
            404,
            "{path}"
        );
    }
    for body in [json!({}), json!({ "state": "pending" })] {
        assert_eq!(
            server.by(&bob, "PATCH", &one, body.clone()).status,
            422,
            "{body}"
        );
    }
    assert_eq!(
        own("?state=pending"),
        ["acme pending admin"],
        "nothing was answered"
    );
    for _ in 0..2 {
        let joined = server.by(&bob, "PATCH", &one, yes());
        assert_eq!((joined.status, joined.text("state")), (200, "active"));
    }
    assert_eq!(own(""), ["acme active admin", "bobs active admin"]);
}

#[test]
fn an_invitation_to_a_repository_is_listed_changed_and_answered() {
    let server = Server::start();
    let kit = &server.kit;
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|login| kit.person(login));
    let acme = kit.organization("acme", &ann);
    kit.member(&acme, &eve, OrganizationRole::Member);
    kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let put = |login: &str, role: &str| {
        let path = format!("/api/v3/repos/acme/lab/collaborators/{login}");
        server.by(&ann, "PUT", &path, json!({ "permission": role }))
    };
    assert_eq!(put("eve", "push").status, 204, "a member has it at once");
    let invited = put("bob", "pull");
    assert_eq!(invited.status, 201);
    assert_eq!(invited.body["invitee"]["login"], "bob");
    let at = format!("/api/v3/repos/acme/lab/invitations/{}", invited.body["id"]);
    let list = "/api/v3/repos/acme/lab/invitations";
    assert_eq!(server.get(&ann, list).each("permissions"), ["read"]);
    assert_eq!(server.get(&eve, list).status, 403);
    assert_eq!(
        server.get(&bob, list).status,
        404,
        "hidden as the repository is"
    );
    let changed = server.by(&ann, "PATCH", &at, json!({ "permissions": "maintain" }));
    assert_eq!(
        (changed.status, changed.text("permissions")),
        (200, "maintain")
    );
    let own = server.get(&bob, "/api/v3/user/repository_invitations");
    assert_eq!(own.body[0]["repository"]["full_name"], "acme/lab");
    let answer = format!("/api/v3/user/repository_invitations/{}", own.body[0]["id"]);
    assert_eq!(server.by(&eve, "PATCH", &answer, Value::Null).status, 404);
    assert_eq!(server.by(&bob, "DELETE", &answer, Value::Null).status, 204);
    assert_eq!(server.by(&bob, "PATCH", &answer, Value::Null).status, 409);
    let invited = put("bob", "pull");
    let at = format!("/api/v3/repos/acme/lab/invitations/{}", invited.body["id"]);
    assert_eq!(server.by(&ann, "DELETE", &at, Value::Null).status, 204);
    assert_eq!(server.by(&ann, "DELETE", &at, Value::Null).status, 404);
    assert_eq!(server.get(&bob, "/api/v3/repos/acme/lab").status, 404);
    let access = server.get(&ann, "/api/jeton/v1/repos/acme/lab/access");
    assert_eq!(access.each("role"), ["admin", "write"]);
    assert_eq!(access.body[1]["sources"][0]["sentence"], "given directly");
    let losses = server.get(&ann, "/api/jeton/v1/orgs/acme/members/eve/losses");
    assert_eq!(losses.body["repositories_total"], 1);
}
