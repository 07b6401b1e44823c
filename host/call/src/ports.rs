//! The stock of media ports that the shell has bound for us, so that a call gets its ports at once.

use std::net::IpAddr;

use crate::keys::MediaPorts;

/// Ports in stock, by address family.
#[derive(Debug, Default)]
pub(crate) struct PortStock {
    v4: Family,
    v6: Family,
}

#[derive(Debug, Default)]
struct Family {
    free: Vec<MediaPorts>,
    /// Whether ports of this family were ever granted: where not, there is no such network.
    served: bool,
    /// Whether more have been asked for and not yet come.
    asked: bool,
}

impl PortStock {
    /// Takes what the shell granted. A grant answers what was asked for, even if it is less.
    pub(crate) fn grant(&mut self, ports: Vec<MediaPorts>) {
        if ports.is_empty() {
            (self.v4.asked, self.v6.asked) = (false, false);
        }
        for port in ports {
            let family = self.family(port.address.is_ipv6());
            family.asked = false;
            family.served = true;
            family.free.push(port);
        }
    }

    /// A pair of ports: for the caller's side and for the called side, each of the family of its peer. A family that
    /// is not served is replaced by the other. `None`: there are none left.
    pub(crate) fn draw(
        &mut self,
        caller: IpAddr,
        callee: IpAddr,
    ) -> Option<(MediaPorts, MediaPorts)> {
        let first = self.draw_one(caller.is_ipv6())?;
        match self.draw_one(callee.is_ipv6()) {
            Some(second) => Some((first, second)),
            None => {
                self.family(first.address.is_ipv6()).free.push(first);
                None
            }
        }
    }

    /// Whether ports of a family have been asked for of which none has ever come.
    pub(crate) fn is_awaited(&self) -> bool {
        [&self.v4, &self.v6]
            .iter()
            .any(|family| family.asked && !family.served)
    }

    /// Whether the stock of a family is below `low_water` and nobody has asked for more yet; then somebody does now.
    pub(crate) fn wants(&mut self, ipv6: bool, low_water: usize) -> bool {
        let family = self.family(ipv6);
        let wants = !family.asked && family.free.len() < low_water;
        family.asked |= wants;
        wants
    }

    fn draw_one(&mut self, ipv6: bool) -> Option<MediaPorts> {
        let ipv6 = if self.family(ipv6).served {
            ipv6
        } else {
            !ipv6
        };
        self.family(ipv6).free.pop()
    }

    fn family(&mut self, ipv6: bool) -> &mut Family {
        if ipv6 { &mut self.v6 } else { &mut self.v4 }
    }
}

#[cfg(test)]
#[path = "ports_tests.rs"]
mod tests;
