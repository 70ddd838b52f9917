//! Commands as a person can type them.

/// One word of a command, quoted where a shell would read it otherwise.
pub(crate) fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Words with a space before each.
pub(crate) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words
        .into_iter()
        .fold(String::new(), |typed, text| typed + " " + &word(text))
}

/// The user as `sudo -u` takes it: by name where the system's own list has it.
pub(crate) fn user(id: u32) -> String {
    let list = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(&list, id).map_or_else(|| format!("'#{id}'"), word)
}

fn name_of(list: &str, id: u32) -> Option<&str> {
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_typed() {
        let given = ["--data", "/srv/my data", "it's", "", "a[1]", "ünder"];
        let typed = words(given);
        let said = std::process::Command::new("sh")
            .args(["-c", &format!("printf '%s\\n'{typed}")])
            .output()
            .unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        assert_eq!(said.lines().collect::<Vec<_>>(), given);
        assert!(typed.starts_with(" --data '/srv/my data' "), "{typed}");
    }

    #[test]
    fn a_user_has_the_name_of_the_list_or_its_number() {
        let list = "root:x:0:0:root:/root:/bin/sh\ntorn\njeton:x:990:990::/var/lib/jeton:/usr/sbin/nologin\n";
        assert_eq!(name_of(list, 990), Some("jeton"));
        assert_eq!(name_of(list, 99), None);
        assert_eq!(user(4_000_000_000), "'#4000000000'");
    }
}
