//! Objects of a repository, loose and packed, each held to its own hash. Other repositories that one names as its
//! alternates are not read, and nothing is fetched.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};

use gix_hash::{Kind as HashKind, ObjectId, oid};
use gix_object::Kind;
use gix_pack::data;
use gix_pack::data::decode::entry::ResolvedBase;
use gix_zlib::Inflate;

use crate::disk::{Parts, entries, open_parts};

/// Trees and commits alone are read: the largest known tree holds a few megabytes.
const LARGEST: usize = 32 << 20;
/// All that is unpacked in a run, in bytes.
const MOST_BYTES: usize = 512 << 20;
const MOST_PACKS: usize = 1000;
/// A pack is mapped, not read.
const LARGEST_PACK: u64 = 32 << 30;
const FAN: u64 = 8 + 256 * 4;

pub(super) struct Objects {
    folder: PathBuf,
    hash: HashKind,
    packs: OnceCell<Vec<Pack>>,
    /// Bytes that may still be unpacked.
    left: Cell<usize>,
}

impl Objects {
    /// The objects below a repository's folder.
    pub fn open(common: &Path, hash: HashKind) -> Self {
        Self { folder: common.to_owned(), hash, packs: OnceCell::new(), left: Cell::new(MOST_BYTES) }
    }

    /// An object's bytes; none where it is missing, damaged, of another kind or too large.
    pub fn find(&self, id: &oid, kind: Kind) -> Option<Vec<u8>> {
        let found = self.loose(id).or_else(|| {
            let packs = self.packs.get_or_init(|| packs(&self.folder, self.hash));
            packs.iter().find_map(|pack| pack.find(id))
        });
        let (is, bytes) = found?;
        self.left.set(self.left.get().checked_sub(bytes.len())?);
        let hash = gix_object::compute_hash(self.hash, is, &bytes).ok()?;
        (is == kind && hash == id).then_some(bytes)
    }

    fn loose(&self, id: &oid) -> Option<(Kind, Vec<u8>)> {
        let name = id.to_string();
        let (folder, file) = name.split_at_checked(2)?;
        let mut parts = open_parts(&self.folder, &["objects", folder, file]).ok()?;
        let packed = parts.whole(LARGEST as u64).ok()?;
        // The head says how much there is: `tree 1234\0`.
        let mut head = [0; 64];
        let (_, _, written) = Inflate::default().once(&packed, &mut head).ok()?;
        let head = head.get(..written)?;
        let end = head.iter().position(|byte| *byte == 0)?;
        let (kind, size) = std::str::from_utf8(head.get(..end)?).ok()?.split_once(' ')?;
        let kind = Kind::from_bytes(kind.as_bytes()).ok()?;
        let size: usize = size.parse().ok().filter(|size| *size <= LARGEST)?;
        let mut out = vec![0; end + 1 + size];
        let (_, _, written) = Inflate::default().once(&packed, &mut out).ok()?;
        (written == out.len()).then(|| (kind, out.split_off(end + 1)))
    }
}

/// A pack and where its objects lie in it.
struct Pack {
    index: std::cell::RefCell<Parts>,
    fan: Vec<u8>,
    hash: HashKind,
    data: data::File,
}

fn packs(folder: &Path, hash: HashKind) -> Vec<Pack> {
    let paths = entries(&folder.join("objects").join("pack")).into_iter();
    let names = paths.filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        name.strip_suffix(".idx").map(str::to_owned)
    });
    names.take(MOST_PACKS).filter_map(|name| Pack::open(folder, &name, hash)).collect()
}

impl Pack {
    fn open(folder: &Path, name: &str, hash: HashKind) -> Option<Self> {
        let part = |ending: &str| open_parts(folder, &["objects", "pack", &format!("{name}.{ending}")]).ok();
        let mut index = part("idx")?;
        let fan = index.read(0, usize::try_from(FAN).ok()?).ok()?;
        // Version 2 is what git has written since 2007.
        let fan = fan.strip_prefix(b"\xfftOc\0\0\0\x02")?.to_vec();
        part("pack").filter(|pack| pack.size() <= LARGEST_PACK)?;
        let path = folder.join("objects").join("pack").join(format!("{name}.pack"));
        let data = data::File::at(&path, hash).ok()?.with_alloc_limit_bytes(Some(LARGEST));
        Some(Self { index: std::cell::RefCell::new(index), fan, hash, data })
    }

    fn find(&self, id: &oid) -> Option<(Kind, Vec<u8>)> {
        let entry = self.data.entry(self.offset(id)?).ok()?;
        let mut out = Vec::new();
        let resolve = |base: &oid, _: &mut Vec<u8>| {
            let entry = self.offset(base).and_then(|offset| self.data.entry(offset).ok());
            Ok(entry.map(ResolvedBase::InPack))
        };
        let mut cache = gix_pack::cache::Never;
        let found =
            self.data.decode_entry(entry, &mut out, &mut Inflate::default(), &resolve, &mut cache).ok()?;
        out.truncate(usize::try_from(found.object_size).ok()?);
        Some((found.kind, out))
    }

    /// How many objects begin with a byte up to this one.
    fn up_to(&self, byte: usize) -> Option<u64> {
        Some(u64::from(u32_at(&self.fan, byte * 4)?))
    }

    /// Where an object begins in the pack.
    fn offset(&self, id: &oid) -> Option<u64> {
        let first = usize::from(*id.as_bytes().first()?);
        let all = self.up_to(255)?;
        let start = first.checked_sub(1).map_or(Some(0), |before| self.up_to(before))?;
        let count = usize::try_from(self.up_to(first)?.min(all).checked_sub(start)?).ok()?;
        let width = self.hash.len_in_bytes();
        let mut index = self.index.try_borrow_mut().ok()?;
        let names = index.read(FAN + start * width as u64, count.checked_mul(width)?).ok()?;
        let names: Vec<&[u8]> = names.chunks_exact(width).collect();
        let row = start + names.binary_search(&id.as_bytes()).ok()? as u64;
        // Names, checksums of four bytes, offsets of four; those that do not fit stand behind in eight.
        let offsets = FAN + all * (width as u64 + 4);
        let small = u32_at(&index.read(offsets + row * 4, 4).ok()?, 0)?;
        match small.checked_sub(1 << 31) {
            None => Some(u64::from(small)),
            Some(row) => {
                let large = index.read(offsets + all * 4 + u64::from(row) * 8, 8).ok()?;
                Some(u64::from(u32_at(&large, 0)?) << 32 | u64::from(u32_at(&large, 4)?))
            }
        }
    }
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// The hash that git gives a file's bytes.
pub(super) fn blob(bytes: &[u8], hash: HashKind) -> Option<ObjectId> {
    gix_object::compute_hash(hash, Kind::Blob, bytes).ok()
}
