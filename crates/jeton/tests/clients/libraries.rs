//! Libraries: each runs its program beside this file, which fails with the first thing that is not as GitHub has it.

use crate::table::held;
use crate::world::{World, installed, scripts};

fn python(world: &World, program: &str) {
    let program = format!("{}/{program}", scripts());
    world
        .run(&installed("python/bin/python"), &[&program])
        .well();
}

#[test]
fn octokit_for_javascript() {
    let world = World::new();
    let program = format!("{}/octokit.mjs", scripts());
    let modules = installed("node_modules");
    world
        .shell(
            "node \"$PROGRAM\"",
            &[("PROGRAM", &program), ("MODULES", &modules)],
        )
        .well();
    held(&world, "Octokit for JavaScript");
}

#[test]
fn octokit_for_ruby() {
    let world = World::new();
    world
        .run("ruby", &[&format!("{}/octokit.rb", scripts())])
        .well();
    held(&world, "Octokit for Ruby");
}

#[test]
fn pygithub() {
    let world = World::new();
    python(&world, "pygithub.py");
    held(&world, "PyGithub");
}

#[test]
fn githubkit() {
    let world = World::new();
    python(&world, "githubkit_client.py");
    held(&world, "githubkit");
}

#[test]
fn libgit2() {
    let world = World::new();
    python(&world, "libgit2.py");
    held(&world, "libgit2");
}

#[test]
fn dulwich() {
    let world = World::new();
    python(&world, "dulwich_client.py");
    held(&world, "dulwich");
}

#[test]
fn jgit() {
    let world = World::new();
    let program = format!("{}/Jgit.java", scripts());
    // Java keeps authorities in a store of its own.
    let script = "keytool -importcert -noprompt -storepass changeit -keystore trust -file \"$CA\" && \
        java -cp '/usr/share/java/*' -Djavax.net.ssl.trustStore=trust -Djavax.net.ssl.trustStorePassword=changeit \"$PROGRAM\"";
    world.shell(script, &[("PROGRAM", &program)]).well();
    held(&world, "JGit");
}

#[test]
fn hub() {
    let world = World::new();
    let script = "export GITHUB_HOST=$HOST GITHUB_TOKEN=$OWN GITHUB_USER=ann; \
        hub api user | grep -q '\"login\":\"ann\"' && cd seed && \
        hub create -p -d words fresh && test \"$(hub api repos/ann/fresh --flat | grep '^.description' | cut -f2)\" = words && \
        hub delete -y ann/fresh && hub clone -p ann/notes ../hub && ! hub fork";
    world.shell(&format!("git config --global hub.host $HOST && git config --global credential.helper store && printf 'https://ann:%s@%s\\n' \"$OWN\" \"$HOST\" > \"$HOME/.git-credentials\" && git config --global hub.protocol https && {script}"), &[]).well();
    held(&world, "hub");
}
