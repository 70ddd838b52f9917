//! The registry: npm, pnpm and both yarns, unmodified.

use std::process::Command;

use crate::browser::Browser;
use crate::device::converses;
use crate::table::held;
use crate::world::{Said, URL, World, installed, scripts};

/// Ann's own token for packages, and one that only reads; where the registry is.
struct Registry {
    world: World,
    admin: String,
    read: String,
}

impl Registry {
    fn new() -> Self {
        let world = World::new();
        let token = |name: &str, level: &str| {
            let permission = format!("packages={level}");
            let words = [
                "token",
                "create",
                name,
                "--all-repositories",
                "--yes",
                "--value-only",
                "-p",
                &permission,
            ];
            let said = world.run(env!("CARGO_BIN_EXE_jeton"), &words).well();
            said.out.trim().to_owned()
        };
        let (admin, read) = (token("admin", "admin"), token("read", "read"));
        world.forget();
        let script = "mkdir -p pad use && cd pad && echo 'module.exports = 1' > index.js && echo '# Pads' > README.md && \
            echo '{\"name\":\"@ann/pad\",\"version\":\"1.0.0\",\"license\":\"MIT\",\"main\":\"index.js\"}' > package.json && \
            echo '{\"name\":\"use\",\"version\":\"1.0.0\"}' > ../use/package.json";
        world.shell(script, &[]).well();
        Self { world, admin, read }
    }

    /// A line of shell where `$TOKEN` is stored for the registry.
    fn with(&self, token: &str, script: &str) -> Said {
        let script = format!(
            "printf 'registry=%s/npm/\\n//%s/npm/:_authToken=%s\\ncafile=%s\\nupdate-notifier=false\\n' \"$URL\" \"$HOST\" \"$TOKEN\" \"$CA\" > \
             \"$HOME/.npmrc\" && {script}"
        );
        let (pnpm, yarn, berry) = (
            installed("node_modules/pnpm/bin/pnpm.cjs"),
            installed("node_modules/yarn/bin/yarn.js"),
            installed("node_modules/@yarnpkg/cli-dist/bin/yarn.js"),
        );
        let more = [
            ("TOKEN", token),
            ("PNPM", &pnpm),
            ("YARN", &yarn),
            ("BERRY", &berry),
        ];
        self.world.shell(&script, &more)
    }

    fn does(&self, script: &str) -> String {
        let said = self.with(&self.admin, script).well();
        format!("{}{}", said.out, said.err)
    }
}

/// Who keeps a package, who asks, and what takes a password.
fn keepers_and_profiles(registry: &Registry) {
    let does = |script: &str| registry.does(script);
    let fails = |token: &str, script: &str, words: &str| {
        registry.with(token, script).failed(words);
    };
    // Who keeps it, and who is told so.
    let kept = does("npm owner ls @ann/pad");
    assert!(
        kept.starts_with("ann <") && kept.trim().lines().count() == 1,
        "{kept}"
    );
    fails(&registry.read, "npm owner ls @ann/pad | grep ann", "");
    does("npm owner add kim @ann/pad");
    assert!(does("npm owner ls @ann/pad").contains("kim <"));
    fails(
        &registry.read,
        "npm owner add kim @ann/pad",
        "needs `packages: admin`",
    );
    fails(&registry.admin, "npm owner add nobody @ann/pad", "404");
    fails(&registry.admin, "npm owner rm ann @ann/pad", "is `ann`'s");
    does("npm owner rm kim @ann/pad");
    assert!(!does("npm owner ls @ann/pad").contains("kim <"));
    // Whoever asks; and what takes a password.
    let own = does("npm profile get");
    assert!(
        own.contains("name: ann") && own.contains("two-factor auth: disabled"),
        "{own}"
    );
    fails(
        &registry.admin,
        "npm profile set fullname Ann",
        "No password is taken here",
    );
    fails(
        &registry.admin,
        "npm token create --password=x",
        "No password is taken here",
    );
    fails(
        &registry.admin,
        "npm access set mfa=publish @ann/pad",
        "no second factor here",
    );
    let said = registry.with(&registry.read, "npm logout && npm whoami");
    said.failed("ENEEDAUTH");
    fails(&registry.read, "npm whoami", "401");
}

#[test]
fn npm_publishes_installs_tags_and_removes() {
    let registry = Registry::new();
    let does = |script: &str| registry.does(script);
    let fails = |token: &str, script: &str, words: &str| {
        registry.with(token, script).failed(words);
    };
    let world = &registry.world;
    assert_eq!(does("npm whoami").trim(), "ann");
    does("npm ping");
    let listed = does("npm token list --json");
    assert!(listed.contains("\"readonly\": false"), "{listed}");
    does("cd pad && npm publish");
    fails(
        &registry.admin,
        "cd pad && npm publish",
        "cannot publish over",
    );
    assert!(does("npm view @ann/pad dist.tarball").contains("/npm/@ann/pad/-/pad-1.0.0.tgz"));
    does(
        "cd use && npm install @ann/pad && test -f node_modules/@ann/pad/index.js && npm ci && npm audit",
    );
    does("cd pad && npm version 1.1.0 && npm publish --tag next");
    assert_eq!(
        does("npm dist-tag ls @ann/pad").trim(),
        "latest: 1.0.0\nnext: 1.1.0"
    );
    does("npm dist-tag add @ann/pad@1.1.0 stable && npm dist-tag rm @ann/pad stable");
    fails(
        &registry.admin,
        "npm dist-tag rm @ann/pad latest",
        "move it instead",
    );
    does("npm deprecate @ann/pad@1.0.0 'use another'");
    assert_eq!(
        does("npm view @ann/pad@1.0.0 deprecated").trim(),
        "use another"
    );
    does("npm undeprecate @ann/pad@1.0.0");
    assert!(does("npm access get status @ann/pad").contains("private"));
    does("npm access set status=public @ann/pad && npm access set status=private @ann/pad");
    assert!(does("npm access list packages ann").contains("@ann/pad: read-write"));
    assert!(does("npm access list collaborators @ann/pad").contains("ann: read-write"));
    assert!(does("npm search pad").contains("@ann/pad"));
    fails(
        &registry.read,
        "cd pad && npm version 1.2.0 && npm publish",
        "needs `packages: write`",
    );
    fails(
        &registry.read,
        "npm unpublish @ann/pad@1.1.0",
        "needs `packages: admin`",
    );
    does("npm unpublish @ann/pad@1.1.0");
    fails(
        &registry.admin,
        "cd pad && npm version 1.1.0 && npm publish",
        "never published twice",
    );
    fails(
        "jtp_000000000000000000000000000000000000",
        "npm whoami",
        "401",
    );
    fails(&world.own, "npm view @ann/pad", "needs `packages: read`");
    keepers_and_profiles(&registry);
    does("npm unpublish --force @ann/pad");
    fails(&registry.admin, "npm view @ann/pad", "404");
    held(world, "npm");
}

#[test]
fn pnpm_publishes_and_installs() {
    let registry = Registry::new();
    let does = |script: &str| registry.does(script);
    let world = &registry.world;
    does("cd pad && node \"$PNPM\" publish --no-git-checks");
    does("cd use && node \"$PNPM\" add @ann/pad && test -f node_modules/@ann/pad/index.js");
    does(
        "cd use && rm -rf node_modules && node \"$PNPM\" install --frozen-lockfile && test -f node_modules/@ann/pad/index.js",
    );
    assert!(does("node \"$PNPM\" view @ann/pad version").contains("1.0.0"));
    let read = "cd pad && npm version 1.1.0 > ../out && node \"$PNPM\" publish --no-git-checks";
    registry
        .with(&registry.read, read)
        .failed("needs `packages: write`");
    assert_eq!(does("cd pad && node \"$PNPM\" whoami").trim(), "ann");
    does("cd pad && node \"$PNPM\" publish --no-git-checks --tag next");
    does("cd pad && node \"$PNPM\" dist-tag add @ann/pad@1.1.0 stable");
    assert!(does("cd pad && node \"$PNPM\" dist-tag ls @ann/pad").contains("stable: 1.1.0"));
    does("cd pad && node \"$PNPM\" dist-tag rm @ann/pad stable");
    does("cd pad && node \"$PNPM\" deprecate @ann/pad@1.0.0 'use another'");
    assert!(does("npm view @ann/pad@1.0.0 deprecated").contains("use another"));
    does("cd pad && node \"$PNPM\" deprecate @ann/pad@1.0.0 ''");
    does("cd pad && node \"$PNPM\" access set status=public @ann/pad");
    assert!(does("cd pad && node \"$PNPM\" access get status @ann/pad").contains("public"));
    assert!(does("cd pad && node \"$PNPM\" search pad").contains("@ann/pad"));
    registry
        .with(
            &registry.read,
            "cd pad && node \"$PNPM\" unpublish @ann/pad@1.1.0",
        )
        .failed("needs `packages: admin`");
    does("cd pad && node \"$PNPM\" unpublish @ann/pad@1.1.0");
    registry
        .with(
            &registry.admin,
            "npm view @ann/pad@1.1.0 version | grep 1.1.0",
        )
        .failed("");
    held(world, "pnpm");
}

#[test]
fn yarn_classic_publishes_and_installs() {
    let registry = Registry::new();
    let does = |script: &str| registry.does(script);
    let world = &registry.world;
    let yarn = "node \"$YARN\" config set cafile \"$CA\"; yarn() { node \"$YARN\" \"$@\"; };";
    does(&format!(
        "{yarn} cd pad && yarn publish --non-interactive --new-version 1.0.0"
    ));
    does(&format!(
        "{yarn} cd use && yarn add @ann/pad && test -f node_modules/@ann/pad/index.js"
    ));
    let again = format!("{yarn} cd pad && yarn publish --non-interactive --new-version 1.0.0");
    registry.with(&registry.admin, &again).failed("");
    does(&format!("{yarn} yarn tag add @ann/pad@1.0.0 stable"));
    let tags = does(&format!("{yarn} yarn tag list @ann/pad"));
    assert!(tags.contains("stable: 1.0.0"), "{tags}");
    does(&format!("{yarn} yarn tag remove @ann/pad stable"));
    let owners = does(&format!("{yarn} yarn owner list @ann/pad"));
    assert!(owners.contains("ann"), "{owners}");
    assert!(does(&format!("{yarn} yarn info @ann/pad version")).contains("1.0.0"));
    held(world, "yarn classic");
}

#[test]
fn yarn_publishes_and_installs() {
    let registry = Registry::new();
    let does = |script: &str| registry.does(script);
    let world = &registry.world;
    // Of itself it takes nothing that was published a moment ago.
    let settings = "printf 'npmRegistryServer: \"%s/npm\"\\nnpmAlwaysAuth: true\\nnpmAuthToken: \"%s\"\\nenableTelemetry: false\\nnodeLinker: node-modules\\nhttpsCaFilePath: \"%s\"\\nenableGlobalCache: false\\nnpmMinimalAgeGate: 0\\n' \
        \"$URL\" \"$TOKEN\" \"$CA\" > .yarnrc.yml; touch yarn.lock; yarn() { node \"$BERRY\" \"$@\"; };";
    does(&format!(
        "cd pad && {settings} yarn install && yarn npm whoami && yarn npm publish"
    ));
    does(&format!(
        "cd use && {settings} yarn add @ann/pad && test -f node_modules/@ann/pad/index.js"
    ));
    does(&format!(
        "cd use && {settings} yarn npm info @ann/pad && yarn npm tag list @ann/pad && yarn npm tag add @ann/pad@1.0.0 stable && yarn npm tag remove @ann/pad stable"
    ));
    let again = format!("cd pad && {settings} yarn npm publish");
    registry.with(&registry.admin, &again).failed("409");
    held(world, "yarn");
}

/// Types into a terminal, each word where the client asks for it.
const TYPING: &str = r#"mkfifo keys; exec 3<>keys
says() { n=0; until grep -q "$1" typed 2>/dev/null; do n=$((n+1)); test $n -lt 300; sleep 0.2; done; printf '%s\r' "$2" >&3; }
at_a_terminal() { timeout 90 script -qefc "$1" typed <&3; }
"#;

#[test]
fn npm_and_yarn_sign_in_with_a_token_as_their_password() {
    let registry = Registry::new();
    let world = &registry.world;
    let answers = r#"(says Username ann; says Password "$TOKEN") &"#;
    let signs_in = |settings: &str, client: &str, login: &str| {
        let script = format!(
            "{TYPING}{settings}\n{answers}\nat_a_terminal \"{client} {login}\"; wait; rm -f keys ../keys typed; echo; {client} whoami"
        );
        let berry = installed("node_modules/@yarnpkg/cli-dist/bin/yarn.js");
        let given = [("TOKEN", registry.admin.as_str()), ("BERRY", &berry)];
        let said = world.shell(&script, &given).well();
        let named = ["ann", "➤ YN0000: ann"];
        assert!(
            said.out.lines().any(|line| named.contains(&line)),
            "{said:?}"
        );
    };
    let npmrc = "printf 'registry=%s/npm/\\ncafile=%s\\nupdate-notifier=false\\n' \"$URL\" \"$CA\" > \"$HOME/.npmrc\"";
    signs_in(npmrc, "npm", "login --auth-type=legacy");
    let yarnrc = "mkdir -p y; cd y; printf 'npmRegistryServer: \"%s/npm\"\\nenableTelemetry: false\\nhttpsCaFilePath: \"%s\"\\n' \
        \"$URL\" \"$CA\" > .yarnrc.yml; touch yarn.lock; echo '{}' > package.json";
    signs_in(yarnrc, "node $BERRY npm", "login");
}

/// Ann opens the address that npm printed, sees who asks, and answers.
fn answered(world: &World, line: &str, filled: &[(&str, &str)]) -> bool {
    // Whatever colours are around it.
    let Some(at) = line.find(&format!("{URL}/login/npm/")) else {
        return false;
    };
    let rest = line.get(at..).unwrap();
    let line = rest
        .split(|sign: char| sign.is_control() || sign.is_whitespace())
        .next()
        .unwrap();
    let browser = Browser::signed_in(world);
    let page = browser.page(line);
    let end = line.get(line.len() - 6..).unwrap();
    for words in ["Let npm have a token", "127.0.0.1, just now", end] {
        assert!(page.contains(words), "no `{words}` in {page}");
    }
    browser.form(&page, line.strip_prefix(URL).unwrap(), filled);
    true
}

/// A line of shell in which npm knows the registry and has no token that lives.
fn signing_in(world: &World, script: &str) -> Command {
    let mut shell = world.command("sh");
    let dead = "jtp_000000000000000000000000000000000000";
    let settings = format!(
        "printf 'registry=%s/npm/\\n//%s/npm/:_authToken={dead}\\ncafile=%s\\nupdate-notifier=false\\n' \"$URL\" \"$HOST\" \"$CA\" > \"$HOME/.npmrc\""
    );
    shell.args(["-euc", &format!("{settings} && {script}")]);
    shell
}

#[test]
fn npm_signs_in_by_the_browser() {
    let world = World::new();
    world.forget();
    let yes = [
        ("level", "write"),
        ("name", "laptop"),
        ("expires", "30"),
        ("answer", "allow"),
    ];
    // By itself: this is what npm does unless it is told otherwise.
    let login = signing_in(&world, "npm login && npm whoami");
    let said = converses(login, |line| answered(&world, line, &yes)).well();
    assert!(said.out.trim_end().ends_with("ann"), "{said:?}");
    let script = "mkdir -p pad && cd pad && echo '{\"name\":\"@ann/pad\",\"version\":\"1.0.0\"}' > package.json && npm publish";
    world.shell(script, &[]).well();
    // It removes nothing, and says what would.
    let script = "npm unpublish --force @ann/pad";
    world
        .shell(script, &[])
        .failed("needs the scope `delete:packages`");
    let said = world.shell("npm view @ann/pad version", &[]).well();
    assert!(said.out.trim_end().ends_with("1.0.0"), "{said:?}");
    // Denied: npm asks for a name and a password then, and nobody is there to type them.
    let no = [("answer", "deny")];
    let login = signing_in(&world, "npm adduser");
    let said = converses(login, |line| answered(&world, line, &no));
    assert_ne!(said.code, 0, "{said:?}");
    held(&world, "npm, signing in by the browser");
}

#[test]
fn pnpm_and_yarn_sign_in_by_the_browser() {
    let world = World::new();
    world.forget();
    let (pnpm, berry) = (
        installed("node_modules/pnpm/bin/pnpm.cjs"),
        installed("node_modules/@yarnpkg/cli-dist/bin/yarn.js"),
    );
    let yes = |name: &'static str| {
        [
            ("level", "read"),
            ("name", name),
            ("expires", "7"),
            ("answer", "allow"),
        ]
    };
    let login = signing_in(&world, &format!("node {pnpm} login && node {pnpm} whoami"));
    let said = converses(login, |line| answered(&world, line, &yes("pnpm"))).well();
    assert!(said.out.trim_end().ends_with("ann"), "{said:?}");
    let script = format!(
        "{TYPING}mkdir -p y; cd y; printf 'npmRegistryServer: \"%s/npm\"\\nenableTelemetry: false\\nhttpsCaFilePath: \"%s\"\\n' \
         \"$URL\" \"$CA\" > .yarnrc.yml; touch yarn.lock; echo '{{}}' > package.json
        (says 'open your browser' n) &
        at_a_terminal \"node {berry} npm login --web-login\"; wait; node {berry} npm whoami"
    );
    let login = signing_in(&world, &script);
    let said = converses(login, |line| answered(&world, line, &yes("yarn"))).well();
    let mut lines = said.out.lines();
    let named = lines.any(|line| line.ends_with("➤ YN0000: ann"));
    assert!(named, "{said:?}");
}

#[test]
fn npm_works_at_a_host_of_its_own() {
    let registry = Registry::new();
    let world = &registry.world;
    let settings = "printf 'registry=https://%s/\\n//%s/:_authToken=%s\\ncafile=%s\\nupdate-notifier=false\\n' \"$NPM\" \"$NPM\" \"$TOKEN\" \"$CA\" > \"$HOME/.npmrc\"";
    let does = |token: &str, script: &str| {
        let script = format!("{settings} && {script}");
        world.shell(&script, &[("TOKEN", token)])
    };
    let admin = registry.admin.as_str();
    does(admin, "npm ping && cd pad && npm publish").well();
    let shown = does(admin, "npm view @ann/pad dist.tarball").well();
    let at = "https://npm.git.jeton.test/@ann/pad/-/pad-1.0.0.tgz";
    assert_eq!(shown.out.trim(), at);
    does(
        admin,
        "cd use && npm install --cache fresh @ann/pad && test -f node_modules/@ann/pad/index.js && npm ci",
    )
    .well();
    does(&registry.read, "cd pad && npm version 1.1.0 && npm publish")
        .failed("needs `packages: write`");
    // The other name of the same package, for whoever asks there.
    let below = registry.does("npm view @ann/pad dist.tarball");
    assert_eq!(
        below.trim(),
        "https://git.jeton.test/npm/@ann/pad/-/pad-1.0.0.tgz"
    );
    // Its page is on the server itself, and it waits where it was asked.
    let mut login = world.command("sh");
    login.args(["-euc", &format!("{settings} && npm login && npm whoami && grep -q '//npm.git.jeton.test/:_authToken=jtp_' \"$HOME/.npmrc\"")]).env("TOKEN", "jtp_000000000000000000000000000000000000");
    let yes = [
        ("level", "read"),
        ("name", "there"),
        ("expires", "7"),
        ("answer", "allow"),
    ];
    converses(login, |line| answered(world, line, &yes)).well();
    held(world, "npm, at a host of its own");
    // Nothing else is there.
    for path in [
        "/api/v3/user",
        "/ann/notes.git/info/refs?service=git-upload-pack",
        "/login",
        "/npm/-/ping",
    ] {
        let url = format!("https://npm.git.jeton.test{path}");
        let said = world.run(
            "curl",
            &[
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "--cacert",
                &world.authority(),
                &url,
            ],
        );
        assert_eq!(said.out, "404", "{path}");
    }
}

#[test]
fn octokit_lists_shows_and_removes_packages() {
    let registry = Registry::new();
    let world = &registry.world;
    let token = |name: &str, level: &str| {
        let permission = format!("packages={level}");
        let words = [
            "token",
            "create",
            name,
            "--owner",
            "acme",
            "--all-repositories",
            "--yes",
            "--value-only",
            "-p",
            &permission,
        ];
        let said = world.run(env!("CARGO_BIN_EXE_jeton"), &words).well();
        said.out.trim().to_owned()
    };
    let (admin, read) = (token("ours", "admin"), token("ours, to read", "read"));
    registry.does("cd pad && npm publish && npm version 1.1.0 && npm publish");
    let ours = "cd pad && sed -i s/@ann/@acme/ package.json && npm publish";
    registry.with(&admin, ours).well();
    world.forget();
    let program = format!("{}/octokit_packages.mjs", scripts());
    let mut node = world.command("node");
    node.arg(program)
        .env("MODULES", installed("node_modules"))
        .env("OWN_PACKAGES", &registry.admin)
        .env("ACME_PACKAGES", &admin)
        .env("READ_PACKAGES", &read);
    Said::of(&node.output().unwrap()).well();
    held(world, "Octokit, for packages");
}

/// What a deploy does: clones, calls the API, installs and publishes with npm as it stands, and fails at what is not its own.
///
/// npm's configuration of the whole machine may name authorities of its own, and would then trust no others.
const DEPLOY: &str = r#"
npm() { command npm --globalconfig=/dev/null --cache "$HOME/cache" "$@"; }
git clone -q "$GITHUB_SERVER_URL/acme/labs" work && cd work
curl -fsS --cacert "$CA" -H "Authorization: Bearer $GITHUB_TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY" | grep -q '"acme/labs"'
printf '{"name":"@acme/tool","version":"1.0.%s","license":"MIT","repository":"%s"}' "$RUN" "git+$GITHUB_SERVER_URL/acme/labs.git" > package.json
test "$("$GH" repo view acme/labs --json name --jq .name)" = labs
"$GH" repo clone acme/labs ../cloned -- -q
npm publish
test "$(npm view @acme/tool version)" = "1.0.$RUN"
mkdir -p ../taker && cd ../taker && echo '{}' > package.json && npm install "@acme/tool@1.0.$RUN"
test -f node_modules/@acme/tool/package.json
cd ../work
if git clone -q "$GITHUB_SERVER_URL/acme/other" ../stolen; then exit 9; fi
sed 's#acme/labs.git#acme/other.git#; s#@acme/tool#@acme/stolen#' package.json > other.json && mv other.json package.json
if npm publish 2> ../refused; then exit 9; fi
grep -q "can't belong to that" ../refused
echo "the token is $GITHUB_TOKEN, the key $DEPLOY_KEY"
printf '%s' "$GITHUB_TOKEN" > ../value
"#;

#[test]
fn a_deploy_under_a_job_clones_and_publishes_and_its_token_ends() {
    let world = World::new();
    let jeton = env!("CARGO_BIN_EXE_jeton");
    let does = |words: &[&str]| world.run(jeton, words).well().out;
    does(&["repo", "create", "acme/other"]);
    let write = [
        "--permission",
        "contents=read",
        "--permission",
        "packages=write",
    ];
    does(&[&["job", "permissions", "set", "--org", "acme"][..], &write].concat());
    let set = "printf 'hunter2 and more' | \"$JETON\" secret set DEPLOY_KEY --repo acme/labs";
    world.shell(set, &[("JETON", jeton)]).well();
    world.forget();
    let runs = |number: &str| {
        let script = format!(
            "rm -rf work taker cloned && unset NODE_EXTRA_CA_CERTS && \"$JETON\" job run --repo acme/labs --ref refs/heads/main --permission contents=read \
             --permission packages=write -- sh -euc '{}'",
            DEPLOY.replace('\'', "'\\''")
        );
        let gh = installed("python/bin/gh");
        world.shell(&script, &[("JETON", jeton), ("RUN", number), ("GH", &gh)])
    };
    for number in ["0", "1"] {
        let said = runs(number).well();
        assert!(
            said.out.contains("the token is ***, the key ***"),
            "{said:?}"
        );
    }
    // What it was given is dead, wherever it was put.
    let dead = "npm view --cache cache --registry \"$URL/npm/\" --cafile \"$CA\" \"--//$HOST/npm/:_authToken=$(cat value)\" @acme/tool version";
    world.shell(dead, &[]).failed("401");
    // A version that is there is not replaced by the next job.
    runs("1").failed("cannot publish over");
}
