//! Programs that listen inside the sandbox: any request, upgrades too, is passed on to the port it names
//! (toolbox-files-git-desktop.md §1.2).
//!
//! Behind every preview. The way to the program leads through here because only here is the sandbox's own network.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use dialect::Dispatcher;
use http::header::UPGRADE;
use http::uri::PathAndQuery;
use http::{StatusCode, Uri};
use hyper::client::conn::http1;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tower::Service;

use crate::desktop::dashboard;
use crate::errors::Failure;
use crate::{Shared, web_terminal};

/// Registers the operation. Its other methods are met by [`WithPorts`], since no contract names them all.
pub(crate) fn routes(routes: dialect::Routes<Shared>) -> dialect::Routes<Shared> {
    routes.serve("ProxyPort", proxy)
}

/// The toolbox with the ports behind it open to every method.
#[derive(Clone)]
pub struct WithPorts(pub(crate) Dispatcher);

impl Service<Request<Body>> for WithPorts {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let dispatcher = self.0.clone();
        Box::pin(async move {
            // A method the contract does not name is answered like the one it names, and so are its errors.
            if destination(request.uri()).is_some() && request.method() != http::Method::GET {
                let method = std::mem::replace(request.method_mut(), http::Method::GET);
                request.extensions_mut().insert(Meant(method));
            }
            Ok(dispatcher.respond(request).await)
        })
    }
}

/// The method a request came with.
#[derive(Clone)]
struct Meant(http::Method);

async fn proxy(State(toolbox): State<Shared>, mut request: Request) -> Result<Response, Failure> {
    if let Some(Meant(method)) = request.extensions_mut().remove::<Meant>() {
        *request.method_mut() = method;
    }
    let Some((port, target)) = destination(request.uri()) else {
        return Err(unreachable(&io::Error::other("invalid port")));
    };
    if port == web_terminal::PORT {
        *request.uri_mut() = target;
        return Ok(web_terminal::respond(&toolbox.engine, request).await);
    }
    let upgrade = request.headers().contains_key(UPGRADE).then(|| hyper::upgrade::on(&mut request));
    *request.uri_mut() = target;
    if port == dashboard::PORT {
        return Ok(dashboard::respond(toolbox, request).await);
    }
    // What is looked for on the desktop's usual ports may have had to go elsewhere.
    let port = toolbox.engine.desktop_port(port);
    let mut response = send(port, request).await.map_err(|error| unreachable(&error))?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS
        && let Some(client) = upgrade
    {
        join(client, hyper::upgrade::on(&mut response));
        return Ok(response.map(|_| Body::empty()));
    }
    Ok(response)
}

/// Port and target behind `/proxy/<port>/…`, its percent-encoding kept.
fn destination(uri: &Uri) -> Option<(u16, Uri)> {
    let rest = uri.path_and_query()?.as_str().strip_prefix("/proxy/")?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (port, rest) = rest.split_at(end);
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let target = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    Some((port, Uri::from(PathAndQuery::try_from(target).ok()?)))
}

async fn send(port: u16, request: Request) -> io::Result<Response> {
    let stream = connect(port).await?;
    // What is typed on one side must not wait for the other's acknowledgements.
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(connection.with_upgrades());
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    Ok(response.map(Body::new))
}

/// Programs listen on either kind of loopback address.
async fn connect(port: u16) -> io::Result<TcpStream> {
    match TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
        Ok(stream) => Ok(stream),
        Err(refused) => {
            let other = TcpStream::connect(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await;
            other.map_err(|_| refused)
        }
    }
}

fn unreachable(error: &io::Error) -> Failure {
    let message = format!("proxy upstream error: {error}");
    Failure { status: StatusCode::BAD_GATEWAY, code: None, message }
}

/// Copies bytes between both sides once they have switched.
fn join(client: OnUpgrade, program: OnUpgrade) {
    tokio::spawn(async move {
        let Ok((client, program)) = tokio::try_join!(client, program) else { return };
        // Either side may go away without a word; there is nobody left to tell.
        let _ = copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(program)).await;
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_the_port_goes_on_as_it_was_written() {
        let of = |uri: &'static str| {
            destination(&Uri::from_static(uri)).map(|(port, target)| (port, target.to_string()))
        };
        assert_eq!(of("/proxy/8000/a%2Fb/?c=%20d"), Some((8000, "/a%2Fb/?c=%20d".to_owned())));
        assert_eq!(of("/proxy/8000"), Some((8000, "/".to_owned())));
        assert_eq!(of("/proxy/8000?x"), Some((8000, "/?x".to_owned())));
        for bad in ["/proxy/0/", "/proxy/70000/", "/proxy/a/", "/proxy/", "/process/80"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
