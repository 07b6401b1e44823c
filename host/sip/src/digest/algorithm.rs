//! The hash functions of digest authentication and what is stored of a password. No protocol.

use std::fmt;

use md5::Md5;
use sha2::{Digest, Sha256, Sha512_256};

/// A hash function; a later one is stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hash {
    /// MD5, 128 bits: for old phones.
    Md5,
    /// SHA-256 (RFC 8760).
    Sha256,
    /// SHA-512/256 (RFC 8760).
    Sha512Slash256,
}

/// The value of the parameter `algorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Algorithm {
    /// The hash function.
    pub hash: Hash,
    /// `-sess`: nonce and cnonce are hashed into the password hash once (RFC 7616 §3.4.2).
    pub session: bool,
}

impl Algorithm {
    /// `MD5`, also what a challenge without the parameter means.
    pub const MD5: Algorithm = Algorithm::plain(Hash::Md5);
    /// `SHA-256`.
    pub const SHA_256: Algorithm = Algorithm::plain(Hash::Sha256);
    /// `SHA-512-256`.
    pub const SHA_512_256: Algorithm = Algorithm::plain(Hash::Sha512Slash256);

    const fn plain(hash: Hash) -> Algorithm {
        Algorithm {
            hash,
            session: false,
        }
    }

    /// The algorithm of that name, whatever its case; `None` for an unknown one.
    pub fn parse(name: &str) -> Option<Algorithm> {
        let (plain, session) = match name
            .len()
            .checked_sub(5)
            .and_then(|at| name.split_at_checked(at))
        {
            Some((plain, end)) if end.eq_ignore_ascii_case("-sess") => (plain, true),
            _ => (name, false),
        };
        let hash = [Hash::Md5, Hash::Sha256, Hash::Sha512Slash256]
            .into_iter()
            .find(|hash| hash.as_str().eq_ignore_ascii_case(plain))?;
        Some(Algorithm { hash, session })
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hash.as_str())?;
        if self.session {
            f.write_str("-sess")?;
        }
        Ok(())
    }
}

impl Hash {
    const fn as_str(self) -> &'static str {
        match self {
            Hash::Md5 => "MD5",
            Hash::Sha256 => "SHA-256",
            Hash::Sha512Slash256 => "SHA-512-256",
        }
    }

    /// H(parts, joined by colons) as lower-case hexadecimal digits.
    pub(super) fn hex(self, parts: &[&[u8]]) -> HexDigest {
        match self {
            Hash::Md5 => HexDigest::of::<Md5>(parts),
            Hash::Sha256 => HexDigest::of::<Sha256>(parts),
            Hash::Sha512Slash256 => HexDigest::of::<Sha512_256>(parts),
        }
    }
}

/// A hash in hexadecimal digits: 32 of MD5, 64 of the others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct HexDigest {
    digits: [u8; 64],
    length: u8,
}

impl HexDigest {
    fn of<D: Digest>(parts: &[&[u8]]) -> Self {
        let mut hasher = D::new();
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                hasher.update(b":");
            }
            hasher.update(part);
        }
        Self::from_bytes(&hasher.finalize())
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
            pair.copy_from_slice(&hex_pair(*byte));
        }
        let length = (bytes.len().min(32) * 2) as u8;
        Self { digits, length }
    }

    /// From 32 or 64 hexadecimal digits; `None` for anything else.
    fn parse(text: &str, hash: Hash) -> Option<Self> {
        let length = if hash == Hash::Md5 { 32 } else { 64 };
        if text.len() != length || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut digits = [0; 64];
        for (digit, byte) in digits.iter_mut().zip(text.bytes()) {
            *digit = byte.to_ascii_lowercase();
        }
        Some(Self {
            digits,
            length: length as u8,
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.digits
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// The two lower-case hexadecimal digits of a byte.
pub(super) fn hex_pair(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| {
        if digit < 10 {
            b'0' + digit
        } else {
            b'a' + digit - 10
        }
    })
}

/// What is stored of a password: H(username:realm:password) for each hash function (RFC 7616 §3.4.2). Who has it can log in
/// to that realm: a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ha1 {
    md5: Option<HexDigest>,
    sha256: Option<HexDigest>,
    sha512_256: Option<HexDigest>,
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ha1(secret)")
    }
}

impl Ha1 {
    /// The hashes of a password.
    pub fn from_password(username: &str, realm: &str, password: &str) -> Ha1 {
        let parts = [username.as_bytes(), realm.as_bytes(), password.as_bytes()];
        Ha1 {
            md5: Some(Hash::Md5.hex(&parts)),
            sha256: Some(Hash::Sha256.hex(&parts)),
            sha512_256: Some(Hash::Sha512Slash256.hex(&parts)),
        }
    }

    /// From one stored hash in hexadecimal digits; other hash functions then do not authenticate. `None` if it is not as many
    /// hexadecimal digits as the function gives.
    pub fn from_hex(hash: Hash, digits: &str) -> Option<Ha1> {
        let digest = HexDigest::parse(digits, hash)?;
        let mut ha1 = Ha1 {
            md5: None,
            sha256: None,
            sha512_256: None,
        };
        match hash {
            Hash::Md5 => ha1.md5 = Some(digest),
            Hash::Sha256 => ha1.sha256 = Some(digest),
            Hash::Sha512Slash256 => ha1.sha512_256 = Some(digest),
        }
        Some(ha1)
    }

    pub(super) fn get(&self, hash: Hash) -> Option<&HexDigest> {
        match hash {
            Hash::Md5 => self.md5.as_ref(),
            Hash::Sha256 => self.sha256.as_ref(),
            Hash::Sha512Slash256 => self.sha512_256.as_ref(),
        }
    }
}
