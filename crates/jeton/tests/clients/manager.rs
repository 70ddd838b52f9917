//! Git Credential Manager: it takes a token, asks who it is of, keeps it and gives it to Git.

use crate::device::signs_in;
use crate::table::held;
use crate::world::{World, installed};

#[test]
fn git_credential_manager_keeps_a_token_for_git() {
    let world = World::new();
    let manager = installed("python/bin/git-credential-manager");
    let script = "\
        git config --global credential.credentialStore plaintext && git config --global credential.https://$HOST.provider github && \
        git config --global credential.helper \"$MANAGER\" && \
        $MANAGER github login --url https://$HOST --pat \"$OWN\" && $MANAGER github list --url https://$HOST | grep -qx ann && \
        git clone -q https://ann@$HOST/ann/notes kept && test \"$(cat kept/file)\" = one";
    let more = [
        ("MANAGER", manager.as_str()),
        ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"),
        ("GCM_INTERACTIVE", "false"),
        ("GCM_PLAINTEXT_STORE_PATH", "plain"),
    ];
    world.shell(script, &more).well();
    held(&world, "Git Credential Manager");
}

/// It shows its code on a terminal alone, so it is given one.
#[test]
fn git_credential_manager_signs_in_by_a_devices_code() {
    let world = World::new();
    let manager = installed("python/bin/git-credential-manager");
    let script = "\
        git config --global credential.credentialStore plaintext && git config --global credential.https://$HOST.provider github && \
        git config --global credential.helper \"$MANAGER\"";
    let more = [
        ("MANAGER", manager.as_str()),
        ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"),
        ("GCM_PLAINTEXT_STORE_PATH", "plain"),
        ("GIT_TERMINAL_PROMPT", "1"),
    ];
    world.shell(script, &more).well();
    let login = || {
        let mut login = world.command("script");
        let line = "\"$MANAGER\" github login --url \"$URL\" --device";
        login.args(["-qefc", line, "/dev/null"]).envs(more);
        login
    };
    let denied = signs_in(&world, login(), "deny");
    assert!(denied.code != 0, "{denied:?}");
    signs_in(&world, login(), "approve").well();
    let script = "\
        $MANAGER github list --url https://$HOST | grep -qx ann && \
        git clone -q https://ann@$HOST/ann/notes kept && test \"$(cat kept/file)\" = one && \
        ! git clone -q https://ann@$HOST/acme/labs none";
    world.shell(script, &more).well();
    held(&world, "Git Credential Manager, by a device's code");
}
