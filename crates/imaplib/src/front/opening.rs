//! Connections over sockets that the client opens. Only clients that have sockets of their own mount this file.

use super::front::{Client, Connection};
use super::{Transport, maybe_async, transport};
#[cfg(unix)]
use crate::Error;
use crate::endpoint::{Address, Endpoint, Way};
use crate::racing::Race;
use crate::{ConnectOptions, Proxy, Result, system};

#[maybe_async]
impl Client {
    /// Connects to the server that the text names; see [`Endpoint`] for its forms.
    ///
    /// # Errors
    /// If the text is not an address, the server cannot be reached, TLS fails, or it is not an IMAP server.
    pub async fn connect(address: impl AsRef<str>) -> Result<Self> {
        let endpoint: Endpoint = address.as_ref().parse()?;
        Self::connect_with(&endpoint, &ConnectOptions::default()).await
    }

    /// Connects to the server with options.
    ///
    /// # Errors
    /// If the server cannot be reached, TLS fails, STARTTLS is required and not offered, or it is not an IMAP
    /// server.
    pub async fn connect_with(endpoint: &Endpoint, options: &ConnectOptions) -> Result<Self> {
        let mut connection = Connection::open(endpoint, options).await?;
        connection.begin(endpoint, options).await?;
        Ok(Self { connection })
    }
}

#[maybe_async]
impl Connection {
    async fn open(endpoint: &Endpoint, options: &ConnectOptions) -> Result<Self> {
        let stream = match &endpoint.way {
            Way::Tls(address) | Way::StartTls(address) | Way::Insecure(address) => {
                Self::reach(address, options).await?
            }
            Way::Tunnel(command) => Box::new(transport::Child::spawn(command, &options.withheld)?),
            #[cfg(unix)]
            Way::Unix(path) => transport::unix(path)
                .await
                .map_err(|error| Error::unreachable(format!("cannot reach the socket {}", path.display()), error))?,
            #[cfg(not(unix))]
            Way::Unix(_) => return Err(imaplib_proto::client::BadArgument::NotOnThisSystem("Unix sockets").into()),
        };
        Ok(Self::new(stream, endpoint.is_private(), options))
    }

    /// Reaches a host, or the proxy that leads to it, over TCP, at whichever of its addresses answers first.
    async fn reach(address: &Address, options: &ConnectOptions) -> Result<Box<dyn Transport>> {
        let limit = options.timeouts.connect;
        let race = match &options.proxy {
            Some(Proxy { address, .. }) => Race::new(transport::look_up(address, limit).await?),
            None if options.addresses.is_empty() => Race::new(transport::look_up(address, limit).await?),
            None => Race::new(options.addresses.iter().map(|ip| (*ip, address.port).into())),
        };
        let reached = options.proxy.as_ref().map_or(address, |proxy| &proxy.address);
        let socket = transport::connect(race, limit).await.map_err(|error| reached.unreachable(error))?;
        system::set_up_socket(&socket, &options.timeouts)?;
        Ok(transport::tcp(socket))
    }
}
