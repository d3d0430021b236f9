//! A port for a process that opens it later.
//!
//! Sandboxes may share a network, and a process takes a while until it listens: meanwhile another sandbox must not choose
//! the same port. So the datagram port of the same number, which nobody else wants, is held as a sign.

use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// How many ports are tried beside the usual one.
const TRIES: usize = 64;

/// A port that is nobody else's until this is dropped.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) number: u16,
    _sign: UdpSocket,
}

impl Port {
    /// The usual port when nobody has it, otherwise one that is free.
    pub(super) fn take(usual: u16) -> io::Result<Self> {
        let mut refusal = match Self::try_take(usual) {
            Ok(port) => return Ok(port),
            Err(error) => error,
        };
        for _ in 0..TRIES {
            match Self::try_take(0) {
                Ok(port) => return Ok(port),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }

    fn try_take(number: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number))?;
        let number = listener.local_addr()?.port();
        let sign = UdpSocket::bind((Ipv4Addr::LOCALHOST, number))?;
        Ok(Self { number, _sign: sign })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_was_taken_is_not_given_again_although_nothing_listens() {
        let first = Port::take(0).unwrap();
        let second = Port::take(first.number).unwrap();
        assert_ne!(first.number, second.number);
        let number = first.number;
        drop(first);
        assert_eq!(Port::take(number).unwrap().number, number);
    }

    #[test]
    fn a_port_somebody_listens_on_is_not_taken() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let usual = listener.local_addr().unwrap().port();
        assert_ne!(Port::take(usual).unwrap().number, usual);
    }
}
