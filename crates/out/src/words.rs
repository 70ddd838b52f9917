//! What more than one kind of connection says and reads.

use ureq::tls::{Certificate, PemItem, parse_pem};

/// An error with all that is behind it.
pub(crate) fn whole(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

/// The certificates (PEM) of the authorities that a connection believes.
pub(crate) fn authorities(pem: &[u8]) -> Result<Vec<Certificate<'static>>, String> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        match item.map_err(|error| error.to_string())? {
            PemItem::Certificate(certificate) => found.push(certificate),
            _ => return Err("there is more than certificates in it".to_owned()),
        }
    }
    if found.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(found)
}
