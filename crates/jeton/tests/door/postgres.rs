//! On PostgreSQL: one server per database, and what is encrypted on the way there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::binary::{Machine, PASSWORD, Said, Server};
use crate::database::Database;

/// Serves the database from a data folder of its own.
fn serve(machine: &Machine, url: &str) -> Result<Server, Said> {
    machine.serve(&[], &[("JETON_DATABASE", url)])
}

fn run(url: &str, sql: &str) {
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    client.batch_execute(sql).unwrap();
}

/// The second server is given the first one's keys: they belong to the database.
fn share_keys(one: &Machine, two: &Machine) {
    std::fs::create_dir_all(two.data()).unwrap();
    std::fs::copy(one.data().join("keys"), two.data().join("keys")).unwrap();
}

/// Ends the connection that holds the lock, as a restart of the database does.
const BREAK: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' \
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

#[test]
fn a_database_has_one_server() {
    let Some(database) = Database::postgres("one_server") else {
        return;
    };
    let url = database.url().unwrap();
    let (one, two) = (Machine::new(), Machine::new());
    let mut first = serve(&one, &url).unwrap();
    share_keys(&one, &two);
    let said = serve(&two, &url).err().unwrap();
    said.failed(
        11,
        &[
            "already in use by another Jeton server",
            "database of its own",
        ],
    );
    // An operator's command opens the database as a server does, and writes nothing behind the first one's caches.
    let words = ["user", "create", "mia", "--email", "m@example.org"];
    let beside = two.admin_on(&url, &words, PASSWORD);
    beside.failed(11, &["already in use by another Jeton server"]);
    // Through the running server it is done.
    one.admin_on(&url, &words, PASSWORD).well();
    // It knows where its database is, whether the command was told or not.
    let listed = one.admin(&["user", "list"]).well().out;
    assert!(listed.contains("mia"), "{listed}");
    assert!(
        one.admin_on(&url, &["user", "list"], "")
            .well()
            .out
            .contains("mia")
    );
    first.stop();
    // Released at the end, in order or not.
    drop(serve(&two, &url).unwrap());
    let mut killed = serve(&one, &url).unwrap();
    killed.kill();
    serve(&two, &url).unwrap();
}

#[test]
fn a_server_that_lost_its_database_stops_answering() {
    let Some(database) = Database::postgres("lost") else {
        return;
    };
    let url = database.url().unwrap();
    let (one, two) = (Machine::new(), Machine::new());
    let mut first = serve(&one, &url).unwrap();
    share_keys(&one, &two);
    let address: SocketAddr = first.url.trim_start_matches("http://").parse().unwrap();
    // A connection that is open when it happens: nothing is answered on it either.
    let mut kept = TcpStream::connect(address).unwrap();
    run(&url, BREAK);
    assert_eq!(first.ends(), 8);
    let log = std::fs::read_to_string(one.folder.path().join("log")).unwrap();
    assert!(log.contains("the hold on the database was lost"), "{log}");
    let _ = kept.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    let mut answer = Vec::new();
    let _ = kept.read_to_end(&mut answer);
    assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
    assert!(TcpStream::connect(address).is_err());
    serve(&two, &url).unwrap();
}

#[test]
fn a_sqlite_file_has_one_server_wherever_the_data_folders_are() {
    let (one, two) = (Machine::new(), Machine::new());
    let shared = one.path("shared.db");
    let _first = serve(&one, &shared).unwrap();
    let said = serve(&two, &shared).err().unwrap();
    said.failed(11, &["shared.db", "already in use by process"]);
    let words = ["user", "create", "mia", "--email", "m@example.org"];
    two.admin_on(&shared, &words, PASSWORD)
        .failed(11, &["already in use"]);
    one.admin_on(&shared, &words, PASSWORD).well();
}

/// A server that speaks TLS, and hands what it hears to the real one. `None`: it does not encrypt.
fn front(of: &str, tls: Option<Arc<rustls::ServerConfig>>) -> (u16, Arc<Mutex<Vec<u8>>>) {
    let host = of
        .split('@')
        .next_back()
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let in_clear = Arc::clone(&heard);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (mut client, host) = (client.unwrap(), host.clone());
            let (tls, in_clear) = (tls.clone(), Arc::clone(&in_clear));
            std::thread::spawn(move || {
                let mut asked = [0; 8];
                if client.read_exact(&mut asked).is_err() {
                    return;
                }
                in_clear.lock().unwrap().extend_from_slice(&asked);
                let Some(tls) = tls else {
                    client.write_all(b"N").unwrap();
                    let mut rest = Vec::new();
                    let _ = client.read_to_end(&mut rest);
                    in_clear.lock().unwrap().extend_from_slice(&rest);
                    return;
                };
                client.write_all(b"S").unwrap();
                let mut session = rustls::ServerConnection::new(tls).unwrap();
                if session.complete_io(&mut client).is_err() {
                    return;
                }
                let mut server = TcpStream::connect(&host).unwrap();
                server.set_nonblocking(true).unwrap();
                client.set_nonblocking(true).unwrap();
                let mut sealed = rustls::StreamOwned::new(session, client);
                let mut piece = [0; 16 << 10];
                // Simple and slow: each side is asked in turn.
                loop {
                    let mut idle = true;
                    for outwards in [true, false] {
                        let read = if outwards {
                            sealed.read(&mut piece)
                        } else {
                            server.read(&mut piece)
                        };
                        match read {
                            Ok(0) => return,
                            Ok(length) => {
                                idle = false;
                                let to: &mut dyn Write =
                                    if outwards { &mut server } else { &mut sealed };
                                if to
                                    .write_all(&piece[..length])
                                    .and_then(|()| to.flush())
                                    .is_err()
                                {
                                    return;
                                }
                            }
                            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                            Err(_) => return,
                        }
                    }
                    if idle {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
    });
    (port, heard)
}

#[test]
fn a_connection_to_the_database_is_encrypted_or_refused() {
    let Some(database) = Database::postgres("encrypted") else {
        return;
    };
    let url = database.url().unwrap();
    let machine = Machine::new();
    machine
        .admin(&["tls", "init", "--name", "localhost"])
        .well();
    let read = |name: &str| std::fs::read(machine.path(&format!("data/tls/{name}"))).unwrap();
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
    let chain = vec![CertificateDer::from_pem_slice(&read("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(&read("server.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let (port, heard) = front(&url, Some(Arc::new(tls)));
    let (user, name) = {
        let (_, rest) = url.split_once("://").unwrap();
        let (user, rest) = rest.split_once('@').unwrap();
        (user.to_owned(), rest.rsplit_once('/').unwrap().1.to_owned())
    };
    let through = |host: &str, port: u16, query: &str| {
        serve(
            &machine,
            &format!("postgres://{user}@{host}:{port}/{name}{query}"),
        )
    };
    let authority = machine.path("data/tls/authority.pem");
    let trusting = format!("?sslmode=verify-full&sslrootcert={authority}");
    through("localhost", port, &trusting).unwrap().stop();
    let heard = heard.lock().unwrap().clone();
    assert!(!heard.is_empty() && heard.chunks(8).all(|asked| asked[4..] == [4, 210, 22, 47]));
    // An authority that nobody trusts, and a name that the certificate is not for.
    let refused = |host: &str, port: u16, query: &str, says: &str| {
        let said = through(host, port, query).err().unwrap();
        said.failed(10, &[says]);
    };
    refused("localhost", port, "?sslmode=require", "certificate");
    refused("127.0.0.1", port, &trusting, "certificate");
    // Where the other side does not encrypt, nothing more is said to it.
    let (plain, heard) = front(&url, None);
    refused("localhost", plain, &trusting, "TLS");
    assert_eq!(heard.lock().unwrap().len(), 8);
    let said = through("localhost", plain, "?sslmode=prefer")
        .err()
        .unwrap();
    said.failed(2, &["`sslmode=prefer`", "verify-full"]);
}
