//! Files and folders by their paths, against what git says of them.

use serde_json::json;

use crate::world::{CONTENT, LABS, World, decoded, has_all, names};

#[test]
fn a_file_is_what_git_has_at_its_path() {
    let world = World::filled();
    let file = world.read("/contents/docs/guide.md");
    has_all(&file, CONTENT);
    assert_eq!(file["type"], "file");
    assert_eq!(file["encoding"], "base64");
    assert_eq!(file["sha"], json!(world.id("main:docs/guide.md")));
    assert_eq!(decoded(&file["content"]), b"one\n2\nthree\nfour\n");
    assert_eq!(
        (&file["name"], &file["path"]),
        (&json!("guide.md"), &json!("docs/guide.md"))
    );
    assert_eq!(file["size"], 17);
    let again = file["url"].as_str().unwrap();
    let again = again
        .strip_prefix(world.site.url())
        .unwrap()
        .strip_prefix(LABS)
        .unwrap();
    assert_eq!(world.read(again), file, "its own address leads to it");
    // GitHub's JavaScript client sends a path as one word.
    assert_eq!(world.read("/contents/docs%2Fguide.md"), file);
    for name in [
        "v1",
        "light",
        "feature/x",
        "feature%2Fx",
        "refs/heads/feature/x",
        "heads/feature/x",
        &world.id("v1^{}")[..12],
    ] {
        let before = world.read(&format!("/contents/docs/guide.md?ref={name}"));
        assert_eq!(decoded(&before["content"]), b"one\ntwo\nthree\n", "{name}");
    }
    assert_eq!(
        decoded(&world.read("/contents/binary")["content"]),
        [0, 1, 2, 255, 0]
    );
    let raw = world.media("/contents/docs/guide.md", "application/vnd.github.raw+json");
    assert_eq!(
        (raw.status, raw.text().as_str()),
        (200, "one\n2\nthree\nfour\n")
    );
    assert_eq!(raw.header("x-content-type-options"), Some("nosniff"));
    let html = world.media("/contents/docs/guide.md", "application/vnd.github.html");
    assert_eq!(
        (html.status, &html.json()["reason"]),
        (415, &json!("media_type"))
    );
    world.missing("/contents/nothing");
    world.missing("/contents/README.md/below");
    world.missing("/contents/README.md?ref=nothing");
}

#[test]
fn a_folder_is_listed_and_is_an_object_where_that_is_asked_for() {
    let world = World::filled();
    for path in ["/contents", "/contents/", "/contents?ref=main"] {
        let listed = world.read(path);
        let expected = world.git(&["ls-tree", "--name-only", "main"]);
        assert_eq!(
            names(&listed, "name"),
            expected.lines().collect::<Vec<_>>(),
            "{path}"
        );
        for item in listed.as_array().unwrap() {
            has_all(item, CONTENT);
            assert_eq!(item.get("content"), None);
        }
    }
    let docs = world.read("/contents/docs");
    assert_eq!(names(&docs, "path"), ["docs/guide.md"]);
    assert_eq!(world.read("/contents/docs/"), docs);
    let object = world
        .media("/contents/docs", "application/vnd.github.object")
        .json();
    has_all(&object, CONTENT);
    assert_eq!(
        (&object["type"], &object["entries"]),
        (&json!("dir"), &docs)
    );
    let top = world
        .media("/contents", "application/vnd.github.v3.object")
        .json();
    assert_eq!(top["path"], "");
}

#[test]
fn links_are_followed_inside_the_repository_and_nowhere_else() {
    let world = World::filled();
    let followed = world.read("/contents/link");
    assert_eq!(
        (&followed["type"], &followed["path"]),
        (&json!("file"), &json!("link"))
    );
    assert_eq!(decoded(&followed["content"]), b"one\n2\nthree\nfour\n");
    for (name, target) in [
        ("link-to-folder", "docs"),
        ("link-to-root", "/etc/passwd"),
        ("link-outside", "../../../../etc/passwd"),
        ("link-to-nothing", "nothing"),
        ("link-to-link", "link"),
    ] {
        let link = world.read(&format!("/contents/{name}"));
        has_all(&link, CONTENT);
        assert_eq!(
            (&link["type"], &link["target"]),
            (&json!("symlink"), &json!(target))
        );
        assert_eq!(link.get("content"), None, "{name}");
    }
    world.missing("/contents/link-to-folder/guide.md");
    let module = world.read("/contents/libs/other");
    has_all(&module, CONTENT);
    assert_eq!(module["type"], "submodule");
    assert_eq!(module["submodule_git_url"], "https://example.org/other.git");
    assert_eq!(
        world.read("/contents/libs")[0]["type"],
        "file",
        "GitHub's lists say so"
    );
    world.missing("/contents/libs/other/README.md");
}

#[test]
fn the_readme_is_found_whatever_its_letters() {
    let world = World::filled();
    let readme = world.read("/readme");
    has_all(&readme, CONTENT);
    assert_eq!(
        (&readme["path"], decoded(&readme["content"])),
        (&json!("README.md"), b"# Labs\n".to_vec())
    );
    world.missing("/readme/docs");
    world.write("docs/ReadMe.TXT", b"guide");
    world.git(&["add", "."]);
    world.commit("Introduce");
    world.git(&["push", "-q", "origin", "main"]);
    assert_eq!(world.read("/readme/docs")["path"], "docs/ReadMe.TXT");
    let raw = world.media("/readme", "application/vnd.github.v3.raw");
    assert_eq!(raw.text(), "# Labs\n");
}

#[test]
fn a_large_file_is_told_and_given_only_as_it_is() {
    let world = World::filled();
    let large = world.read("/contents/large");
    assert_eq!(
        (&large["encoding"], &large["content"], &large["size"]),
        (&json!("none"), &json!(""), &json!((1 << 20) + 1))
    );
    let id = world.id("main:large");
    let whole = decoded(&world.read(&format!("/git/blobs/{id}"))["content"]);
    assert_eq!(whole.len(), (1 << 20) + 1);
    // What is larger than is held in memory.
    world.write("huge", &vec![0; (32 << 20) + 1]);
    world.git(&["add", "huge"]);
    world.commit("Add what is huge");
    world.git(&["push", "-q", "origin", "main"]);
    let refused = world.get(&format!("/git/blobs/{}", world.id("main:huge")));
    assert_eq!(
        (
            refused.status,
            &refused.json()["reason"],
            &refused.json()["errors"][0]["code"]
        ),
        (403, &json!("too_large"), &json!("too_large"))
    );
}
