//! Address ranges: `cidrhost`, `cidrnetmask`, `cidrsubnet`, `cidrsubnets`.

use std::net::{Ipv4Addr, Ipv6Addr};

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

use super::call::{Answer, Call, Function, NUMBER, TEXT, function};
use crate::value::WhyKind;

pub(super) const FUNCTIONS: &[Function] = &[
    function("cidrhost", &[TEXT, NUMBER], cidrhost),
    function("cidrnetmask", &[TEXT], cidrnetmask),
    function("cidrsubnet", &[TEXT, NUMBER, NUMBER], cidrsubnet),
    function("cidrsubnets", &[TEXT], cidrsubnets).with_rest(NUMBER),
];

/// A range of addresses: its first address, how many leading bits are fixed, and of how many bits.
#[derive(Debug, Clone, Copy)]
struct Range {
    first: u128,
    fixed: u32,
    bits: u32,
}

impl Range {
    fn parse(text: &str) -> Result<Self, String> {
        let refused = || format!("`{text}` is no address range, such as `10.0.0.0/16`");
        let (address, fixed) = text.split_once('/').ok_or_else(refused)?;
        let (first, bits) = if address.contains(':') {
            let address = address.parse::<Ipv6Addr>().map_err(|_| refused())?;
            (u128::from(address), 128)
        } else {
            (u128::from(ipv4(address).ok_or_else(refused)?), 32)
        };
        let digits = !fixed.is_empty() && fixed.bytes().all(|byte| byte.is_ascii_digit());
        let fixed: u32 = fixed.parse().ok().filter(|fixed| digits && *fixed <= bits).ok_or_else(refused)?;
        Ok(Self { first, fixed, bits }.masked())
    }

    fn masked(self) -> Self {
        Self { first: self.first & self.mask(), ..self }
    }

    fn free(self) -> u32 {
        self.bits - self.fixed
    }

    fn all(self) -> u128 {
        if self.bits == 128 { u128::MAX } else { (1 << self.bits) - 1 }
    }

    /// The fixed bits set.
    fn mask(self) -> u128 {
        self.all() & !self.rest()
    }

    /// The free bits set.
    fn rest(self) -> u128 {
        1_u128.checked_shl(self.free()).map_or(u128::MAX, |one| one - 1)
    }

    fn last(self) -> u128 {
        self.first | self.rest()
    }

    fn address(self, address: u128) -> String {
        if self.bits == 32 {
            return Ipv4Addr::from(address as u32).to_string();
        }
        Ipv6Addr::from(address).to_string()
    }

    /// Terraform mixes up four and sixteen bytes in these, so we leave the result open.
    fn is_mapped(self) -> bool {
        self.bits == 128 && Ipv6Addr::from(self.first).to_ipv4_mapped().is_some()
    }

    fn text(self) -> String {
        format!("{}/{}", self.address(self.first), self.fixed)
    }
}

/// Terraform lets the parts of an address have leading zeros and reads them as decimal all the same.
fn ipv4(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() != 4 {
        return None;
    }
    let mut address = 0;
    for part in parts {
        if part.is_empty() || part.len() > 8 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        address = (address << 8) | part.parse::<u32>().ok().filter(|part| *part <= 255)?;
    }
    Some(address)
}

fn whole(call: &Call<'_, '_>, at: usize) -> Result<BigInt, String> {
    let number = call.number(at)?;
    number.to_integer().ok_or_else(|| format!("argument {} must be a whole number, not `{number}`", at + 1))
}

fn cidrhost(call: &Call<'_, '_>) -> Answer {
    let range = Range::parse(call.text(0))?;
    let host = whole(call, 1)?;
    if range.is_mapped() {
        return mapped(call);
    }
    let room = BigInt::from(range.rest()) + 1;
    let number = if host.is_negative() { &room + &host } else { host.clone() };
    if number >= room && number.bits() > 63 {
        // Terraform looks at 63 bits of it only, and lets the others spill into the prefix.
        return Ok(call.unknown_because(WhyKind::Limit, "a host number beyond its range spills over"));
    }
    let number = number
        .to_u128()
        .filter(|_| number < room)
        .ok_or_else(|| format!("`{}` has no host number `{host}`", range.text()))?;
    Ok(call.make_text(range.address(range.first | number)))
}

fn mapped(call: &Call<'_, '_>) -> Answer {
    Ok(call.unknown_because(WhyKind::Limit, "ranges of IPv4 addresses mapped into IPv6 are not computed"))
}

fn cidrnetmask(call: &Call<'_, '_>) -> Answer {
    let range = Range::parse(call.text(0))?;
    if range.bits != 32 {
        return Err("only IPv4 ranges have a netmask".to_owned());
    }
    Ok(call.make_text(range.address(range.mask())))
}

fn cidrsubnet(call: &Call<'_, '_>) -> Answer {
    let range = Range::parse(call.text(0))?;
    let more = call.integer(1)?;
    let number = whole(call, 2)?;
    if more < -i64::from(range.fixed) {
        return Ok(call.unknown_because(WhyKind::Limit, "a prefix of less than no bits is not computed"));
    }
    let fixed =
        u32::try_from(more.saturating_add(range.fixed.into())).ok().filter(|fixed| *fixed <= range.bits);
    let fixed = fixed.ok_or_else(|| format!("`{}` cannot be extended by `{more}` bits", range.text()))?;
    if range.is_mapped() {
        return mapped(call);
    }
    // Fewer bits than before wrap around in Terraform's check, which then lets any number through.
    let room = BigInt::from(1) << u32::try_from(more).unwrap_or(64);
    if number >= room || (more >= 0 && number.bits() > more as u64) {
        return Err(format!("`{more}` more bits have no network number `{number}`"));
    }
    // A negative number is not refused: its two's complement is laid over the prefix, then the sign is dropped.
    let first = (BigInt::from(range.first) | (number << (range.bits - fixed))).abs();
    let first = (first & BigInt::from(range.all())).to_u128().unwrap_or(0);
    Ok(call.make_text(Range { first, fixed, ..range }.text()))
}

fn cidrsubnets(call: &Call<'_, '_>) -> Answer {
    let range = Range::parse(call.text(0))?;
    if range.first == 0 && call.given.len() > 1 {
        // Terraform begins with the range before the first, and there is none.
        return Err(format!("`{}` begins at zero, where `cidrsubnets` cannot begin", range.text()));
    }
    let mut subnets: Vec<Range> = Vec::new();
    for at in 1..call.given.len() {
        let more = call.integer(at)?;
        let more = u32::try_from(more).ok().filter(|more| (1..=32).contains(more) && *more <= range.free());
        let more = more.ok_or_else(|| {
            format!("`{}` cannot be extended by `{}` bits", range.text(), super::convert::shown(call.arg(at)))
        })?;
        let first = Range { fixed: range.fixed + more, ..range };
        let next = match subnets.last() {
            None => first,
            Some(before) => {
                let beyond = Range { first: before.last(), ..first }.masked().last().checked_add(1);
                let inside = beyond.filter(|beyond| *beyond <= range.last());
                let beyond =
                    inside.ok_or_else(|| format!("`{}` has no room for this many ranges", range.text()))?;
                Range { first: beyond, ..first }.masked()
            }
        };
        subnets.push(next);
    }
    Ok(call.make_texts(subnets.into_iter().map(Range::text)))
}
