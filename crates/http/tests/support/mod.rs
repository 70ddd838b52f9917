//! A listening server of some tables.

use std::net::SocketAddr;

use jeton_http::{Limits, Listener, Proxies, Service, Setup, Stopper, Table};
use jeton_testkit::Kit;
use tokio::task::JoinHandle;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    kit: Kit,
    stopper: Stopper,
    served: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(tables: Vec<&'static Table>) -> Self {
        let kit = Kit::new();
        let service = Service::new(Setup {
            app: kit.app().clone(),
            tables,
            proxies: Proxies::default(),
            limits: Limits::default(),
            states: Vec::new(),
            face: None,
        })
        .unwrap();
        let listener = kit
            .runtime()
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        let (stopper, stop) = Stopper::new();
        let served = kit
            .runtime()
            .spawn(service.listen(Listener::Clear(listener), stop));
        Self {
            address,
            kit,
            stopper,
            served: Some(served),
        }
    }
}

impl Drop for Server {
    /// Cuts what still runs, and waits for the end.
    fn drop(&mut self) {
        self.stopper.cut();
        if let Some(served) = self.served.take() {
            self.kit.runtime().block_on(served).unwrap();
        }
    }
}
