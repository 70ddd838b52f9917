//! What the doors share: the credential extractor, the route table, limits, and the form of answers.
//!
//! A door is a constant [`Table`] of [`Route`]s. [`Service`] is the only thing that can listen, and it
//! is made from tables only, so a route beside the table can't exist.

mod accepted;
mod answer;
mod base;
mod body;
mod browser;
mod carried;
mod client;
mod codes;
mod conditional;
mod cookie;
mod dress;
mod edge;
mod fields;
mod input;
mod json;
mod listen;
mod moved;
mod negotiate;
mod parameter;
mod path;
mod pieces;
mod refusal;
mod route;
mod scoped;
mod service;
mod site;
mod stall;
mod streaming;
mod table;

pub use answer::{Answer, Neighbours};
pub use body::{Body, BodyError, Payload, Response, Stream};
pub use browser::{FORM_KEY, Face, Faced, is_local};
pub use carried::holds_token;
pub use client::{ForwardedBy, Peer, Proxies};
pub use codes::{Code, Word};
pub use cookie::{Cookie, SESSION};
pub use input::{Input, Page};
pub use listen::{Listener, Stop, Stopper};
pub use negotiate::VERSION as API_VERSION;
pub use parameter::parameter_name;
pub use pieces::NextPiece;
pub use refusal::Refused;
pub use route::{
    Answering, Carries, Field, Form, GITHUB_PREFIXES, Handler, Method, NO_PREFIX, Names,
    OWN_PREFIXES, ROOM, Route, Rule, Table,
};
pub use service::{BadTables, Limits, Routes, Service, Setup};
pub use site::SITE;
pub use streaming::{Exchange, State};
pub use table::check;
