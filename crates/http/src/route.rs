//! The route table (law 2): what a door offers is a constant slice of [`Route`]s, and nothing else is
//! served.

use std::future::Future;
use std::pin::Pin;

use jeton_app::{App, AppError, Call, Door};
use jeton_domain::Operation;

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
    /// A repository: by the owner's and its own parameter.
    Repository(&'static str, &'static str),
    /// A repository as Git names it: the second parameter may end in `.git`.
    GitRepository(&'static str, &'static str),
}

/// The answer of a streaming handler, in the making.
pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

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

/// The form of a field or parameter, for the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A text.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A moment in ISO 8601.
    Moment,
    /// A list of texts.
    Texts,
    /// A list of whole numbers.
    Numbers,
    /// An object.
    Object,
    /// More than one form; the sentence says which.
    Mixed,
    /// A text out of these.
    OneOf(&'static [&'static str]),
}

/// One field of a body, or one parameter of a query, for the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Parameters of the query, for the reference.
    pub query: &'static [Field],
    /// Fields of the JSON body, for the reference.
    pub body: &'static [Field],
    /// The status of success and what comes with it: `(201, "Token")`.
    pub answer: (u16, &'static str),
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
            query: &[],
            body: &[],
            answer: (200, ""),
        }
    }

    /// Only with this query parameter.
    #[must_use]
    pub const fn selected_by(mut self, name: &'static str, value: &'static str) -> Self {
        self.selector = Some((name, value));
        self
    }

    /// Documents the query.
    #[must_use]
    pub const fn query(mut self, query: &'static [Field]) -> Self {
        self.query = query;
        self
    }

    /// Documents the body.
    #[must_use]
    pub const fn body(mut self, body: &'static [Field]) -> Self {
        self.body = body;
        self
    }

    /// Documents the answer of success.
    #[must_use]
    pub const fn answers(mut self, status: u16, shape: &'static str) -> Self {
        self.answer = (status, shape);
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
    /// Body fields that a route does not document are refused, so that a misspelt restriction does
    /// not vanish. Tables that others shaped ignore them, as their clients send more than we know.
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
