//! A notice as a letter: text and HTML from the same words.

use std::fmt::Write as _;

use super::words::Words;

/// What HTML needs written otherwise. Quotes too, because a link stands in an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The text part. `link`: the whole address of the page where the reader acts.
pub(super) fn text(words: &Words, login: Option<&str>, link: &str, site: &str) -> String {
    let mut out = String::new();
    if let Some(login) = login {
        let _ = writeln!(out, "Hello {login},\n");
    }
    for sentence in &words.sentences {
        let _ = writeln!(out, "{sentence}\n");
    }
    if let Some((whose, quoted)) = &words.quote {
        let _ = writeln!(out, "{whose}:");
        for line in quoted.lines() {
            let _ = writeln!(out, "> {line}");
        }
        out.push('\n');
    }
    let _ = writeln!(out, "{}:\n{link}\n", words.action);
    let _ = writeln!(out, "-- \nSent by Jeton at {site}");
    out
}

/// The HTML part: no pictures, nothing fetched, one link.
pub(super) fn html(words: &Words, login: Option<&str>, link: &str, site: &str) -> String {
    const BODY: &str = "margin:0;padding:24px;background:#f6f8fa;color:#1f2328;\
         font:16px/1.5 -apple-system,'Segoe UI',Helvetica,Arial,sans-serif";
    const CARD: &str = "max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #d1d9e0;\
         border-radius:8px";
    const BUTTON: &str = "display:inline-block;padding:9px 18px;background:#1f6feb;color:#ffffff;border-radius:6px;\
         text-decoration:none;font-weight:600";
    const QUOTE: &str = "margin:16px 0;padding:0 12px;border-left:4px solid #d1d9e0;color:#59636e";
    let mut out = String::new();
    let subject = escaped(&words.subject);
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{subject}</title></head>\
         <body style=\"{BODY}\"><div style=\"{CARD}\"><h1 style=\"margin:0 0 16px;font-size:20px\">{subject}</h1>"
    );
    if let Some(login) = login {
        let _ = write!(out, "<p>Hello {},</p>", escaped(login));
    }
    for sentence in &words.sentences {
        let _ = write!(out, "<p>{}</p>", escaped(sentence));
    }
    if let Some((whose, quoted)) = &words.quote {
        let quoted = escaped(quoted).replace('\n', "<br>");
        let _ = write!(
            out,
            "<p>{}:</p><blockquote style=\"{QUOTE}\"><p>{quoted}</p></blockquote>",
            escaped(whose)
        );
    }
    let _ = write!(
        out,
        "<p style=\"margin:24px 0 0\"><a href=\"{}\" style=\"{BUTTON}\">{}</a></p></div>\
         <p style=\"max-width:560px;margin:12px auto 0;color:#59636e;font-size:13px\">Sent by Jeton at {}</p>\
         </body></html>",
        escaped(link),
        escaped(words.action),
        escaped(site)
    );
    out
}
