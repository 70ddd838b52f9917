//! A list shows what the same operation would show one by one.

use crate::decide::decide;
use crate::world::{Repository, Target, Verdict, World};

/// Asks the decision about every repository; what it lets in, by id, and whether with the anonymous view.
pub fn list(world: &World, repositories: &[Repository]) -> Vec<(i64, bool)> {
    let mut seen = Vec::new();
    for repository in repositories {
        let mut one = world.clone();
        one.target = Target::Repository(Box::new(repository.clone()));
        if let Verdict::Allow { anonymous_view } = decide(&one) {
            seen.push((repository.id, anonymous_view));
        }
    }
    seen
}
