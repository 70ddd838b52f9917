//! nginx, as a baseline starts it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::error::Error;
use crate::peers;
use crate::process::{Running, free_address};

/// Starts it in `folder` with `server` inside of its `server` block, and says where it listens.
pub(crate) fn start(folder: &Path, server: &str) -> Result<(Running, SocketAddr), Error> {
    let nginx = peers::debian("nginx", "nginx-light")?;
    let address = free_address()?;
    let configuration = folder.join("nginx.conf");
    std::fs::write(&configuration, whole(folder, &address, server))
        .map_err(Error::io(&configuration))?;
    let mut nginx = Running::start(
        Command::new(nginx)
            .arg("-c")
            .arg(&configuration)
            .arg("-p")
            .arg(folder),
        &folder.join("nginx.log"),
    )?;
    nginx.wait_for(address)?;
    Ok((nginx, address))
}

fn whole(folder: &Path, address: &SocketAddr, server: &str) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
worker_processes auto;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  fastcgi_temp_path {folder}/fastcgi;
  proxy_temp_path {folder}/proxy;
  scgi_temp_path {folder}/scgi;
  uwsgi_temp_path {folder}/uwsgi;
  server {{
    listen {address};
{server}  }}
}}
"
    )
}
