//! The document that a client puts: a package's description with the file in it, in base64. It is never whole in memory: the
//! file goes to the disk as it comes, and of the rest only what is used is kept.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read, Write as _};
use std::rc::Rc;

use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::read::DecoderReader;
use jeton_domain::hex;
use jeton_http::BodyError;
use jeton_repo::Incoming;
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest as _, Sha512};
use struson::reader::{JsonReader, JsonStreamReader, ReaderError, ValueType};

use super::fault::Fault;

/// Bytes of a file.
pub(crate) const MOST_FILE: u64 = 256 << 20;
/// Bytes of what one version says of itself, and of any other single part.
pub(crate) const MOST_PART: u64 = 1 << 20;
/// Bytes of everything but the file.
const MOST_REST: u64 = 64 << 20;
/// What the reader reads ahead, in bytes.
const READ_AHEAD: u64 = 4 << 10;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What was put.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// The package's name.
    pub(crate) name: String,
    /// Its tags.
    pub(crate) tags: BTreeMap<String, String>,
    /// Its versions; nothing where the document has no such field. Of several, only `deprecated` is kept.
    pub(crate) versions: Option<BTreeMap<String, Map<String, Value>>>,
    /// `public` or `restricted`.
    pub(crate) access: Option<String>,
    /// What it says of itself.
    pub(crate) readme: Option<String>,
    /// The file.
    pub(crate) file: Option<Received>,
    /// Signatures of where it was built, as JSON.
    pub(crate) bundle: Option<String>,
    /// The names of those who are to keep it.
    pub(crate) keepers: Option<Vec<String>>,
}

/// Who keeps a package, as npm sends them.
#[derive(serde::Deserialize)]
struct Keeper {
    name: String,
}

/// A file that came in, on the disk.
#[derive(Debug)]
pub(crate) struct Received {
    /// How the document calls it.
    pub(crate) name: String,
    /// The file.
    pub(crate) incoming: Incoming,
    /// Its size, in bytes.
    pub(crate) bytes: u64,
    /// The size that the document tells.
    pub(crate) told: Option<u64>,
    /// SHA-512.
    pub(crate) sha512: [u8; 64],
    /// SHA-1 in hexadecimal.
    pub(crate) sha1: String,
}

/// Counts what is read, and refuses more than there is room for.
struct Metered<R> {
    inner: R,
    /// For the part that is being read.
    part: Rc<Cell<u64>>,
    /// For all parts but files.
    rest: Rc<Cell<u64>>,
}

/// A part that is larger than it may be.
#[derive(Debug, thiserror::Error)]
#[error("a part of the document is too large")]
struct TooMuch;

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let count = read as u64;
        match self.part.get().checked_sub(count) {
            Some(left) => self.part.set(left),
            None => return Err(io::Error::other(TooMuch)),
        }
        // Where files are read, the part is theirs.
        if self.part.get() <= MOST_PART + READ_AHEAD {
            match self.rest.get().checked_sub(count) {
                Some(left) => self.rest.set(left),
                None => return Err(io::Error::other(TooMuch)),
            }
        }
        Ok(read)
    }
}

struct Reading<R: Read> {
    json: JsonStreamReader<Metered<R>>,
    part: Rc<Cell<u64>>,
}

/// Reads a document. `incoming` takes the file.
pub(crate) fn read(source: impl Read, incoming: Incoming) -> Result<Document, Fault> {
    let part = Rc::new(Cell::new(MOST_PART + READ_AHEAD));
    let rest = Rc::new(Cell::new(MOST_REST));
    let metered = Metered {
        inner: source,
        part: Rc::clone(&part),
        rest,
    };
    let mut reading = Reading {
        json: JsonStreamReader::new(metered),
        part,
    };
    let document = reading.document(incoming)?;
    reading.json.consume_trailing_whitespace().map_err(broken)?;
    Ok(document)
}

impl<R: Read> Reading<R> {
    fn document(&mut self, incoming: Incoming) -> Result<Document, Fault> {
        let mut document = Document::default();
        let mut incoming = Some(incoming);
        let mut seen: Vec<String> = Vec::new();
        self.json.begin_object().map_err(broken)?;
        while self.more()? {
            let field = self.json.next_name_owned().map_err(broken)?;
            if seen.contains(&field) {
                return Err(Fault::NotJson(format!("`{field}` stands in it twice")));
            }
            match field.as_str() {
                "name" => document.name = self.value()?,
                "dist-tags" => document.tags = self.value()?,
                // What only says who keeps it has no other name.
                "_id" if document.name.is_empty() => document.name = self.value()?,
                "maintainers" => {
                    let keepers: Vec<Keeper> = self.value()?;
                    document.keepers = Some(keepers.into_iter().map(|one| one.name).collect());
                }
                "access" => document.access = self.value()?,
                "readme" => document.readme = self.value::<Value>()?.as_str().map(str::to_owned),
                "versions" => document.versions = Some(self.versions()?),
                "_attachments" => self.attachments(&mut document, &mut incoming)?,
                _ => self.json.skip_value().map_err(broken)?,
            }
            seen.push(field);
            if seen.len() > 100 {
                return Err(Fault::TooLarge);
            }
        }
        self.json.end_object().map_err(broken)?;
        Ok(document)
    }

    /// Whether an object has more; a further part has its own room.
    fn more(&mut self) -> Result<bool, Fault> {
        self.part.set(MOST_PART + READ_AHEAD);
        self.json.has_next().map_err(broken)
    }

    fn value<T: for<'de> serde::Deserialize<'de>>(&mut self) -> Result<T, Fault> {
        self.json.deserialize_next().map_err(|error| match error {
            struson::serde::DeserializerError::ReaderError(error) => broken(error),
            other => Fault::Document(jeton_domain::plain(&other.to_string())),
        })
    }

    fn versions(&mut self) -> Result<BTreeMap<String, Map<String, Value>>, Fault> {
        let mut versions: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        self.json.begin_object().map_err(broken)?;
        while self.more()? {
            let number = self.json.next_name_owned().map_err(broken)?;
            let mut version: Map<String, Value> = self.value()?;
            if !versions.is_empty() {
                versions.values_mut().for_each(forget);
                forget(&mut version);
            }
            if versions.insert(number.clone(), version).is_some() {
                return Err(Fault::NotJson(format!("`{number}` stands in it twice")));
            }
        }
        self.json.end_object().map_err(broken)?;
        Ok(versions)
    }

    fn attachments(
        &mut self,
        document: &mut Document,
        incoming: &mut Option<Incoming>,
    ) -> Result<(), Fault> {
        self.json.begin_object().map_err(broken)?;
        while self.more()? {
            let name = self.json.next_name_owned().map_err(broken)?;
            if name.ends_with(".sigstore") && document.bundle.is_none() {
                document.bundle = Some(self.bundle()?);
            } else if let Some(incoming) = incoming.take() {
                document.file = Some(self.file(name, incoming)?);
            } else {
                return Err(Fault::Document(
                    "a version has one file, and this document holds more".to_owned(),
                ));
            }
        }
        self.json.end_object().map_err(broken)
    }

    fn bundle(&mut self) -> Result<String, Fault> {
        let fields: Map<String, Value> = self.value()?;
        let data = fields.get("data").and_then(Value::as_str);
        let data = data.unwrap_or_default();
        match serde_json::from_str::<Value>(data) {
            Ok(Value::Object(_)) => Ok(data.to_owned()),
            _ => Err(Fault::Document(
                "the signatures beside the file are no JSON object".to_owned(),
            )),
        }
    }

    fn file(&mut self, name: String, mut incoming: Incoming) -> Result<Received, Fault> {
        let (mut read, mut told) = (None, None);
        self.json.begin_object().map_err(broken)?;
        while self.more()? {
            let field = self.json.next_name_owned().map_err(broken)?;
            match field.as_str() {
                "data" if read.is_none() => read = Some(self.data(&mut incoming)?),
                "length" => told = self.value::<Value>()?.as_u64(),
                _ => self.json.skip_value().map_err(broken)?,
            }
        }
        self.json.end_object().map_err(broken)?;
        let (bytes, sha512, sha1) =
            read.ok_or_else(|| Fault::Document("the file has no `data`".to_owned()))?;
        Ok(Received {
            name,
            incoming,
            bytes,
            told,
            sha512,
            sha1,
        })
    }

    /// A file in base64: its size and digests.
    fn data(&mut self, into: &mut Incoming) -> Result<(u64, [u8; 64], String), Fault> {
        if self.json.peek().map_err(broken)? != ValueType::String {
            return Err(Fault::Document("`data` is a text in base64".to_owned()));
        }
        // Base64 is a third longer, and a client may escape what it need not: more than its room is never read.
        self.part.set(MOST_FILE * 2);
        let (mut sha512, mut sha1, mut bytes) = (Sha512::new(), Sha1::new(), 0_u64);
        {
            let text = self.json.next_string_reader().map_err(broken)?;
            let mut decoded = DecoderReader::new(text, &BASE64);
            let mut piece = vec![0; 64 << 10];
            loop {
                let count = decoded.read(&mut piece).map_err(of_data)?;
                let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else {
                    break;
                };
                bytes += count as u64;
                if bytes > MOST_FILE {
                    return Err(Fault::FileTooLarge);
                }
                sha512.update(read);
                sha1.update(read);
                into.write_all(read).map_err(Fault::Disk)?;
            }
        }
        Ok((bytes, sha512.finalize().into(), hex(&sha1.finalize())))
    }
}

/// Of several versions, what is told of each: whether it should be used.
fn forget(version: &mut Map<String, Value>) {
    version.retain(|field, _| field == "deprecated");
}

fn broken(error: ReaderError) -> Fault {
    match error {
        ReaderError::IoError { error, .. } => of_io(&error),
        other => Fault::NotJson(jeton_domain::plain(&other.to_string())),
    }
}

/// What is wrong with a file in base64.
#[expect(
    clippy::needless_pass_by_value,
    reason = "handed to `map_err`, which gives it away"
)]
fn of_data(error: io::Error) -> Fault {
    if error.kind() == io::ErrorKind::InvalidData {
        return Fault::Document("`data` is no base64".to_owned());
    }
    of_io(&error)
}

fn of_io(error: &io::Error) -> Fault {
    let Some(inner) = error.get_ref() else {
        return Fault::NotJson(error.to_string());
    };
    if inner.is::<TooMuch>() {
        return Fault::TooLarge;
    }
    if let Some(error) = inner.downcast_ref::<BodyError>() {
        return match error {
            BodyError::TooSlow => Fault::Body(BodyError::TooSlow),
            BodyError::TooLarge { limit } => Fault::Body(BodyError::TooLarge { limit: *limit }),
            BodyError::Broken => Fault::Body(BodyError::Broken),
        };
    }
    if let Some(ReaderError::IoError { .. }) = inner.downcast_ref::<ReaderError>() {
        return Fault::Body(BodyError::Broken);
    }
    Fault::NotJson(jeton_domain::plain(&error.to_string()))
}
