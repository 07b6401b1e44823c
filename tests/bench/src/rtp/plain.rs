//! The yardstick: a relay that does nothing but epoll_wait, recvmmsg, sendmmsg, to fixed addresses, without any check.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::rtp::batch::Batch;
use crate::rtp::generator::PACKET;

/// The name of its thread.
pub const THREAD: &str = "plain-relay";

/// A running plain relay. It stops when dropped.
pub struct PlainRelay {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    ports: Vec<[SocketAddrV4; 2]>,
}

/// One direction: what arrives here leaves there.
#[derive(Debug, Clone, Copy)]
struct Hop {
    from: RawFd,
    to: RawFd,
    destination: SocketAddrV4,
}

impl PlainRelay {
    /// Relays calls between these pairs of phones, two sockets a call.
    pub fn start(phones: &[[SocketAddr; 2]]) -> io::Result<PlainRelay> {
        let mut sockets = Vec::new();
        let mut hops = Vec::new();
        let mut ports = Vec::new();
        for [caller, callee] in phones {
            let pair = [bind()?, bind()?];
            ports.push([v4(pair[0].local_addr()?), v4(pair[1].local_addr()?)]);
            let [left, right] = [pair[0].as_raw_fd(), pair[1].as_raw_fd()];
            hops.push(Hop {
                from: left,
                to: right,
                destination: v4(*callee),
            });
            hops.push(Hop {
                from: right,
                to: left,
                destination: v4(*caller),
            });
            sockets.extend(pair);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name(THREAD.to_owned())
            .spawn(move || run(&sockets, &hops, &stopped))?;
        Ok(PlainRelay {
            stop,
            thread: Some(thread),
            ports,
        })
    }

    /// The ports of each call: the caller's side, the callee's side.
    pub fn ports(&self) -> &[[SocketAddrV4; 2]] {
        &self.ports
    }
}

impl Drop for PlainRelay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(_sockets: &[UdpSocket], hops: &[Hop], stop: &AtomicBool) {
    /// One batch a socket: more than two packets seldom wait.
    const BATCH: usize = 8;
    let mut batch = Batch::new(PACKET);
    // SAFETY: plain system calls; the event buffer is as long as stated, and the sockets live as long as this function.
    unsafe {
        let epoll = libc::epoll_create1(0);
        for (number, hop) in hops.iter().enumerate() {
            let mut event = libc::epoll_event {
                events: libc::EPOLLIN as u32,
                u64: number as u64,
            };
            libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, hop.from, &raw mut event);
        }
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 256];
        while !stop.load(Ordering::Relaxed) {
            let ready = libc::epoll_wait(epoll, events.as_mut_ptr(), 256, 100);
            for event in &events[..ready.max(0) as usize] {
                let hop = hops[event.u64 as usize];
                let count = batch.receive_some(hop.from, BATCH);
                batch.pass_on(hop.to, count, hop.destination);
            }
        }
        libc::close(epoll);
    }
}

fn bind() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn v4(address: SocketAddr) -> SocketAddrV4 {
    match address {
        SocketAddr::V4(address) => address,
        SocketAddr::V6(_) => unreachable!("everything here is bound to IPv4"),
    }
}
