//! Letters as they lie in the folder, and pages of notices, for the tests that read them.

use std::collections::BTreeMap;

use jeton_app::requests::Review;
use jeton_app::{Call, Named, Password, notices, users};
use jeton_testkit::{Kit, Person, operations};

use crate::world::World;

pub(crate) fn world() -> World {
    World::on(Kit::with_mail())
}

/// Sends what is due and gives the new letters: to whom, subject, and the text with the HTML.
pub(crate) fn letters(kit: &Kit) -> Vec<(String, String, String)> {
    kit.app().deliver_mail(&|| true).unwrap();
    let mut files: BTreeMap<i64, String> = BTreeMap::new();
    for entry in std::fs::read_dir(kit.mail()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let number = name.rsplit('.').next().unwrap().parse().unwrap();
        files.insert(number, std::fs::read_to_string(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
    }
    files.into_values().map(|text| read(&text)).collect()
}

pub(crate) fn read(letter: &str) -> (String, String, String) {
    let (head, body) = letter.split_once("\r\n\r\n").unwrap();
    let head = head.replace("\r\n ", " ");
    let field = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    (field("To:"), field("Subject:"), unquoted(body))
}

/// Quoted-printable, undone.
pub(crate) fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|d| std::str::from_utf8(d).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if *first == b'=' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The code in a link.
pub(crate) fn code(body: &str, before: &str) -> String {
    let at = body
        .find(before)
        .unwrap_or_else(|| panic!("{before}: {body}"))
        + before.len();
    body[at..]
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect()
}

pub(crate) fn own(world: &World, person: &Person) -> Call {
    world.kit.by(person, &operations::OWN, Named::Own)
}

pub(crate) fn anybody(world: &World) -> Call {
    world.kit.anonymous(&operations::SITE, Named::Site)
}

/// Subjects on a person's page, newest first.
pub(crate) fn page(world: &World, person: &Person) -> Vec<String> {
    let listed = notices::list(world.app(), &own(world, person), false, None, 0, 30).unwrap();
    listed
        .items
        .into_iter()
        .map(|item| item.words.subject)
        .collect()
}

pub(crate) fn say(approve: bool, reason: &str) -> Review {
    Review {
        approve,
        reason: reason.to_owned(),
    }
}

pub(crate) fn password(world: &World, person: &str) {
    let root = world.kit.administrator("zoe");
    let call = world.kit.by(&root, &operations::ADMINISTRATOR, Named::Site);
    let edit = users::UserEdit {
        password: Some(Password::new("correct horse battery")),
        ..users::UserEdit::default()
    };
    users::update(world.app(), &call, person, &edit).unwrap();
    letters(&world.kit);
}
