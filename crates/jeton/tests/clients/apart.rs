//! A network and a list of hosts of one's own, for as long as somebody holds them. Nothing of the machine's changes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What holds the namespaces: a shell that waits for the end of its input, which comes with the end of this process too.
pub(crate) struct Apart {
    holder: Child,
    root: bool,
}

impl Apart {
    /// `hosts` is the list of hosts inside.
    pub(crate) fn new(hosts: &Path) -> Self {
        // Who is not root is so inside of a user namespace.
        let root = std::fs::metadata("/proc/self")
            .is_ok_and(|of| std::os::unix::fs::MetadataExt::uid(&of) == 0);
        let mut unshare = Command::new("unshare");
        if !root {
            unshare.args(["--user", "--map-root-user"]);
        }
        let script =
            "ip link set lo up && mount --bind \"$0\" /etc/hosts && echo ready && cat > /dev/null";
        let mut holder = unshare
            .args(["--mount", "--net", "sh", "-euc", script])
            .arg(hosts)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(holder.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        assert_eq!(
            line, "ready\n",
            "no namespaces: unshare, ip and mount are needed"
        );
        Self { holder, root }
    }

    /// A program inside.
    pub(crate) fn command(&self, folder: &Path, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args([
            "--target",
            &self.holder.id().to_string(),
            "--mount",
            "--net",
        ]);
        if !self.root {
            command.args(["--user", "--preserve-credentials"]);
        }
        command
            .arg(format!("--wdns={}", folder.display()))
            .arg(program);
        command
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        if let Some(mut input) = self.holder.stdin.take() {
            let _ = input.flush();
        }
        let _ = self.holder.wait();
    }
}
