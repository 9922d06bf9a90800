//! Where a port listens.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::{TcpListener, TcpStream};

/// How many free ports are tried for one that is free on both loopback addresses.
const FREE_PORTS: usize = 16;

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenOn {
    /// On both loopback addresses, `127.0.0.1` and `::1`, with the same port; on one, where the other does not exist. Clients
    /// differ in which address they use for `localhost`.
    Loopback,
    /// On this address.
    Address(IpAddr),
}

/// Why a port cannot be listened on.
#[derive(Debug)]
pub struct ListenError {
    /// The address that could not be bound.
    pub address: SocketAddr,
    /// The I/O error.
    pub cause: io::Error,
}

/// A port that listens.
#[derive(Debug)]
pub struct Listener {
    first: TcpListener,
    /// The other loopback address.
    second: Option<TcpListener>,
    address: SocketAddr,
}

impl Listener {
    /// Binds a port; 0 picks a free one.
    ///
    /// # Errors
    /// [`ListenError`], for either of two addresses if another program uses the port there.
    pub async fn bind(on: ListenOn, port: u16) -> Result<Self, ListenError> {
        match on {
            ListenOn::Address(ip) => Self::alone(ip, port).await,
            ListenOn::Loopback if port == 0 => {
                for _ in 1..FREE_PORTS {
                    if let Ok(listener) = Self::on_both(0).await {
                        return Ok(listener);
                    }
                }
                Self::on_both(0).await
            }
            ListenOn::Loopback => Self::on_both(port).await,
        }
    }

    async fn alone(ip: IpAddr, port: u16) -> Result<Self, ListenError> {
        let address = SocketAddr::new(ip, port);
        let failed = |cause| ListenError { address, cause };
        let first = TcpListener::bind(address).await.map_err(failed)?;
        let address = first.local_addr().map_err(failed)?;
        Ok(Self { first, second: None, address })
    }

    async fn on_both(port: u16) -> Result<Self, ListenError> {
        let v4 = Self::alone(Ipv4Addr::LOCALHOST.into(), port).await;
        let port = v4.as_ref().map_or(port, |v4| v4.address.port());
        let v6 = Self::alone(Ipv6Addr::LOCALHOST.into(), port).await;
        match (v4, v6) {
            (Ok(v4), Ok(v6)) => Ok(Self { second: Some(v6.first), ..v4 }),
            (Err(failed), _) | (_, Err(failed)) if failed.cause.kind() == io::ErrorKind::AddrInUse => Err(failed),
            // This machine has only one of the two addresses.
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
            (Err(failed), Err(_)) => Err(failed),
        }
    }

    /// The URL for a program on this machine, with a numeric address.
    pub fn numeric_url(&self) -> String {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            IpAddr::V4(_) | IpAddr::V6(_) => {}
        }
        format!("http://{address}")
    }

    /// The URL for a user on this machine.
    pub fn url(&self) -> String {
        let ip = self.address.ip();
        if ip.is_unspecified() || ip.is_loopback() && self.answers_to_localhost() {
            format!("http://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    fn answers_to_localhost(&self) -> bool {
        self.second.is_some() || self.address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST)
    }

    /// Waits for the next connection.
    pub(crate) async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        match &self.second {
            None => self.first.accept().await,
            Some(second) => tokio::select! {
                accepted = self.first.accept() => accepted,
                accepted = second.accept() => accepted,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loopback addresses that this machine has. A container often has no `::1`.
    async fn loopback() -> Vec<IpAddr> {
        let mut there = Vec::new();
        for ip in [Ipv4Addr::LOCALHOST.into(), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            there.extend(TcpListener::bind((ip, 0)).await.map(|_| ip));
        }
        assert!(!there.is_empty());
        there
    }

    #[tokio::test]
    async fn a_port_listens_on_every_loopback_address_that_exists() {
        let listener = Listener::bind(ListenOn::Loopback, 0).await.unwrap();
        let port = listener.address.port();
        assert_eq!(listener.url(), format!("http://localhost:{port}"), "a user gets an address to paste");
        assert_eq!(listener.numeric_url(), format!("http://127.0.0.1:{port}"), "a program need not resolve a name");
        for ip in loopback().await {
            let connected = TcpStream::connect((ip, port)).await.unwrap();
            let (_, source) = listener.accept().await.unwrap();
            assert_eq!(source, connected.local_addr().unwrap());
        }
    }

    #[tokio::test]
    async fn a_port_that_is_taken_on_either_loopback_address_is_an_error() {
        for ip in loopback().await {
            let taken = TcpListener::bind((ip, 0)).await.unwrap();
            let address = taken.local_addr().unwrap();
            let failed = Listener::bind(ListenOn::Loopback, address.port()).await.unwrap_err();
            assert_eq!((failed.address, failed.cause.kind()), (address, io::ErrorKind::AddrInUse));
        }
    }

    #[tokio::test]
    async fn a_given_address_is_the_only_one() {
        for ip in ["127.0.0.1", "0.0.0.0"] {
            let listener = Listener::bind(ListenOn::Address(ip.parse().unwrap()), 0).await.unwrap();
            let port = listener.address.port();
            assert_eq!(listener.url(), format!("http://localhost:{port}"));
            assert_eq!(listener.numeric_url(), format!("http://127.0.0.1:{port}"));
            assert!(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.is_err(), "{ip}");
        }
        if loopback().await.contains(&Ipv6Addr::LOCALHOST.into()) {
            let listener = Listener::bind(ListenOn::Address(Ipv6Addr::LOCALHOST.into()), 0).await.unwrap();
            assert_eq!(listener.url(), format!("http://[::1]:{}", listener.address.port()));
        }
    }
}
