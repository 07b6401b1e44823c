//! Batches of datagrams for recvmmsg and sendmmsg.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::RawFd;
use std::time::Duration;

/// Datagrams a batch holds.
const SIZE: usize = 64;

/// Buffers for a batch of datagrams to or from IPv4 addresses.
pub struct Batch {
    length: usize,
    data: Vec<Vec<u8>>,
    addresses: Vec<libc::sockaddr_in>,
    vectors: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
    controls: Vec<[u64; CONTROL_WORDS]>,
    used: usize,
}

/// Room for one control message with a time, in words so that it is aligned.
const CONTROL_WORDS: usize = 8;

impl Batch {
    /// An empty batch of datagrams of at most `length` bytes.
    pub fn new(length: usize) -> Batch {
        // SAFETY: all zeros is a valid value of these plain C structs.
        let (address, vector, header) = unsafe { std::mem::zeroed() };
        Batch {
            length,
            data: vec![vec![0; length]; SIZE],
            addresses: vec![address; SIZE],
            vectors: vec![vector; SIZE],
            headers: vec![header; SIZE],
            controls: vec![[0; CONTROL_WORDS]; SIZE],
            used: 0,
        }
    }

    /// Whether no more can be pushed.
    pub fn is_full(&self) -> bool {
        self.used == SIZE
    }

    /// Adds a datagram. The batch must not be full.
    pub fn push(&mut self, destination: SocketAddrV4, packet: &[u8]) {
        let at = self.used;
        self.data[at][..packet.len()].copy_from_slice(packet);
        self.addresses[at] = sockaddr(destination);
        self.point(at, packet.len());
        self.used += 1;
    }

    /// Sends all of the batch and empties it. Says how many were taken by the system.
    pub fn send(&mut self, socket: RawFd) -> u64 {
        if self.used == 0 {
            return 0;
        }
        // SAFETY: the first `used` headers point to buffers of this batch, which do not move meanwhile.
        let sent = unsafe {
            libc::sendmmsg(
                socket,
                self.headers.as_mut_ptr(),
                self.used as libc::c_uint,
                0,
            )
        };
        self.used = 0;
        u64::try_from(sent).unwrap_or(0)
    }

    /// Receives what is there, up to the batch's size. Says how many.
    pub fn receive(&mut self, socket: RawFd) -> usize {
        self.receive_some(socket, SIZE)
    }

    /// Receives what is there, up to `most`.
    pub fn receive_some(&mut self, socket: RawFd, most: usize) -> usize {
        for at in 0..most {
            self.point(at, self.length);
            let header = &mut self.headers[at].msg_hdr;
            header.msg_control = self.controls[at].as_mut_ptr().cast();
            header.msg_controllen = size_of_val(&self.controls[at]) as _;
        }
        // SAFETY: as in `send`; the buffers have the lengths that the vectors state.
        let count = unsafe {
            libc::recvmmsg(
                socket,
                self.headers.as_mut_ptr(),
                most as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        usize::try_from(count).unwrap_or(0)
    }

    /// Whether receiving may have left something behind.
    pub fn was_filled(&self, count: usize) -> bool {
        count == SIZE
    }

    /// A received datagram.
    pub fn packet(&self, at: usize) -> &[u8] {
        let length = (self.headers[at].msg_len as usize).min(self.length);
        &self.data[at][..length]
    }

    /// Where a received datagram came from.
    pub fn source(&self, at: usize) -> SocketAddrV4 {
        let address = &self.addresses[at];
        let ip = Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes());
        SocketAddrV4::new(ip, u16::from_be(address.sin_port))
    }

    /// When the kernel got a received datagram: since the epoch. None if the socket has not asked for times (`SO_TIMESTAMPNS`).
    pub fn arrival(&self, at: usize) -> Option<Duration> {
        // SAFETY: the header was filled by the kernel and points to the control buffer of this batch; a time is only read from a
        // message that says that it holds one.
        unsafe {
            let message = libc::CMSG_FIRSTHDR(&raw const self.headers[at].msg_hdr);
            if message.is_null()
                || (*message).cmsg_level != libc::SOL_SOCKET
                || (*message).cmsg_type != libc::SCM_TIMESTAMPNS
            {
                return None;
            }
            let time: libc::timespec = libc::CMSG_DATA(message)
                .cast::<libc::timespec>()
                .read_unaligned();
            Some(Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
        }
    }

    /// Sends the first `count` received datagrams on, unchanged, from another socket.
    pub fn pass_on(&mut self, socket: RawFd, count: usize, destination: SocketAddrV4) {
        for at in 0..count {
            self.addresses[at] = sockaddr(destination);
            let length = self.headers[at].msg_len as usize;
            self.point(at, length.min(self.length));
        }
        self.used = count;
        self.send(socket);
    }

    fn point(&mut self, at: usize, length: usize) {
        self.vectors[at].iov_base = self.data[at].as_mut_ptr().cast();
        self.vectors[at].iov_len = length;
        let header = &mut self.headers[at].msg_hdr;
        header.msg_name = (&raw mut self.addresses[at]).cast();
        header.msg_namelen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        header.msg_iov = &raw mut self.vectors[at];
        header.msg_iovlen = 1;
        header.msg_control = std::ptr::null_mut();
        header.msg_controllen = 0;
    }
}

fn sockaddr(address: SocketAddrV4) -> libc::sockaddr_in {
    let ip: &Ipv4Addr = address.ip();
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(ip.octets()),
        },
        sin_zero: [0; 8],
    }
}
