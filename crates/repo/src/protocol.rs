//! The words of Git's smart protocol that a door needs.

/// Which side of the transfer the server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Gives objects: clone and fetch.
    UploadPack,
    /// Takes objects: push.
    ReceivePack,
}

impl Service {
    /// The name as it stands in paths and media types.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }

    /// The name as git's own subcommand.
    pub(crate) const fn subcommand(self) -> &'static str {
        match self {
            Self::UploadPack => "upload-pack",
            Self::ReceivePack => "receive-pack",
        }
    }
}

/// The version of the protocol that the client asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// No version named.
    #[default]
    V0,
    /// As version 0, with a line that says so.
    V1,
    /// Commands.
    V2,
}

/// A `Git-Protocol` header that is none of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the header `Git-Protocol` must be `version=0`, `version=1` or `version=2`")]
pub struct UnknownProtocol;

impl Protocol {
    /// Reads the header `Git-Protocol`. Absent is version 0; anything but the three known values is
    /// refused, so that nothing of the client's reaches git's environment.
    pub fn parse(header: Option<&[u8]>) -> Result<Self, UnknownProtocol> {
        match header {
            None | Some(b"version=0") => Ok(Self::V0),
            Some(b"version=1") => Ok(Self::V1),
            Some(b"version=2") => Ok(Self::V2),
            Some(_) => Err(UnknownProtocol),
        }
    }

    /// What git's environment gets.
    pub(crate) const fn variable(self) -> Option<&'static str> {
        match self {
            Self::V0 => None,
            Self::V1 => Some("version=1"),
            Self::V2 => Some("version=2"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_versions_are_known() {
        assert_eq!(Protocol::parse(None), Ok(Protocol::V0));
        assert_eq!(Protocol::parse(Some(b"version=0")), Ok(Protocol::V0));
        assert_eq!(Protocol::parse(Some(b"version=1")), Ok(Protocol::V1));
        assert_eq!(Protocol::parse(Some(b"version=2")), Ok(Protocol::V2));
        let hostile: [&[u8]; 10] = [
            b"",
            b"version=3",
            b"version=2 ",
            b" version=2",
            b"version=2\n",
            b"version=22",
            b"Version=2",
            b"version=2:session-id=x",
            b"version=2\0",
            b"version=2;GIT_DIR=/etc",
        ];
        for header in hostile {
            assert_eq!(
                Protocol::parse(Some(header)),
                Err(UnknownProtocol),
                "{header:?}"
            );
        }
    }
}
