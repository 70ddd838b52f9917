//! The route table (law 2): what a door offers is a constant slice of [`Route`]s, and nothing else is
//! served.

use std::future::Future;
use std::pin::Pin;

use jeton_app::{Acting, App, AppError, Call, Door};
use jeton_domain::Operation;
use jeton_store::ReadUnit;

use crate::answer::Answer;
use crate::body::Response;
use crate::input::Input;
use crate::streaming::Exchange;

/// The methods that routes use. Any other is answered as an unknown path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Looks. `HEAD` is served as this without the body.
    Get,
    /// Makes something, or does what no other method names.
    Post,
    /// Makes something as given, twice the same.
    Put,
    /// Changes parts.
    Patch,
    /// Takes away.
    Delete,
}

impl Method {
    /// As it stands in a request line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Reads a request line's word. `HEAD` is [`Method::Get`].
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "GET" | "HEAD" => Self::Get,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }
}

/// Which path parameters name what the operation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The server.
    Site,
    /// The caller.
    Own,
    /// An organization: by this parameter.
    Organization(&'static str),
    /// An organization: by its number, in this parameter.
    OrganizationNumber(&'static str),
    /// A repository: by its number, in this parameter.
    RepositoryNumber(&'static str),
    /// A repository: by the owner's and its own parameter.
    Repository(&'static str, &'static str),
    /// A repository as Git names it: the second parameter may end in `.git`.
    GitRepository(&'static str, &'static str),
    /// A package: by its scope, `@owner`, and its own parameter.
    Package(&'static str, &'static str),
    /// A package: by the owner's and its own parameter, as GitHub names it.
    PackageOf(&'static str, &'static str),
    /// A package by its scope, or one that is to be made.
    NewPackage(&'static str, &'static str),
}

/// The answer of a streaming handler, in the making.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What a use case demands beyond the decision, as far as it hangs on who asks and what the path names
/// and not on a body: the use case's own check, for `explain` to ask without doing.
pub type Rule = fn(&mut ReadUnit<'_>, &Acting<'_>, &Input) -> Result<(), AppError>;

/// What serves a route.
#[derive(Clone, Copy, Debug)]
pub enum Handler {
    /// Runs on a thread that may block, with the whole body read.
    Blocking(fn(&App, &Call, &Input) -> Result<Answer, AppError>),
    /// Tries `at_once` on the thread that serves the connection: it may look into memory only, never
    /// into a file or the database, and says `None` where that is not enough. Then `blocking` is run
    /// as [`Handler::Blocking`] is. For the few requests that come thousands of times a second.
    Quick {
        /// From memory, or not at all.
        at_once: fn(&App, &Call, &Input) -> Option<Result<Answer, AppError>>,
        /// With all the means there are.
        blocking: fn(&App, &Call, &Input) -> Result<Answer, AppError>,
    },
    /// Gets the body as it comes and answers as it can: Git.
    Streaming(fn(Exchange) -> Answering),
}

/// The form of a field or parameter: checked before a handler reads it, and shown in the reference.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A text.
    Text,
    /// A text that will stand in addresses: it may not look like one of our tokens, which no address
    /// may hold.
    Name,
    /// A whole number.
    Number,
    /// A whole number from the first to the second, both included.
    NumberIn(i64, i64),
    /// `true` or `false`.
    Boolean,
    /// A moment in ISO 8601, as [`Time::parse_bound`](jeton_domain::Time::parse_bound) takes it.
    Moment,
    /// A text that a function takes, and what it takes in words: `a network such as …`.
    Read(&'static str, fn(&str) -> bool),
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Numbers,
    /// A list in which everything has this form.
    List(&'static Form),
    /// An object with these fields and no others.
    Record(&'static [Field]),
    /// An object of texts by name.
    TextByName,
    /// A word alone, or an object of one word and what belongs to it: `"leave"`, `{"force": true}`.
    Variant(&'static [(&'static str, Option<Form>)]),
    /// Any of these.
    Either(&'static [Form]),
    /// A text out of these.
    OneOf(&'static [&'static str]),
    /// This and not the other: what holds can be said and not changed.
    Just(bool),
    /// An object of anything: its own reader looks at it.
    Object,
    /// Nothing: an empty text, list or object, or null. What is asked for can't be had.
    Unset,
}

/// One field of a body, or one parameter of a query.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its form.
    pub form: Form,
    /// Must be there.
    pub required: bool,
    /// One sentence for people.
    pub sentence: &'static str,
}

impl Field {
    /// A field that must be there.
    pub const fn needed(name: &'static str, form: Form, sentence: &'static str) -> Self {
        Self {
            name,
            form,
            required: true,
            sentence,
        }
    }

    /// A field that may be left out.
    pub const fn optional(name: &'static str, form: Form, sentence: &'static str) -> Self {
        Self {
            name,
            form,
            required: false,
            sentence,
        }
    }
}

/// How many times as large as others a body may be that holds files.
pub const ROOM: usize = 16;

/// What every list takes. Out of range counts as the nearest page or size that there is.
const PAGES: &[Field] = &[
    Field::optional("page", Form::Number, "Which page, from 1."),
    Field::optional(
        "per_page",
        Form::Number,
        "How many on a page: 30, if not said, and at most 100.",
    ),
];

/// Which credentials a route looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// What its door takes: a browser's session at pages, `Authorization` elsewhere.
    AsItsDoor,
    /// `Authorization`, and a browser's session where there is none: for files that a page links to.
    SessionsToo,
    /// None, whatever the request carries: the same bytes for everybody. For style sheets and scripts of pages.
    Nothing,
    /// Name and secret of an OAuth client as `Basic`, which its use case checks, and which are nobody's credential; else
    /// what its door takes. The body may be a form.
    Client,
}

/// One entry of a route table.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below the table's prefix: `/orgs/{org}/teams/{team_slug}`.
    pub path: &'static str,
    /// A query parameter with exactly this value belongs to the route's name: what tells Git's two
    /// advertisements apart.
    pub selector: Option<(&'static str, &'static str)>,
    /// What it does: enforced, shown and documented from this one entry.
    pub operation: &'static Operation,
    /// What it is about.
    pub names: Names,
    /// What serves it.
    pub handler: Handler,
    /// What its use case demands beyond the decision.
    pub rule: Option<Rule>,
    /// Parameters of the query: a handler can read no others.
    pub query: &'static [Field],
    /// The answer is a list that comes in pages: `page` and `per_page` are parameters too.
    pub paged: bool,
    /// The answer is a list of what the credential reaches: it says so where that is a token.
    pub narrowed: bool,
    /// Its body may be [`ROOM`] times as large as those of others: it holds files. The decision comes before it.
    pub roomy: bool,
    /// Fields of the JSON body.
    pub body: &'static [Field],
    /// Fields that others know and that can't be changed here: each takes what holds and nothing else,
    /// so that a restriction or a promise does not vanish where fields that nobody knows are ignored.
    pub settled: &'static [Field],
    /// Parameters that are not declared are refused, but for these, which others know. Nothing: as the
    /// table says.
    pub refuses_but: Option<&'static [&'static str]>,
    /// Which credentials it looks at.
    pub carries: Carries,
    /// The status of success and what comes with it: `(201, "Token")`.
    pub answer: (u16, &'static str),
    /// Another status of success, with which no body comes.
    pub also: Option<u16>,
    /// The media types of an answer that is a file; none, where it is JSON.
    pub files: &'static [&'static str],
}

impl Route {
    /// A route that is served by a function which may block. Answers 200, unless
    /// [`Route::answers`] says otherwise.
    pub const fn new(
        method: Method,
        path: &'static str,
        operation: &'static Operation,
        names: Names,
        handler: fn(&App, &Call, &Input) -> Result<Answer, AppError>,
    ) -> Self {
        Self::with(method, path, operation, names, Handler::Blocking(handler))
    }

    /// A route with any handler.
    pub const fn with(
        method: Method,
        path: &'static str,
        operation: &'static Operation,
        names: Names,
        handler: Handler,
    ) -> Self {
        Self {
            method,
            path,
            selector: None,
            operation,
            names,
            handler,
            rule: None,
            query: &[],
            paged: false,
            narrowed: false,
            roomy: false,
            body: &[],
            settled: &[],
            refuses_but: None,
            carries: Carries::AsItsDoor,
            answer: (200, ""),
            also: None,
            files: &[],
        }
    }

    /// Only with this query parameter.
    #[must_use]
    pub const fn selected_by(mut self, name: &'static str, value: &'static str) -> Self {
        self.selector = Some((name, value));
        self
    }

    /// Names the use case's own check.
    #[must_use]
    pub const fn rule(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Answers in pages.
    #[must_use]
    pub const fn paged(mut self) -> Self {
        self.paged = true;
        self
    }

    /// Lists what the credential reaches, and so says where that is narrowed by a token: whatever was left
    /// out, and also where nothing was.
    #[must_use]
    pub const fn narrowed(mut self) -> Self {
        self.narrowed = true;
        self
    }

    /// Its path as people read it: a parameter that takes the rest of a path looks like any other.
    pub fn shown_path(&self) -> String {
        self.path.replace("{*", "{")
    }

    /// Takes larger bodies than others do.
    #[must_use]
    pub const fn roomy(mut self) -> Self {
        self.roomy = true;
        self
    }

    /// Every parameter of the query, those of pages included.
    pub fn parameters(&self) -> impl Iterator<Item = &'static Field> {
        let pages: &[Field] = if self.paged { PAGES } else { &[] };
        self.query.iter().chain(pages)
    }

    /// Declares the query's parameters.
    #[must_use]
    pub const fn query(mut self, query: &'static [Field]) -> Self {
        self.query = query;
        self
    }

    /// Declares the body's fields.
    #[must_use]
    pub const fn body(mut self, body: &'static [Field]) -> Self {
        self.body = body;
        self
    }

    /// Declares the body's fields that take only what holds.
    #[must_use]
    pub const fn settled(mut self, settled: &'static [Field]) -> Self {
        self.settled = settled;
        self
    }

    /// Refuses parameters that neither are declared nor stand here, where the table would ignore them: in
    /// a list of who has access, a misspelt filter shows what looks like an answer.
    #[must_use]
    pub const fn refuses_but(mut self, ignored: &'static [&'static str]) -> Self {
        self.refuses_but = Some(ignored);
        self
    }

    /// Takes the requests of OAuth clients.
    #[must_use]
    pub const fn client(mut self) -> Self {
        self.carries = Carries::Client;
        self
    }

    /// Reads no credential.
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.carries = Carries::Nothing;
        self
    }

    /// Takes a browser's session too.
    ///
    /// SECURITY: for routes that only look, and whose answers no browser runs.
    #[must_use]
    pub const fn with_sessions(mut self) -> Self {
        self.carries = Carries::SessionsToo;
        self
    }

    /// Documents the answer of success.
    #[must_use]
    pub const fn answers(mut self, status: u16, shape: &'static str) -> Self {
        self.answer = (status, shape);
        self
    }

    /// Documents another status of success, with which no body comes.
    #[must_use]
    pub const fn or_answers(mut self, status: u16) -> Self {
        self.also = Some(status);
        self
    }

    /// Documents that success is a file of one of these media types.
    #[must_use]
    pub const fn gives_file(mut self, media: &'static [&'static str]) -> Self {
        self.files = media;
        self
    }
}

/// Routes of one door under the same prefixes.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The door: it gives refusals their form.
    pub door: Door,
    /// The prefixes under which the routes are found, longest first; `""` for none.
    pub prefixes: &'static [&'static str],
    /// Body fields and query parameters that a route does not declare are refused, so that a misspelt
    /// restriction or filter does not vanish. Tables that others shaped ignore them, as their clients
    /// send more than we know.
    pub strict_fields: bool,
    /// The routes.
    pub routes: &'static [Route],
}

/// Prefixes of the GitHub-shaped table.
pub const GITHUB_PREFIXES: &[&str] = &["/api/v3", "/api"];
/// Prefix of our own operations.
pub const OWN_PREFIXES: &[&str] = &["/api/jeton/v1"];
/// For paths that stand alone: Git's, `/healthz`.
pub const NO_PREFIX: &[&str] = &[""];
