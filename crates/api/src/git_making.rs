//! Git's own things, made. No reference leads to them yet.

use jeton_app::contents::{self, Content, NewCommit, NewEntry, NewTag};
use jeton_app::{App, AppError, Call};
use jeton_domain::Operation;
use jeton_http::{Answer, Field, Form, Input, Method, Route};
use jeton_repo::{Mode, ObjectKind};
use serde::{Deserialize, Deserializer};

use crate::code_shapes::Code;
use crate::contents_edit::decoded;
use crate::operation::{CONTENTS_WRITE, writing_contents};
use crate::repositories::REPOSITORY;
use crate::signing::{PERSON, Person, given, message};

pub(crate) static BLOB: Operation =
    writing_contents("git_blob.create", "Store a blob.", CONTENTS_WRITE, &[]);
pub(crate) static TREE: Operation =
    writing_contents("git_tree.create", "Store a tree.", CONTENTS_WRITE, &[]);
pub(crate) static COMMIT: Operation =
    writing_contents("git_commit.create", "Store a commit.", CONTENTS_WRITE, &[]);
pub(crate) static TAG: Operation = writing_contents(
    "git_tag.create",
    "Store a tag that has words of its own.",
    CONTENTS_WRITE,
    &[],
);

/// The most entries that one request puts into a tree.
const MOST_ENTRIES: usize = 10_000;
/// The most that a commit follows.
const MOST_PARENTS: usize = 100;

const MODES: Form = Form::OneOf(&["100644", "100755", "040000", "160000", "120000"]);
const KINDS: Form = Form::OneOf(&["blob", "tree", "commit"]);
const ENTRY: Form = Form::Record(&[
    Field::needed("path", Form::Text, "Its path."),
    Field::needed("mode", MODES, "What it is, in Git's six digits."),
    Field::optional(
        "type",
        KINDS,
        "The kind of object behind it; what its mode says, where nothing is said.",
    ),
    Field::optional(
        "sha",
        Form::Either(&[Form::Text, Form::Unset]),
        "The object behind it; null: what stands there goes.",
    ),
    Field::optional(
        "content",
        Form::Text,
        "What the file is to hold, in place of `sha`.",
    ),
]);

/// GitHub's.
pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/git/blobs",
        &BLOB,
        REPOSITORY,
        blob,
    )
    .body(&[
        Field::needed("content", Form::Text, "What it is to hold."),
        Field::optional(
            "encoding",
            Form::OneOf(&["utf-8", "base64"]),
            "How that is written; `utf-8` where nothing is said.",
        ),
    ])
    .roomy()
    .answers(201, "Blob"),
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/git/trees",
        &TREE,
        REPOSITORY,
        tree,
    )
    .body(&[
        Field::needed("tree", Form::List(&ENTRY), "What is to stand in it."),
        Field::optional(
            "base_tree",
            Form::Text,
            "A tree that it is to be like else; none where nothing is said.",
        ),
    ])
    .roomy()
    .answers(201, "Tree"),
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/git/commits",
        &COMMIT,
        REPOSITORY,
        commit,
    )
    .body(&[
        Field::needed("message", Form::Text, "What it says."),
        Field::needed("tree", Form::Text, "The tree that it is about."),
        Field::optional("parents", Form::Texts, "What it follows."),
        Field::optional(
            "author",
            PERSON,
            "Who wrote it; who asks, where nothing is said.",
        ),
        Field::optional(
            "committer",
            PERSON,
            "Who put it there; the author, where nothing is said.",
        ),
        Field::optional("signature", Form::Unset, "No signatures are taken."),
    ])
    .answers(201, "Commit"),
    Route::new(
        Method::Post,
        "/repos/{owner}/{repo}/git/tags",
        &TAG,
        REPOSITORY,
        tag,
    )
    .body(&[
        Field::needed("tag", Form::Text, "What it is called."),
        Field::needed("message", Form::Text, "What it says."),
        Field::needed("object", Form::Text, "The id of what it is about."),
        Field::needed("type", KINDS, "The kind of that."),
        Field::optional(
            "tagger",
            PERSON,
            "Who made it; who asks, where nothing is said.",
        ),
    ])
    .answers(201, "Tag"),
];

#[derive(Deserialize)]
struct BlobBody {
    content: String,
    encoding: Option<String>,
}

fn blob(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: BlobBody = input.read("Blob")?;
    let contents = match body.encoding.as_deref() {
        Some("base64") => decoded(&body.content)
            .ok_or_else(|| AppError::invalid("Blob", "content", "is no base64"))?,
        _ => body.content.into_bytes(),
    };
    let id = contents::create_blob(app, call, contents)?;
    Ok(Answer::created(&Code::named(app, input).short_blob(id)))
}

#[derive(Deserialize)]
struct TreeBody {
    tree: Vec<EntryBody>,
    base_tree: Option<String>,
}

#[derive(Deserialize)]
struct EntryBody {
    path: String,
    mode: String,
    r#type: Option<String>,
    #[serde(default)]
    sha: Sha,
    content: Option<String>,
}

/// Null and left out are two things here.
#[derive(Default)]
enum Sha {
    #[default]
    LeftOut,
    Null,
    Given(String),
}

impl<'de> Deserialize<'de> for Sha {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(value)?.map_or(Self::Null, Self::Given))
    }
}

impl EntryBody {
    fn entry(self) -> Result<NewEntry, AppError> {
        let fault = |field: &'static str, what: &str| AppError::invalid("Tree", field, what);
        let mode = Mode::parse(&self.mode).ok_or_else(|| fault("mode", "is no mode"))?;
        if self.r#type.is_some_and(|kind| kind != mode.kind().name()) {
            return Err(fault("type", "is not what `mode` says"));
        }
        let content = match (self.sha, self.content) {
            (Sha::LeftOut, Some(text)) => Content::Text(text),
            (Sha::Given(sha), None) => Content::Object(sha),
            (Sha::Null, None) => Content::Nothing,
            (Sha::LeftOut, None) => return Err(fault("sha", "is left out, and `content` too")),
            (_, Some(_)) => {
                return Err(fault(
                    "content",
                    "stands beside `sha`: one of them says it all",
                ));
            }
        };
        Ok(NewEntry {
            path: self.path,
            mode,
            content,
        })
    }
}

fn tree(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: TreeBody = input.read("Tree")?;
    if body.tree.is_empty() || body.tree.len() > MOST_ENTRIES {
        return Err(AppError::invalid(
            "Tree",
            "tree",
            "holds none, or more than 10,000",
        ));
    }
    let entries: Vec<NewEntry> = body
        .tree
        .into_iter()
        .map(EntryBody::entry)
        .collect::<Result<_, _>>()?;
    let folder = contents::create_tree(app, call, body.base_tree.as_deref(), &entries)?;
    Ok(Answer::created(&Code::named(app, input).git_tree(&folder)))
}

#[derive(Deserialize)]
struct CommitBody {
    message: String,
    tree: String,
    #[serde(default)]
    parents: Vec<String>,
    author: Option<Person>,
    committer: Option<Person>,
}

fn commit(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: CommitBody = input.read("Commit")?;
    if body.parents.len() > MOST_PARENTS {
        return Err(AppError::invalid("Commit", "parents", "are more than 100"));
    }
    let new = NewCommit {
        message: message("Commit", body.message)?,
        tree: body.tree,
        parents: body.parents,
        author: given(body.author, "Commit", "author", app.now())?,
        committer: given(body.committer, "Commit", "committer", app.now())?,
    };
    let commit = contents::create_commit(app, call, &new)?;
    Ok(Answer::created(
        &Code::named(app, input).git_commit(&commit),
    ))
}

#[derive(Deserialize)]
struct TagBody {
    tag: String,
    message: String,
    object: String,
    r#type: String,
    tagger: Option<Person>,
}

fn tag(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let body: TagBody = input.read("Tag")?;
    let kind = ObjectKind::parse(&body.r#type)
        .ok_or_else(|| AppError::invalid("Tag", "type", "is no kind of object"))?;
    let new = NewTag {
        tag: body.tag,
        message: message("Tag", body.message)?,
        object: body.object,
        kind,
        tagger: given(body.tagger, "Tag", "tagger", app.now())?,
    };
    let tag = contents::create_tag(app, call, &new)?;
    Ok(Answer::created(&Code::named(app, input).git_tag(&tag)))
}
