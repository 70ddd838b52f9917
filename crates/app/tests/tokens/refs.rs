//! Ref conditions hold for what REST does to all refs of a repository at once, too.

use jeton_app::repositories::{self, RepositoryEdit};
use jeton_app::tokens::NewToken;
use jeton_domain::{Conditions, RefPattern, RefRules, Role};
use jeton_testkit::operations;

use crate::outcome::refused;
use crate::world::{World, labs, levels};

fn only(pattern: &str) -> RefRules {
    RefRules::Only {
        patterns: vec![RefPattern::parse(pattern).unwrap()],
        no_force: false,
        no_delete: false,
    }
}

#[test]
fn a_token_for_some_refs_neither_points_head_elsewhere_nor_renames_nor_deletes_the_whole() {
    let world = World::new();
    let made = |name: &str, refs| {
        let new = NewToken {
            permissions: levels(&[("administration", "write")]),
            conditions: vec![Conditions {
                refs,
                ..Conditions::default()
            }],
            ..labs(name)
        };
        let token = world.create(&world.ann, &new);
        token.secret.expose().to_owned()
    };
    let app = world.app();
    let edit = |value: &str, edit: &RepositoryEdit| {
        let call = world.call(value, &operations::ADMIN, &world.labs);
        repositories::update(app, &call, edit)
    };
    let branch = RepositoryEdit {
        default_branch: Some("agent/x".to_owned()),
        ..RepositoryEdit::default()
    };
    let name = RepositoryEdit {
        name: Some("laboratory".to_owned()),
        ..RepositoryEdit::default()
    };
    // Not even what names every ref there is names HEAD.
    for pattern in ["refs/heads/agent/*", "refs/**"] {
        let limited = made(pattern, only(pattern));
        for change in [&branch, &name] {
            assert_eq!(
                refused(edit(&limited, change)),
                (403, "ref_forbidden"),
                "{pattern}: {change:?}"
            );
        }
        let call = world.call(&limited, &operations::ADMIN, &world.labs);
        assert_eq!(
            refused(repositories::delete(app, &call)),
            (403, "ref_forbidden")
        );
        // What touches no ref is open, the name and branch that are there included.
        let harmless = RepositoryEdit {
            name: Some("labs".to_owned()),
            default_branch: Some("main".to_owned()),
            description: Some(pattern.to_owned()),
            ..RepositoryEdit::default()
        };
        edit(&limited, &harmless).unwrap();
    }
    let free = made("free", RefRules::Unrestricted);
    edit(&free, &branch).unwrap();
    edit(&free, &name).unwrap();
    let role = world.kit.by(
        &world.ann,
        &operations::ADMIN,
        jeton_app::Named::Repository("alta3".to_owned(), "laboratory".to_owned()),
    );
    jeton_app::collaborators::put(app, &role, "bob", Role::Read).unwrap();
    repositories::delete(app, &role).unwrap();
}
