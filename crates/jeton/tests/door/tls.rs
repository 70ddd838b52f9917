//! TLS by `jeton admin tls init`, and credentials in clear, over real sockets.

use std::net::{SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt;

use crate::binary::Machine;

#[test]
fn curl_and_git_trust_the_local_authority_and_nobody_else() {
    let machine = Machine::new();
    // Nobody else takes the port meanwhile, or the test says so.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let told = machine
        .admin(&["--listen", &address, "tls", "init"])
        .well()
        .out;
    let authority = machine.path("data/tls/authority.pem");
    assert!(
        told.contains(&format!("curl --cacert {authority}")),
        "{told}"
    );
    let (certificate, key) = (
        machine.path("data/tls/server.pem"),
        machine.path("data/tls/server.key"),
    );
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the key is its owner's alone");
    machine
        .admin(&["tls", "init"])
        .failed(10, &["is there already"]);

    // What it says is typed as it stands: the server comes up with the same settings …
    let data = machine.path("data");
    let typed = format!(
        "  jeton serve --data {data} --listen {address} --tls-certificate {certificate} --tls-key {key}"
    );
    assert!(told.lines().any(|line| line == typed), "{told}");
    let words: Vec<&str> = typed.split_whitespace().skip(1).collect();
    let url = |line: &str| line.strip_prefix("Jeton serves ").unwrap().to_owned();
    let server = machine.stays("operator", &words, &[], url).unwrap();
    assert!(
        server.url.starts_with("https://127.0.0.1:"),
        "{}",
        server.url
    );
    let health = format!("{}/healthz", server.url);
    let trusted = machine
        .run("curl", &["-sS", "--cacert", &authority, &health])
        .well();
    assert_eq!(trusted.out, "ok\n");
    machine
        .run("curl", &["-sS", &health])
        .failed(60, &["certificate"]);
    // The certificate is for loopback's names, and for no other.
    let port = server.url.rsplit_once(':').unwrap().1;
    let named = |host: &str| {
        let (resolve, url) = (
            format!("{host}:{port}:127.0.0.1"),
            format!("https://{host}:{port}/healthz"),
        );
        machine
            .run(
                "curl",
                &["-sS", "--cacert", &authority, "--resolve", &resolve, &url],
            )
            .code
    };
    assert_eq!((named("localhost"), named("jeton.example.org")), (0, 60));
    // Who speaks plainly to the port is not answered in clear.
    let plain = health.replace("https://", "http://");
    let said = machine.run("curl", &["-sS", &plain]);
    assert!(said.code != 0 && !said.out.contains("ok"), "{said:?}");

    machine.set_up(&server, &["--cacert", &authority]);
    // The client keeps the authority with the sign-in.
    machine.jeton("ann", &["repo", "create", "labs"]).well();
    let token = machine
        .jeton(
            "ann",
            &[
                "token",
                "create",
                "t",
                "--all-repositories",
                "-p",
                "contents=write",
                "--value-only",
                "--yes",
            ],
        )
        .well()
        .out;
    let bearer = format!("authorization: Bearer {}", token.trim());
    let user = format!("{}/api/v3/user", server.url);
    let asked = machine
        .run(
            "curl",
            &["-sS", "--cacert", &authority, "-H", &bearer, &user],
        )
        .well();
    assert_eq!(asked.json()["login"], "ann");

    let remote = server
        .url
        .replace("https://", &format!("https://x:{}@", token.trim()))
        + "/ann/labs.git";
    let refused = machine.run("git", &["clone", &remote, "other"]);
    assert!(
        refused.code == 128 && refused.err.contains("certificate"),
        "{refused:?}"
    );
    // … and git trusts it for this server, and whom it trusted before for all others.
    for line in told.lines().filter(|line| line.starts_with("  git ")) {
        machine.run("sh", &["-c", line]).well();
    }
    machine.run("git", &["clone", &remote, "copy"]).well();
    let trusts = |url: &str| {
        let words = [
            "config",
            "--global",
            "--get-urlmatch",
            "http.sslCAInfo",
            url,
        ];
        machine.run("git", &words).out.trim() == authority
    };
    let port = address.rsplit_once(':').unwrap().1;
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        assert!(
            trusts(&format!("https://{host}:{port}/ann/labs.git")),
            "{host}"
        );
    }
    assert!(!trusts("https://github.com/") && !trusts("https://localhost/"));
    assert!(!told.contains("SSL_CERT_FILE"), "{told}");
    let untrusting = machine.jeton(
        "bob",
        &["login", &server.url, "--user", "ann", "--password-stdin"],
    );
    assert!(
        untrusting.code == 2 || untrusting.code == 9,
        "{untrusting:?}"
    );
    let untrusting = machine.jeton_told(
        "bob",
        &["login", &server.url, "--user", "ann", "--password-stdin"],
        "x",
    );
    untrusting.failed(9, &["could not be asked"]);
}

#[test]
fn the_command_line_says_what_is_wrong_on_the_way() {
    let machine = Machine::new();
    machine.admin(&["tls", "init"]).well();
    let (certificate, key) = (
        machine.path("data/tls/server.pem"),
        machine.path("data/tls/server.key"),
    );
    let flags = ["--tls-certificate", &certificate, "--tls-key", &key];
    let server = machine.serve(&flags, &[]).unwrap();
    let authority = machine.path("data/tls/authority.pem");
    let login = |url: &str, more: &[&str]| {
        let words = ["login", url, "--user", "ann", "--password-stdin"];
        let words: Vec<&str> = words.iter().chain(more).copied().collect();
        machine.jeton_told("ann", &words, "x")
    };
    let unknown = login(&server.url, &[]).failed(
        9,
        &[
            "comes from an authority that is not trusted here",
            "hint: for a local authority, name its certificate: --cacert FILE",
        ],
    );
    assert!(!unknown.err.contains("running there"), "{unknown:?}");
    // Trusted, it gets as far as the password.
    login(&server.url, &["--cacert", &authority]).failed(3, &["(401)"]);
    // `*.localhost` is loopback by every name; the certificate knows only the one.
    let other = server.url.replace("127.0.0.1", "other.localhost");
    let said = login(&other, &["--cacert", &authority]);
    if !said.err.contains("host not found") && !said.err.contains("lookup") {
        said.failed(9, &["made out to another name"]);
    }
    let plain = server.url.replace("https://", "http://");
    login(&plain, &[]).failed(
        9,
        &[&format!(
            "it speaks https there, perhaps: write {}",
            server.url
        )],
    );

    let machine = Machine::new();
    let server = machine.serve(&[], &[]).unwrap();
    let bare = server.url.trim_start_matches("http://");
    let words = ["login", bare, "--user", "ann", "--password-stdin"];
    let said = machine.jeton_told("ann", &words, "x").failed(
        9,
        &[
            "does not speak TLS",
            &format!("it speaks http there, perhaps: write {}", server.url),
        ],
    );
    assert!(!said.err.contains("InvalidContentType"), "{said:?}");
}

#[test]
fn a_certificate_is_made_for_hosts_and_for_nothing_else() {
    let machine = Machine::new();
    for name in [
        "",
        "bad name",
        "https://git.example.org",
        "git.example.org:8377",
        "a/b",
        "-x",
    ] {
        let name = format!("--name={name}");
        machine
            .admin(&["tls", "init", "--name", "git.example.org", &name])
            .failed(2, &["`--name`: `", "nothing was made"]);
    }
    machine
        .admin(&["tls", "init", "--name", "bücher.example"])
        .failed(2, &["`bücher.example`", "xn--"]);
    assert!(!machine.data().exists());
    let data = machine.path("my data");
    let words = ["admin", "--data", &data, "--public-url"];
    let words = [
        &words[..],
        &[
            "https://git.example.org/",
            "tls",
            "init",
            "--name",
            "git.example.org",
        ],
    ]
    .concat();
    let told = machine.jeton("operator", &words).well().out;
    for part in [
        format!(
            "jeton serve --data '{data}' --public-url https://git.example.org/ --tls-certificate '{data}/tls"
        ),
        format!(
            "git config --global http.https://git.example.org/.sslCAInfo '{data}/tls/authority.pem'"
        ),
    ] {
        assert!(told.contains(&part), "{told}");
    }
}

#[test]
fn a_certificate_that_can_t_be_used_is_refused_at_the_start() {
    let machine = Machine::new();
    machine
        .admin(&["tls", "init", "--name", "jeton.example.org"])
        .well();
    let (certificate, key) = (
        machine.path("data/tls/server.pem"),
        machine.path("data/tls/server.key"),
    );
    let told = |words: &[&str], code: i32, says: &str| {
        let said = machine.serve(words, &[]).err().unwrap();
        said.failed(code, &[says]);
    };
    told(&["--tls-certificate", &certificate], 2, "`tls.key` is not");
    told(&["--tls-key", &key], 2, "`tls.certificate` is not");
    let refused = |words: &[&str], says: &str| told(words, 10, says);
    refused(
        &[
            "--tls-certificate",
            &machine.path("none.pem"),
            "--tls-key",
            &key,
        ],
        "none.pem",
    );
    refused(
        &["--tls-certificate", &key, "--tls-key", &key],
        "holds no certificate",
    );
    let authority = machine.path("data/tls/authority.pem");
    refused(
        &["--tls-certificate", &authority, "--tls-key", &key],
        "authority.pem",
    );
}

#[test]
fn a_renewed_certificate_is_taken_without_a_restart() {
    let (machine, renewed) = (Machine::new(), Machine::new());
    let certificate = machine.path("data/tls/server.pem");
    let key = machine.path("data/tls/server.key");
    machine.admin(&["tls", "init"]).well();
    renewed.admin(&["tls", "init"]).well();
    let flags = ["--tls-certificate", &certificate, "--tls-key", &key];
    let server = machine.serve(&flags, &[]).unwrap();
    let health = format!("{}/healthz", server.url);
    let trusts = |machine: &Machine| {
        let authority = machine.path("data/tls/authority.pem");
        let said = machine.run("curl", &["-sS", "--cacert", &authority, &health]);
        said.code == 0
    };
    assert!(trusts(&machine) && !trusts(&renewed));
    let renew = |to: &str, from: &str| std::fs::copy(renewed.path(from), to).unwrap();
    // Half of a renewal: what was served goes on being served.
    renew(&certificate, "data/tls/server.pem");
    server.hang_up();
    let tried = || {
        std::fs::read_to_string(machine.path("log"))
            .unwrap()
            .contains("the one before stays in use")
    };
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !tried() {
        assert!(std::time::Instant::now() < until, "nothing was read again");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(trusts(&machine));
    renew(&key, "data/tls/server.key");
    server.hang_up();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !trusts(&renewed) {
        assert!(
            std::time::Instant::now() < until,
            "the certificate is still the old one"
        );
    }
    assert!(!trusts(&machine));
}

/// This machine's address on a network, where it has one. Sends nothing.
fn beyond_loopback() -> Option<std::net::IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.connect("203.0.113.1:9").ok()?;
    socket
        .local_addr()
        .ok()
        .map(|address| address.ip())
        .filter(|address| !address.is_loopback())
}

#[test]
fn beyond_loopback_no_credential_travels_in_clear() {
    let machine = Machine::new();
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let refused = machine.serve(&["--listen", listen], &[]).err().unwrap();
        refused.failed(2, &["tokens would travel in clear", "jeton admin tls init"]);
    }
    assert!(!machine.data().exists(), "refused before anything is made");
    let refused = machine
        .serve(&["--public-url", "http://127.0.0.1:1/path?x"], &[])
        .err()
        .unwrap();
    refused.failed(2, &["public_url"]);

    // Behind a proxy it may listen there; who comes around the proxy gets no credential in.
    let server = machine
        .serve(
            &["--listen", "0.0.0.0:0", "--proxies-trusted", "198.51.100.1"],
            &[],
        )
        .unwrap();
    machine.set_up(&server, &[]);
    machine
        .jeton("ann", &["repo", "create", "labs", "--visibility", "public"])
        .well();
    let made = machine
        .jeton("ann", &["token", "create", "t", "--value-only", "--yes"])
        .well();
    let bearer = format!("authorization: Bearer {}", made.out.trim());
    let ask = |base: &str, path: &str, headers: &[&str]| {
        let url = format!("{base}{path}");
        let mut words = vec!["-sS", "-w", "\n%{http_code}", &url];
        headers
            .iter()
            .for_each(|header| words.extend(["-H", header]));
        machine.run("curl", &words).well().out
    };
    let git = "/ann/labs/info/refs?service=git-upload-pack";
    assert!(ask(&server.url, git, &[&bearer]).ends_with("\n200"));
    let Some(address) = beyond_loopback() else {
        eprintln!("skipped: this machine has no address beyond loopback");
        return;
    };
    let port: SocketAddr = server.url.trim_start_matches("http://").parse().unwrap();
    let far = format!("http://{}", SocketAddr::new(address, port.port()));
    assert!(
        ask(&far, git, &[]).ends_with("\n200"),
        "what anybody may is not secret"
    );
    for path in [git, "/api/v3/user"] {
        let refused = ask(&far, path, &[&bearer]);
        assert!(
            refused.ends_with("\n403") && refused.contains("plain HTTP"),
            "{refused}"
        );
        let pretends = ask(
            &far,
            path,
            &[
                &bearer,
                "x-forwarded-proto: https",
                "x-forwarded-for: 127.0.0.1",
            ],
        );
        assert!(pretends.ends_with("\n403"), "{pretends}");
    }
    let remote =
        far.replace("http://", &format!("http://x:{}@", made.out.trim())) + "/ann/private.git";
    let said = machine.run("git", &["ls-remote", &remote]);
    assert!(
        said.code == 128 && said.err.contains("plain HTTP"),
        "{said:?}"
    );
    // The client does not even send one.
    let far_login = ["login", &far, "--user", "ann", "--password-stdin"];
    machine
        .jeton_told("ann", &far_login, crate::binary::PASSWORD)
        .failed(2, &["plain http to another machine"]);
    // With its way out, the password is refused by the server all the same.
    let insecure = [
        "login",
        &far,
        "--user",
        "ann",
        "--password-stdin",
        "--insecure-http",
    ];
    let said = machine.jeton_told("ann", &insecure, crate::binary::PASSWORD);
    assert_ne!(said.code, 0, "a password in clear was taken: {said:?}");
}
