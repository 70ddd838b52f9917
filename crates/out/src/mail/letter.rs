//! A letter, and how it is written out.

use std::time::{Duration, SystemTime};

use jeton_domain::{Clean as _, Time};
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

/// The longest subject, in characters: what a list of mails shows, with room to spare.
const LONGEST_SUBJECT: usize = 200;

/// Why something is no address that mail can be sent to or from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no e-mail address that mail can be sent to")]
pub struct BadAddress(String);

/// Whom letters are from: a name and an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads `jeton@example.org` or `Jeton <jeton@example.org>`.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress(text.plain());
        if text != text.plain() {
            return Err(bad());
        }
        let mailbox: Mailbox = text.trim().parse().map_err(|_| bad())?;
        Ok(Self(mailbox))
    }

    /// The address alone.
    pub fn address(&self) -> String {
        self.0.email.to_string()
    }

    /// What follows the `@`.
    pub(super) fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// One mail to one person, in text and in HTML.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Names the letter for ever: the same event has the same, whoever sends it how often.
    id: String,
    /// Whom it is to.
    pub to: String,
    /// What it is about: one line.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same for those who like it dressed.
    pub html: String,
    /// When what it tells of happened.
    pub at: Time,
}

impl std::fmt::Debug for Letter {
    // SECURITY: what it says may hold a code that lets somebody in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Letter {
    /// A letter without words yet. Of the name only letters, digits, `-` and `.` stay: it stands in a header and in a
    /// file's name.
    pub fn new(name: &str, to: impl Into<String>, at: Time) -> Self {
        let id = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '-' {
                    c
                } else {
                    '.'
                }
            })
            .collect();
        Self {
            id,
            to: to.into(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            at,
        }
    }

    /// The name that stays.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Envelope and bytes, the same each time.
    pub(super) fn render(&self, sender: &Sender) -> Result<(Envelope, Vec<u8>), BadAddress> {
        // SECURITY: an address is one address. Whoever could put a second one, or a line of their own, into it would have
        // letters with somebody's code sent to themself.
        let bad = || BadAddress(self.to.plain());
        let (local, domain) = self.to.rsplit_once('@').ok_or_else(bad)?;
        if local.starts_with('"') || self.to != self.to.plain() {
            return Err(bad());
        }
        let to = Address::new(local, domain).map_err(|_| bad())?;
        let subject: String = self.subject.plain().chars().take(LONGEST_SUBJECT).collect();
        let boundary = format!("jeton.{}", self.id);
        let parts = MultiPart::alternative()
            .boundary(boundary)
            .singlepart(SinglePart::plain(self.text.clone()))
            .singlepart(SinglePart::html(self.html.clone()));
        let seconds = u64::try_from(self.at.seconds()).unwrap_or_default();
        let header = |name, value: &str| {
            HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
        };
        let message = Message::builder()
            .from(sender.0.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!("<{}@{}>", self.id, sender.domain())))
            // Out-of-office answers are not for a machine (RFC 3834).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .multipart(parts)
            .map_err(|_| bad())?;
        Ok((message.envelope().clone(), message.formatted()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(to: &str, subject: &str) -> Letter {
        Letter {
            subject: subject.to_owned(),
            text: "Hello.\nGoodbye.\n".to_owned(),
            html: "<p>Hello.</p>".to_owned(),
            ..Letter::new("abcd.7", to, Time::from_seconds(1_795_248_000))
        }
    }

    fn written(letter: &Letter) -> String {
        let sender = Sender::parse("Jeton <jeton@example.org>").unwrap();
        let (_, bytes) = letter.render(&sender).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// The head, unfolded, one header each.
    fn head(text: &str) -> Vec<String> {
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        head.replace("\r\n ", " ")
            .split("\r\n")
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn a_letter_is_written_the_same_each_time_with_both_parts() {
        let letter = letter("ada@example.test", "A request");
        let text = written(&letter);
        assert_eq!(text, written(&letter));
        let head = head(&text);
        for line in [
            "From: Jeton <jeton@example.org>",
            "To: ada@example.test",
            "Subject: A request",
            "Message-ID: <abcd.7@example.org>",
            "Date: Sat, 21 Nov 2026 08:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(head.iter().any(|h| h == line), "{line}: {head:?}");
        }
        assert!(text.contains("Content-Type: text/plain; charset=utf-8"));
        assert!(text.contains("Content-Type: text/html; charset=utf-8"));
        assert!(text.contains("<p>Hello.</p>"));
    }

    #[test]
    fn no_subject_adds_a_header_or_a_body() {
        for subject in [
            "x\r\nBcc: eve@example.test",
            "x\nBcc: eve@example.test",
            "x\rBcc: eve@example.test",
            "x\u{0}\u{b}\u{85}\u{2028}Bcc: eve@example.test",
            "x\r\n\r\n<html>",
            "=?utf-8?q?x=0D=0ABcc:_eve@example.test?=",
        ] {
            let text = written(&letter("ada@example.test", subject));
            let head = head(&text);
            assert_eq!(head.len(), 9, "{head:?}");
            let names: Vec<&str> = head.iter().filter_map(|h| h.split(':').next()).collect();
            assert!(!names.contains(&"Bcc"), "{head:?}");
            assert!(
                text.split_once("\r\n\r\n").unwrap().1.starts_with("--"),
                "{text}"
            );
        }
        let long = written(&letter("ada@example.test", &"wö ".repeat(400)));
        assert!(long.lines().all(|line| line.len() < 200));
        assert_eq!(head(&long).len(), 9);
    }

    #[test]
    fn an_address_that_is_more_than_one_address_is_refused() {
        let sender = Sender::parse("jeton@example.org").unwrap();
        for to in [
            "",
            "ada",
            "@example.test",
            "ada@",
            "ada@example.test\r\nBcc: eve@example.test",
            "ada@example.test\nRCPT TO:<eve@example.test>",
            "ada@example.test, eve@example.test",
            "ada@example.test> SIZE=1\r\nDATA",
            "<ada@example.test>",
            "Ada <ada@example.test>",
            "ada@example.test\u{0}",
            "\"ada\r\n\"@example.test",
            "\"a b\"@example.test",
            "ada@exa mple.test",
            "a\u{202e}da@example.test",
        ] {
            assert!(letter(to, "x").render(&sender).is_err(), "{to:?}");
        }
        let (envelope, _) = letter("ada+x@example.test", "x").render(&sender).unwrap();
        assert_eq!(envelope.to().len(), 1);
        assert_eq!(envelope.to()[0].to_string(), "ada+x@example.test");
    }

    #[test]
    fn a_sender_is_one_address_with_or_without_a_name() {
        let parsed = |text: &str| Sender::parse(text).map(|sender| sender.address());
        assert_eq!(parsed("jeton@example.org").unwrap(), "jeton@example.org");
        assert_eq!(
            parsed("The Jeton <jeton@example.org>").unwrap(),
            "jeton@example.org"
        );
        for text in [
            "",
            "jeton",
            "a@example.org, b@example.org",
            "Jeton\r\nX: y <jeton@example.org>",
        ] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_letter_is_fit_for_a_header_and_a_file() {
        let letter = Letter::new("../a b\r\n<x>/é", "a@example.test", Time::from_seconds(0));
        assert_eq!(letter.id(), "...a.b...x...");
        assert_eq!(
            format!("{letter:?}"),
            "Letter { id: \"...a.b...x...\", .. }"
        );
    }
}
