//! Where submodules come from.

use gix::bstr::ByteSlice;

/// The `url` that a `.gitmodules` file gives for the submodule at a path. Nothing for a file that is malformed, as it is
/// people's own and read here for show.
pub fn submodule_url(modules: &[u8], path: &[u8]) -> Option<String> {
    let file = gix::config::File::from_bytes_no_includes(
        modules,
        gix::config::file::Metadata::api(),
        gix::config::file::init::Options::default(),
    )
    .ok()?;
    let section = file.sections_by_name("submodule")?.find(|section| {
        section
            .value("path")
            .is_some_and(|at| at.as_bytes() == path)
    })?;
    Some(section.value("url")?.to_str().ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_found_by_the_path() {
        let modules = b"[submodule \"a\"]\n\tpath = libs/a\n\turl = https://example.org/a.git\n\
            [submodule \"b\"]\n\turl = ../b\n\tpath = libs/b\n";
        assert_eq!(
            submodule_url(modules, b"libs/a").as_deref(),
            Some("https://example.org/a.git")
        );
        assert_eq!(submodule_url(modules, b"libs/b").as_deref(), Some("../b"));
        assert_eq!(submodule_url(modules, b"libs"), None);
        assert_eq!(submodule_url(b"[submodule \"a\"\npath=x", b"x"), None);
        assert_eq!(
            submodule_url(b"[include]\npath=/etc/passwd", b"/etc/passwd"),
            None
        );
    }
}
