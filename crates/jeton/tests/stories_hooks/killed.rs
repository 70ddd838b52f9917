//! A server that is killed while it tells.

use jeton_domain::{HookId, Id};
use jeton_store::hooks::{self, HookOwner, HookRow};
use jeton_store::{Incarnation, Options, Store};
use jeton_testkit::Receiver;
use serde_json::json;

use crate::kept::row;
use crate::server::Server;
use crate::support::NOW;
use crate::support::database::{Database, on_both};

on_both!(what_a_killed_server_was_at_is_sent_again_by_the_same_name_and_nothing_is_lost);

fn what_a_killed_server_was_at_is_sent_again_by_the_same_name_and_nothing_is_lost(
    database: Database,
) {
    let receiver = Receiver::start();
    let mut settings = vec![("webhooks.allow", "127.0.0.1".to_owned())];
    settings.extend(database.url().map(|url| ("database", url)));
    let mut server = Server::new(&settings);
    server.start();
    server.add_user("nina");
    let nina = server.sign_in("nina");
    let made = server.must(
        "POST",
        "/api/v3/user/repos",
        &nina,
        &json!({ "name": "code" }),
    );
    server.kill();
    let store = database.open(&server.data(), &Options::new(NOW, Incarnation(99)));
    keep(&store, made["id"].as_i64().unwrap(), &receiver);
    drop(store);
    server.start();
    receiver.answers(0);
    for number in 0..3 {
        let path = format!("/api/v3/repos/nina/code/contents/file-{number}");
        let body = json!({ "message": "Write it", "content": "aGVsbG8K" });
        server.must("PUT", &path, &nina, &body);
    }
    receiver.wait(1);
    server.kill();
    receiver.answers(200);
    server.start();
    let heard = receiver.wait(4);
    let names: Vec<_> = heard
        .iter()
        .map(|heard| heard.header("X-GitHub-Delivery").unwrap())
        .collect();
    assert_eq!(
        names[0], names[1],
        "it was heard, and nobody had noted that"
    );
    let files: Vec<_> = heard[1..]
        .iter()
        .map(|heard| heard.json()["commits"][0]["added"][0].clone())
        .collect();
    assert_eq!(files, ["file-0", "file-1", "file-2"]);
    // Whatever is noted is not sent again.
    let path = "/api/v3/repos/nina/code/hooks/9000001/deliveries";
    let noted = || {
        let over = server.must("GET", path, &nina, &json!(null));
        let over = over.as_array().unwrap();
        over.iter().filter(|each| each["status"] == "OK").count()
    };
    for _ in 0..100 {
        if noted() == 3 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(noted(), 3);
    server.kill();
    server.start();
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(receiver.heard().len(), 4);
    server.kill();
    drop(database);
}

fn keep(store: &Store, repository: i64, receiver: &Receiver) {
    let owner = HookOwner::Repository(Id::from_i64(repository).unwrap());
    store
        .write(|unit| {
            let nina = jeton_store::users::by_login(unit, "nina")?.unwrap().id;
            let id = HookId::from_i64(9_000_001).unwrap();
            let kept = HookRow {
                created_by: nina.into(),
                events: vec!["push".to_owned()],
                ..row(id, owner, receiver.url("/"))
            };
            hooks::insert(unit, &kept)
        })
        .unwrap();
}
