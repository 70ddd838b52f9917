//! The tools of these tests find what they are there to find.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fantoccini::key::Key;

use super::driver::{Browser, Scripts};

/// A page without fault but for what is put into it.
fn page(head: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>A page</title>\
         <meta name=viewport content='width=device-width'><link rel=icon href='data:,'>{head}</head>\
         <body><main><h1>A page</h1>{body}</main></body></html>"
    )
}

const FORM: &str = "<form action='/sent'><p><label for=n>Name</label> <input id=n name=n aria-invalid=true aria-describedby='n-error'>\
    <span id=n-error class=error>is taken</span></p>\
    <p><label><input type=checkbox name=c> Agree</label></p>\
    <p><label for=s>Colour</label> <select id=s name=s><option>Red<option>Blue</select></p>\
    <button>Send</button></form>";

/// Serves these pages for as long as the test runs, and says where.
fn serve(pages: Vec<(&'static str, &'static str, String)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut bytes = [0; 8192];
            let read = stream.read(&mut bytes).unwrap_or(0);
            let request = String::from_utf8_lossy(&bytes[..read]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or_default();
            let path = path.split('?').next().unwrap_or_default();
            let (headers, body) = pages
                .iter()
                .find(|(name, _, _)| *name == path)
                .map_or(("", ""), |(_, headers, body)| (*headers, body.as_str()));
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    url
}

#[test]
fn each_fault_of_a_page_is_found() {
    let Some(browser) = Browser::start(Scripts::On) else {
        return;
    };
    let faults = [
        (
            "/unnamed",
            "",
            page("", "<input>"),
            "label: Form elements must have labels",
        ),
        (
            "/pale",
            "",
            page("", "<p style='color:#bbb'>Pale</p>"),
            "color-contrast: ",
        ),
        (
            "/tiny",
            "",
            page(
                "",
                "<a href=a style='font-size:9px'>a</a><br><a href=b style='font-size:9px'>b</a>",
            ),
            "target-size: ",
        ),
        (
            "/moving",
            "",
            page(
                "<script>onload = () => requestAnimationFrame(() => setTimeout(() => document.querySelector('h1').style.marginTop = '200px', 100))</script>",
                "<p>Below</p>",
            ),
            "the layout shifted by ",
        ),
        (
            "/heavy",
            "",
            page("", &format!("<!-- {} -->", "x".repeat(105_000))),
            "it weighs ",
        ),
        (
            "/wide",
            "",
            page("", "<p style='width:3000px'>Wide</p>"),
            "pixels wider than the screen",
        ),
        (
            "/angry",
            "",
            page("<script>console.error('no')</script>", ""),
            "the browser says: ",
        ),
        (
            "/broken",
            "",
            page("<script>nothing.there()</script>", ""),
            "ReferenceError",
        ),
        (
            "/blocked",
            "content-security-policy: default-src 'self'; img-src data:\r\n",
            page("<style>h1 { color: red }</style>", ""),
            "Content Security Policy",
        ),
    ];
    let mut pages = vec![("/fine", "", page("", FORM))];
    pages.extend(
        faults
            .iter()
            .map(|(path, headers, body, _)| (*path, *headers, body.clone())),
    );
    let url = serve(pages);
    browser.open(&format!("{url}/fine"));
    browser.is_sound();
    for (path, _, _, trouble) in faults {
        browser.open(&format!("{url}{path}"));
        if path == "/moving" {
            std::thread::sleep(Duration::from_millis(500));
        }
        let troubles = browser.troubles();
        assert!(
            troubles.iter().any(|text| text.contains(trouble)),
            "{path}: {troubles:?}"
        );
        assert_eq!(troubles.len(), 1, "{path}: {troubles:?}");
    }
}

#[test]
fn a_form_is_filled_by_its_words_with_scripts_and_without() {
    for scripts in [Scripts::On, Scripts::Off] {
        let Some(browser) = Browser::start(scripts) else {
            return;
        };
        let written = "<script>document.querySelector('h1').textContent = 'Written'</script>";
        let body = format!("{FORM}{written}");
        let url = serve(vec![
            ("/form", "", page("", &body)),
            ("/sent", "", page("", "Thank you")),
        ]);
        browser.open(&format!("{url}/form"));
        let heading = if scripts == Scripts::On {
            "Written"
        } else {
            "A page"
        };
        assert_eq!(browser.heading(), heading);
        assert_eq!(browser.title(), "A page");
        assert_eq!(browser.error_of("Name").as_deref(), Some("is taken"));
        assert_eq!(browser.error_of("Colour"), None);
        browser.fill("Name", "Ada");
        browser.tick("Agree");
        assert!(browser.is_ticked("Agree"));
        browser.choose("Colour", "Blue");
        assert_eq!(browser.value_of("Colour"), "Blue");
        assert!(browser.offers("Send") && !browser.offers("Sen"));
        browser.press("Send");
        browser.must_read("Thank you");
        browser.arrives("/sent?n=Ada&c=on&s=Blue");
    }
}

#[test]
fn the_keyboard_alone_goes_through_a_form() {
    let Some(browser) = Browser::start(Scripts::On) else {
        return;
    };
    let url = serve(vec![
        ("/form", "", page("", FORM)),
        ("/sent", "", page("", "Thank you")),
        (
            "/hidden",
            "",
            page("<style>:focus { outline: none }</style>", FORM),
        ),
    ]);
    browser.open(&format!("{url}/form"));
    browser.tab_to("Name");
    browser.type_in("Ada");
    browser.tab_to("Agree");
    browser.key(Key::Space);
    browser.tab_to("Send");
    browser.key(Key::Enter);
    browser.must_read("Thank you");
    browser.arrives("/sent?n=Ada&c=on&s=Red");
    browser.open(&format!("{url}/hidden"));
    let unseen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| browser.tab_to("Name")));
    assert!(unseen.is_err());
}

#[test]
fn a_telephone_and_the_dark_are_what_a_page_sees() {
    let Some(browser) = Browser::start(Scripts::On) else {
        return;
    };
    let style = "<style>h1::after { content: ' wide' } @media (max-width: 400px) { h1::after { content: ' small' } }
        @media (prefers-color-scheme: dark) { h1::before { content: 'dark ' } }</style>";
    let url = serve(vec![("/", "", page(style, ""))]);
    let drawn = |browser: &Browser| {
        let script = "const h = document.querySelector('h1');
            return getComputedStyle(h, '::before').content + getComputedStyle(h, '::after').content";
        browser
            .script(script, Vec::new())
            .as_str()
            .unwrap()
            .to_owned()
    };
    browser.open(&url);
    assert_eq!(drawn(&browser), "none\" wide\"");
    browser.scheme("dark");
    browser.phone();
    assert_eq!(drawn(&browser), "\"dark \"\" small\"");
    browser.desktop();
    browser.scheme("light");
    assert_eq!(drawn(&browser), "none\" wide\"");
    assert!(browser.picture().starts_with(b"\x89PNG"));
}

/// The processes whose command line names this folder.
fn processes(profile: &Path) -> Vec<u32> {
    let wanted = format!("--user-data-dir={}", profile.display());
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        String::from_utf8_lossy(&line)
            .replace('\0', " ")
            .contains(&wanted)
            .then_some(id)
    })
    .collect()
}

#[test]
fn no_browser_outlives_its_test_even_if_its_driver_was_killed() {
    for kill in [false, true] {
        let Some(browser) = Browser::start(Scripts::On) else {
            return;
        };
        let profile = browser.profile().to_owned();
        let running = processes(&profile);
        assert!(!running.is_empty());
        if kill {
            let driver = browser.driver_process().to_string();
            let mut kill = Command::new("kill");
            assert!(kill.args(["-9", &driver]).status().unwrap().success());
        }
        let driver = format!("/proc/{}", browser.driver_process());
        drop(browser);
        assert!(!Path::new(&driver).exists(), "killed: {kill}");
        assert_eq!(processes(&profile), Vec::<u32>::new(), "killed: {kill}");
        assert!(!profile.exists());
    }
}
