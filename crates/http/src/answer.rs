//! What a handler answers, before the door dresses it.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::conditional::Known;
use crate::input::Input;
use crate::pieces::{NextPiece, Pieces};

/// A handler's answer: status, headers, body.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) content: Content,
    pub(crate) paging: Option<Paging>,
}

/// A body, and so its content type.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Nothing.
    Empty,
    /// `application/json; charset=utf-8`
    Json(Bytes),
    /// `text/plain; charset=utf-8`
    Text(Bytes),
    /// Any other media type.
    Media(&'static str, Bytes),
    /// Any media type, piece by piece.
    Pieces(&'static str, Pieces),
}

/// Where in a list an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    /// On a page out of so many.
    Numbered { page: u32, last: u32 },
    /// On a page of nobody knows how many.
    Open { page: u32, more: bool },
    /// Between two entries.
    Between(Neighbours),
    /// In front of what the value of a parameter leads to, if there is more.
    Onward(&'static str, Option<String>),
}

/// Where the pages beside a part of a list begin, for lists that are walked entry by entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The entry in front of which the page before ends.
    pub before: Option<String>,
    /// The entry behind which the next page begins.
    pub after: Option<String>,
}

impl Answer {
    /// 200 with JSON.
    pub fn ok(value: &impl Serialize) -> Self {
        Self::json(200, value)
    }

    /// 200 with JSON that was written before.
    pub fn written(json: impl Into<Bytes>) -> Self {
        Self {
            content: Content::Json(json.into()),
            ..Self::bare(StatusCode::OK)
        }
    }

    /// 201 with JSON.
    pub fn created(value: &impl Serialize) -> Self {
        Self::json(201, value)
    }

    /// 204.
    pub fn empty() -> Self {
        Self::bare(StatusCode::NO_CONTENT)
    }

    /// Any status with JSON. A status that is none, or a value that does not serialise, is answered
    /// as 500.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        match (StatusCode::from_u16(status), serde_json::to_vec(value)) {
            (Ok(status), Ok(bytes)) => Self {
                content: Content::Json(bytes.into()),
                ..Self::bare(status)
            },
            (_, Err(error)) => {
                tracing::error!(%error, "an answer does not serialise");
                Self::bare(StatusCode::INTERNAL_SERVER_ERROR)
            }
            (Err(_), _) => Self::bare(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// Any status with plain text.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            content: Content::Text(text.into().into()),
            ..Self::bare(status)
        }
    }

    /// Any status with any media type.
    pub fn media(status: u16, media: &'static str, bytes: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            content: Content::Media(media, bytes.into()),
            ..Self::bare(status)
        }
    }

    /// 200 with any media type, made piece by piece while the client takes it.
    pub fn pieces(media: &'static str, next: NextPiece) -> Self {
        Self {
            content: Content::Pieces(media, Pieces::new(next)),
            ..Self::bare(StatusCode::OK)
        }
    }

    /// 200 with any media type and the tag that names these bytes, or 304 for whoever has them. It may be kept, and is asked
    /// about each time.
    pub fn tagged(media: &'static str, bytes: impl Into<Bytes>, tag: &str, input: &Input) -> Self {
        let known = Known::of(&input.headers).holds(tag);
        let answer = if known {
            Self::bare(StatusCode::NOT_MODIFIED)
        } else {
            Self::media(200, media, bytes)
        };
        answer
            .header("etag", tag)
            .header("cache-control", "private, no-cache")
    }

    /// 302: what is asked for is at `url`, which is one of this server's.
    pub fn found(url: &str) -> Self {
        Self::bare(StatusCode::FOUND).header("location", url)
    }

    /// 303: the browser asks for `path` next, so that going back and looking again send no form twice. `path` is
    /// one of this server's; what could lead elsewhere leads to `/`.
    pub fn see_other(path: &str) -> Self {
        let path = if crate::browser::is_local(path) {
            path
        } else {
            "/"
        };
        Self::bare(StatusCode::SEE_OTHER).header("location", path)
    }

    /// 200 with one page of a list: `total` items in all. Adds `Link` where there are other pages.
    pub fn page(input: &Input, items: &impl Serialize, total: u64) -> Self {
        let page = input.page();
        let pages = total.div_ceil(u64::from(page.size.max(1)));
        let last = u32::try_from(pages).unwrap_or(u32::MAX).max(1);
        Self {
            paging: Some(Paging::Numbered {
                page: page.number,
                last,
            }),
            ..Self::ok(items)
        }
    }

    /// 200 with one page of a list whose length nobody counted. `more`: there is a page behind it.
    pub fn open_page(input: &Input, items: &impl Serialize, more: bool) -> Self {
        let page = input.page().number;
        Self {
            paging: Some(Paging::Open { page, more }),
            ..Self::ok(items)
        }
    }

    /// Links the pages beside this part of a list, by `before` and `after`.
    #[must_use]
    pub fn between(self, neighbours: Neighbours) -> Self {
        Self {
            paging: Some(Paging::Between(neighbours)),
            ..self
        }
    }

    /// Links the next part of a list that is walked one way, by the value of a parameter.
    #[must_use]
    pub fn onward(self, parameter: &'static str, next: Option<String>) -> Self {
        Self {
            paging: Some(Paging::Onward(parameter, next)),
            ..self
        }
    }

    /// Adds a header. A value that no header can hold is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    fn bare(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Empty,
            paging: None,
        }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The body's bytes, for tests.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Empty | Content::Pieces(..) => &[],
            Content::Json(bytes) | Content::Text(bytes) | Content::Media(_, bytes) => bytes,
        }
    }
}
