//! What is no package, and what only looks like one.

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::packages::{append, document, file, packed, path, zipped};

/// Ann, and a token of hers that publishes.
fn publisher(site: &Site) -> String {
    let ann = site.person("ann", false);
    let wish = json!({ "name": "publisher", "repositories": "all", "permissions": { "packages": "admin" } });
    site.token(&ann, &wish).value
}

/// Says no with this status and these words, and nothing is there afterwards.
#[track_caller]
fn refused(site: &Site, token: &str, name: &str, document: &Value, status: u16, words: &str) {
    let said = site.npm("PUT", &path(name), Some(token), &document.to_string());
    assert_eq!(said.status, status, "{words}: {}", said.text());
    let told = said.json()["error"].as_str().unwrap_or_default().to_owned();
    assert!(told.contains(words), "no `{words}`: {}", said.text());
    let looked = site.npm("GET", &path(name), Some(token), "");
    assert_eq!(looked.status, 404, "{}", looked.text());
    // Nothing that came in is left.
    let tmp = std::fs::read_dir(site.folder().join("data/tmp"))
        .or_else(|_| std::fs::read_dir(site.folder().join("tmp")))
        .unwrap();
    let left: Vec<_> = tmp
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with("package-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

const NAME: &str = "@ann/pad";

fn plain() -> Value {
    document(NAME, "1.0.0", &file(NAME, "1.0.0"))
}

#[test]
fn documents_that_lie_are_refused() {
    let site = Site::start();
    let token = publisher(&site);
    let version = |field: &str, value: Value| {
        let mut lie = plain();
        lie["versions"]["1.0.0"][field] = value;
        lie
    };
    let dist = |field: &str, value: &str| {
        let mut lie = plain();
        lie["versions"]["1.0.0"]["dist"][field] = json!(value);
        lie
    };
    let differs = "is not the one that the document tells of";
    for (lie, status, words) in [
        (dist("integrity", "sha512-AAAA"), 422, differs),
        (dist("shasum", &"0".repeat(40)), 422, differs),
        (dist("integrity", "sha1-AAAA"), 422, "tells neither"),
        (
            version("name", json!("@ann/other")),
            422,
            "another than the document's",
        ),
        (
            version("version", json!("1.0.1")),
            422,
            "another than the document's",
        ),
    ] {
        refused(&site, &token, NAME, &lie, status, words);
    }
    let mut lie = plain();
    lie["_attachments"]["@ann/pad-1.0.0.tgz"]["length"] = json!(7);
    refused(&site, &token, NAME, &lie, 422, differs);
    let mut lie = plain();
    lie["name"] = json!("@ann/other");
    refused(&site, &token, NAME, &lie, 422, "was put to `@ann/pad`");
    let mut lie = plain();
    lie["dist-tags"] = json!({ "latest": "0.9.0" });
    refused(&site, &token, NAME, &lie, 422, "leads to another version");
    let mut lie = plain();
    lie["dist-tags"] = json!({ "1.x": "1.0.0" });
    refused(&site, &token, NAME, &lie, 422, "no version or range");
    let mut lie = plain();
    lie["_attachments"]["@ann/pad-1.0.0.tgz"]["data"] = json!("no base64!");
    refused(&site, &token, NAME, &lie, 422, "no base64");
    let mut lie = plain();
    let second = lie["_attachments"]["@ann/pad-1.0.0.tgz"].clone();
    lie["_attachments"]["@ann/pad-1.0.1.tgz"] = second;
    refused(&site, &token, NAME, &lie, 422, "holds more");
    let mut lie = plain();
    let first = lie["versions"]["1.0.0"].clone();
    lie["versions"]["1.0.1"] = first;
    refused(&site, &token, NAME, &lie, 422, "has one version");
    let mut lie = plain();
    lie["_attachments"] = json!({});
    refused(&site, &token, NAME, &lie, 422, "brings no version");
    let mut lie = plain();
    lie["access"] = json!("everybody");
    refused(&site, &token, NAME, &lie, 422, "`access` is");
    let mut lie = plain();
    lie["repository"] = json!("ignored at the top");
    lie["_attachments"]["@ann/pad-1.0.0.tgz"]["data"] = json!(7);
    refused(&site, &token, NAME, &lie, 422, "a text in base64");
    let said = site.npm("PUT", &path(NAME), Some(&token), &lie.to_string());
    assert_eq!(said.json()["reason"], "bad_package");
    // The plain one is taken.
    let said = site.npm("PUT", &path(NAME), Some(&token), &plain().to_string());
    assert_eq!(said.status, 201, "{}", said.text());
    assert_eq!(said.json()["id"], "@ann/pad@1.0.0");
}

#[test]
fn what_is_no_json_is_refused_and_what_is_cut_off_leaves_nothing() {
    let site = Site::start();
    let token = publisher(&site);
    let whole = plain().to_string();
    let cut = &whole[..whole.len() - 200];
    let twice = whole.replacen("\"name\"", "\"name\":\"@ann/pad\",\"name\"", 1);
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "",
        "[]",
        "null",
        "{",
        "{\"name\":7}",
        cut,
        &twice,
        &deep,
        "\u{feff}{}",
    ] {
        let said = site.npm("PUT", &path(NAME), Some(&token), body);
        assert!(
            matches!(said.status, 400 | 422),
            "{}: {}",
            body.get(..40).unwrap_or(body),
            said.text()
        );
    }
    assert_eq!(site.npm("GET", &path(NAME), Some(&token), "").status, 404);
}

#[test]
fn parts_that_are_too_large_are_refused() {
    let site = Site::start();
    let token = publisher(&site);
    let large = "x".repeat(3 << 20);
    for field in ["readme", "access", "name"] {
        let mut lie = plain();
        lie[field] = json!(large);
        refused(&site, &token, NAME, &lie, 413, "larger than 1 MiB");
    }
    let mut lie = plain();
    lie["versions"]["1.0.0"]["description"] = json!(large);
    refused(&site, &token, NAME, &lie, 413, "larger than 1 MiB");
    let mut lie = plain();
    lie["dist-tags"][large.as_str()] = json!("1.0.0");
    refused(&site, &token, NAME, &lie, 413, "larger than 1 MiB");
}

#[test]
fn names_with_tricks_are_refused_or_not_there() {
    let site = Site::start();
    let token = publisher(&site);
    for name in [
        "@ann/Pad",
        "@ann/.pad",
        "@ann/_pad",
        "@ann/-pad",
        "@ann/pad~",
        "@ann/node_modules",
        "@ann/favicon.ico",
    ] {
        let made = document(name, "1.0.0", &file(name, "1.0.0"));
        let said = site.npm("PUT", &path(name), Some(&token), &made.to_string());
        assert_eq!(said.status, 422, "{name}: {}", said.text());
    }
    for (name, at) in [
        ("pad", "/npm/pad"),
        ("@/pad", "/npm/@%2fpad"),
        ("@ann/", "/npm/@ann%2f"),
        ("@ann/a/b", "/npm/@ann%2fa%2fb"),
        ("@ann/..", "/npm/@ann%2f.."),
        ("@ann/a\\b", "/npm/@ann%2fa%5cb"),
        ("@ann/a\0", "/npm/@ann%2fa%00"),
        ("ann/pad", "/npm/ann/pad"),
        ("@nobody/pad", "/npm/@nobody%2fpad"),
    ] {
        let made = document(name, "1.0.0", &file(name, "1.0.0"));
        let said = site.npm("PUT", at, Some(&token), &made.to_string());
        assert_eq!(said.status, 404, "{name}: {}", said.text());
    }
    for version in ["1", "v1.0.0", "1.0.0+b", "../1.0.0", "1.0.0 ", ""] {
        let made = document(NAME, version, &file(NAME, version));
        let said = site.npm("PUT", &path(NAME), Some(&token), &made.to_string());
        assert_eq!(said.status, 422, "{version}: {}", said.text());
    }
}

#[test]
fn files_that_lead_out_or_are_bombs_are_refused() {
    let site = Site::start();
    let token = publisher(&site);
    let manifest = json!({ "name": NAME, "version": "1.0.0" }).to_string();
    let with = |path: &str| packed(&[("package/package.json", manifest.as_bytes()), (path, b"x")]);
    let out = "leads out of it";
    let entry = |kind: tar::EntryType, link: &str| {
        let mut tar = tar::Builder::new(Vec::new());
        append(&mut tar, "package/package.json", manifest.as_bytes());
        let mut header = tar::Header::new_ustar();
        header.set_path("package/x").unwrap();
        header.set_entry_type(kind);
        if !link.is_empty() {
            header.set_link_name(link).unwrap();
        }
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, &b""[..]).unwrap();
        zipped(&tar.into_inner().unwrap())
    };
    let pax = |record: &str| {
        let mut tar = tar::Builder::new(Vec::new());
        append(&mut tar, "package/package.json", manifest.as_bytes());
        let mut header = tar::Header::new_ustar();
        header.set_path("pax").unwrap();
        header.set_entry_type(tar::EntryType::XHeader);
        header.set_size(record.len() as u64);
        header.set_cksum();
        tar.append(&header, record.as_bytes()).unwrap();
        append(&mut tar, "package/fine", b"x");
        zipped(&tar.into_inner().unwrap())
    };
    let other = json!({ "name": "@ann/other", "version": "1.0.0" }).to_string();
    let zeros = vec![0; 64 << 20];
    let bomb = packed(&[
        ("package/package.json", manifest.as_bytes()),
        ("package/zeros", &zeros),
    ]);
    // What stands behind the end of an archive is unpacked by some, too.
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, "package/package.json", manifest.as_bytes());
    let behind = zipped(&[tar.into_inner().unwrap(), zeros].concat());
    for (file, words) in [
        (with("/etc/passwd"), out),
        (with("package/../../x"), out),
        (with("../x"), out),
        (with("package//x"), out),
        (with("package/./x"), out),
        (with("package\\..\\x"), out),
        (with("c:/x"), out),
        (
            with("x/package.json"),
            "something beside the folder `package`",
        ),
        (with("packages/x"), "something beside the folder `package`"),
        (with("package/Package.json"), "in another spelling"),
        (with("package/a\nb"), out),
        (entry(tar::EntryType::Symlink, "../../etc"), "holds a link"),
        (
            entry(tar::EntryType::Symlink, "package.json"),
            "holds a link",
        ),
        (entry(tar::EntryType::Link, "/etc/passwd"), "holds a link"),
        (entry(tar::EntryType::Char, ""), "neither file nor folder"),
        (entry(tar::EntryType::Fifo, ""), "neither file nor folder"),
        (pax("16 path=../out\n"), "no gzipped tar"),
        (pax("15 path=../out\n"), out),
        (pax("10 size=9\n"), "size twice"),
        (
            packed(&[("package/index.js", b"x")]),
            "no `package/package.json`",
        ),
        (
            packed(&[("package/package.json", other.as_bytes())]),
            "another name or version",
        ),
        (packed(&[("package/package.json", b"{")]), "is no JSON"),
        (
            packed(&[
                ("package/package.json", manifest.as_bytes()),
                ("package/package.json", manifest.as_bytes()),
            ]),
            "twice",
        ),
        (bomb, "unpacks to more"),
        (behind, "unpacks to more"),
        (b"no gzip".to_vec(), "no gzipped tar archive"),
        (
            zipped(b"no tar, and long enough to be read as the beginning of one"),
            "no",
        ),
        (Vec::new(), "no"),
    ] {
        let lie = document(NAME, "1.0.0", &file);
        refused(&site, &token, NAME, &lie, 422, words);
    }
    let whole = file(NAME, "1.0.0");
    let lie = document(NAME, "1.0.0", &whole[..whole.len() / 2]);
    refused(&site, &token, NAME, &lie, 422, "cut off");
}

#[test]
fn nothing_stands_behind_the_end_of_a_file() {
    let site = Site::start();
    let token = publisher(&site);
    let manifest = json!({ "name": NAME, "version": "1.0.0" }).to_string();
    // Some go on reading behind one block of zeros, where others end.
    let archive = |paths: &[&str]| {
        let mut tar = tar::Builder::new(Vec::new());
        for path in paths {
            append(&mut tar, path, manifest.as_bytes());
        }
        let mut whole = tar.into_inner().unwrap();
        whole.truncate(whole.len() - 1024);
        whole
    };
    let honest = archive(&["package/package.json"]);
    let evil = archive(&["package/package.json", "package/evil.js"]);
    let hidden = zipped(&[&honest[..], &[0; 512], &evil, &[0; 1024]].concat());
    let later = zipped(&[&honest[..], &[0; 1024], &evil].concat());
    let another = [
        zipped(&[&honest[..], &[0; 1024]].concat()),
        zipped(&[&evil[..], &[0; 1024]].concat()),
    ]
    .concat();
    for file in [hidden, later, another] {
        let lie = document(NAME, "1.0.0", &file);
        refused(&site, &token, NAME, &lie, 422, "goes on behind its end");
    }
    // Many write more zeros at the end than they need.
    let padded = zipped(&[&honest[..], &[0; 10 << 10]].concat());
    let fine = document(NAME, "1.0.0", &padded).to_string();
    let made = site.npm("PUT", &path(NAME), Some(&token), &fine);
    assert_eq!(made.status, 201, "{}", made.text());
}

#[test]
fn files_with_too_many_entries_or_too_much_in_them_are_refused() {
    let site = Site::start();
    let token = publisher(&site);
    let manifest = json!({ "name": NAME, "version": "1.0.0" }).to_string();
    let entries = |count: usize| {
        let mut tar = tar::Builder::new(Vec::new());
        append(&mut tar, "package/package.json", manifest.as_bytes());
        for number in 1..count {
            append(&mut tar, &format!("package/{number}"), b"");
        }
        zipped(&tar.into_inner().unwrap())
    };
    let lie = document(NAME, "1.0.0", &entries(50_001));
    refused(&site, &token, NAME, &lie, 422, "more than 50000 entries");
    let most = document(NAME, "1.0.0", &entries(50_000));
    let said = site.npm("PUT", &path(NAME), Some(&token), &most.to_string());
    assert_eq!(said.status, 201, "{}", said.text());
    // More than 1 GiB, and less than 200 times its size.
    let name = "@ann/large";
    let manifest = json!({ "name": name, "version": "1.0.0" }).to_string();
    let mut tar = tar::Builder::new(Vec::new());
    append(&mut tar, "package/package.json", manifest.as_bytes());
    let mut header = tar::Header::new_ustar();
    header.set_path("package/zeros").unwrap();
    header.set_size(1_100 << 20);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    let mut head = tar.get_ref().clone();
    head.extend_from_slice(header.as_bytes());
    let stored = {
        use std::io::Write as _;
        let none = flate2::Compression::none();
        let mut zip = flate2::write::GzEncoder::new(Vec::new(), none);
        zip.write_all(&vec![0; 6 << 20]).unwrap();
        zip.finish().unwrap()
    };
    let zeros = zipped(&vec![0; 16 << 20]);
    // gzip's members stand one behind another: what was packed once stands there many times.
    let large = [zipped(&head), stored, zeros.repeat(68)].concat();
    let lie = document(name, "1.0.0", &large);
    refused(&site, &token, name, &lie, 422, "unpacks to more");
}

/// A file of 257 MiB, which nobody holds in memory.
#[test]
fn a_file_that_is_too_large_is_refused_while_it_comes() {
    use std::io::{Read as _, Write as _};
    let site = Site::start();
    let token = publisher(&site);
    let mut around = plain();
    around["_attachments"]["@ann/pad-1.0.0.tgz"]["data"] = json!("HERE");
    let around = around.to_string();
    let (before, after) = around.split_once("HERE").unwrap();
    // Four characters of base64 are three bytes.
    let piece = "A".repeat(4 << 20);
    let pieces = 257 / 3 + 1;
    let length = before.len() + after.len() + piece.len() * pieces;
    let mut to = std::net::TcpStream::connect(site.address()).unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n",
        path(NAME)
    );
    to.write_all(head.as_bytes()).unwrap();
    to.write_all(before.as_bytes()).unwrap();
    for _ in 0..pieces {
        // The server may close before it has read what it does not want.
        if to.write_all(piece.as_bytes()).is_err() {
            break;
        }
    }
    let _ = to.write_all(after.as_bytes());
    let mut answer = String::new();
    let _ = to.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("larger than 256 MiB"), "{answer}");
    refused(&site, &token, NAME, &json!({}), 422, "was put to");
}

#[test]
fn of_two_who_publish_a_version_at_once_one_wins() {
    let site = Site::start();
    let token = publisher(&site);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| site.publish(&token, NAME, "1.0.0").status))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        1,
        "{statuses:?}"
    );
    assert!(
        statuses.iter().all(|status| matches!(status, 201 | 409)),
        "{statuses:?}"
    );
    let shown = site.npm("GET", &path(NAME), Some(&token), "").json();
    assert_eq!(shown["versions"].as_object().unwrap().len(), 1);
    let file = site.npm("GET", "/npm/@ann/pad/-/pad-1.0.0.tgz", Some(&token), "");
    assert_eq!(file.status, 200);
    assert_eq!(
        shown["versions"]["1.0.0"]["dist"]["integrity"],
        crate::support::packages::integrity(&file.body)
    );
}
