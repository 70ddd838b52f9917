//! Git itself, in each version that there is, and `curl`.

use crate::table::held;
use crate::world::World;

const ROUND: &str = "\
    $GIT clone -q \"https://ann:$OWN@$HOST/ann/notes\" work && cd work && test \"$(cat file)\" = one && echo two > file && \
    $GIT commit -qam two && $GIT push -q origin HEAD:main HEAD:refs/tags/v1 && $GIT push -q origin :refs/tags/v1 && \
    $GIT fetch -q --depth 1 origin && $GIT ls-remote -q --tags origin && \
    ! $GIT ls-remote -q \"https://$HOST/ann/notes\" && ! $GIT push -q \"https://ann:$OWN@$HOST/acme/labs\" HEAD:other";

/// Debian's, and any other that comes first.
fn round(git: &str) -> World {
    let world = World::new();
    world.shell(ROUND, &[("GIT", git)]).well();
    world
}

#[test]
fn git_as_debian_has_it() {
    let world = round("/usr/bin/git");
    held(&world, "git (Debian's)");
}

#[test]
fn git_as_it_is_found_first() {
    let world = round("git");
    held(&world, "git (the first on the path)");
}

#[test]
fn curl_asks_by_every_carrier_and_again_by_tag() {
    let world = World::new();
    let script = "\
        for header in \"Bearer $OWN\" \"token $OWN\" \"Basic $(printf 'x:%s' \"$OWN\" | base64 -w0)\"; do \
            test \"$(curl -sS -o /dev/null -w '%{http_code}' -H \"Authorization: $header\" $API/user)\" = 200; \
        done; \
        curl -sS -u \"ann:$OWN\" --etag-save tag -o first $API/repos/ann/notes && \
        test \"$(curl -sS -u \"ann:$OWN\" --etag-compare tag -o again -w '%{http_code}' $API/repos/ann/notes)\" = 304 && \
        test \"$(curl -sSI -u \"ann:$OWN\" -o /dev/null -w '%{http_code}' $API/repos/ann/notes)\" = 200 && \
        test \"$(curl -sS -u \"ann:$OWN\" -o /dev/null -w '%{http_code}' https://api.$HOST/user)\" = 200 && \
        curl -sS -u \"ann:$OWN\" -D head -o /dev/null $API/emojis && grep -q '^HTTP/1.1 404' head";
    world.shell(script, &[]).well();
    // What an answer calls the request is what the log calls it.
    let head = std::fs::read_to_string(world.path("head")).unwrap();
    let id = head
        .lines()
        .find_map(|line| line.strip_prefix("x-github-request-id: "))
        .unwrap()
        .trim();
    assert!(world.log().contains(&format!("request=\"{id}\"")), "{id}");
    held(&world, "curl");
}
