//! Checkpoints of PyTorch, a dictionary of tensors each: the zip archives of `torch.save` since release 1.6, and the
//! bare pickles before it (PyTorch, `torch/serialization.py`).
//!
//! A tensor is a view of a storage, and several may share one. The pickle says how they do; the numbers of a storage
//! lie in one piece elsewhere in the file.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use safetensors::Dtype;
use zip::{CompressionMethod, ZipArchive};

use super::pickle::{Id, Pickle, Value};
use super::place::Place;

/// How a zip archive begins.
const ARCHIVE: &[u8] = b"PK\x03\x04";
/// How a file of earlier releases begins: a pickle of their magic number.
const LEGACY: &[u8] = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.";
/// The pickle inside an archive, in a folder of any name.
const PICKLE: &str = "data.pkl";
/// Functions by which tensors come back, the last the one that makes them.
const PARAMETER: &str = "torch._utils._rebuild_parameter";
const SUBCLASS: &str = "torch._tensor._rebuild_from_type_v2";
const TENSOR: &str = "torch._utils._rebuild_tensor_v2";

/// Classes of storages, and what their numbers are.
const STORAGES: [(&str, Dtype); 9] = [
    ("torch.FloatStorage", Dtype::F32),
    ("torch.HalfStorage", Dtype::F16),
    ("torch.BFloat16Storage", Dtype::BF16),
    ("torch.DoubleStorage", Dtype::F64),
    ("torch.LongStorage", Dtype::I64),
    ("torch.IntStorage", Dtype::I32),
    ("torch.ShortStorage", Dtype::I16),
    ("torch.ByteStorage", Dtype::U8),
    ("torch.BoolStorage", Dtype::BOOL),
];

/// A storage by what the pickle says of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Storage<'a> {
    key: &'a str,
    dtype: Dtype,
    /// Its numbers.
    count: usize,
}

impl Storage<'_> {
    fn bytes(&self) -> Result<u64, String> {
        let bytes = (self.count as u64).checked_mul(self.dtype.bitsize() as u64 / 8);
        bytes.ok_or_else(|| format!("a storage of {} numbers", self.count))
    }
}

/// The places of all tensors.
pub(super) fn read(file: &mut File) -> Result<Vec<(String, Place)>, String> {
    let mut start = Vec::new();
    file.take(LEGACY.len() as u64).read_to_end(&mut start).map_err(|error| error.to_string())?;
    file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
    if start.starts_with(ARCHIVE) {
        return archive(file);
    }
    match start == LEGACY {
        true => legacy(file),
        false => {
            Err("it begins neither as a zip archive nor as an earlier file of torch.save".into())
        }
    }
}

/// The first byte and the length of a part of the file.
type Part = (u64, u64);

/// Those of a zip archive, in which every storage is a file.
fn archive(file: &mut File) -> Result<Vec<(String, Place)>, String> {
    let parts = parts(file)?;
    let part = |name: &str| {
        let found = parts.get(name).copied();
        found.ok_or_else(|| format!("the archive has no file `{name}`"))
    };
    let folder = parts.keys().find_map(|name| {
        let folder = name.strip_suffix(PICKLE)?;
        (folder.is_empty() || folder.ends_with('/')).then_some(folder)
    });
    let folder = folder.ok_or_else(|| format!("the archive has no file `{PICKLE}`"))?;
    if let Ok(order) = part(&format!("{folder}byteorder")) {
        let mut name = String::new();
        let read = open(file, order)?.take(16).read_to_string(&mut name);
        if read.is_err() || name != "little" {
            return Err(format!("`{folder}byteorder`: found `{name}`, allowed is `little`"));
        }
    }
    let pickle = Pickle::read(&mut open(file, part(&format!("{folder}{PICKLE}"))?)?)?;
    places(&pickle, |storage| {
        let name = format!("{folder}data/{}", storage.key);
        let (start, size) = part(&name)?;
        match storage.bytes()? <= size {
            true => Ok(start),
            false => {
                Err(format!("`{name}` holds {size} bytes, too few for {} numbers", storage.count))
            }
        }
    })
}

/// The files of a zip archive; torch.save never compresses them.
fn parts(file: &mut File) -> Result<BTreeMap<String, Part>, String> {
    let length = file.metadata().map_err(|error| error.to_string())?.len();
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    let mut parts = BTreeMap::new();
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|error| error.to_string())?;
        let name = entry.name().map_err(|error| error.to_string())?.into_owned();
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            return Err(format!("`{name}` in the archive is compressed or encrypted"));
        }
        let (start, size) = (entry.data_start().unwrap_or(length), entry.compressed_size());
        if start.checked_add(size).is_none_or(|end| end > length) {
            return Err(format!("`{name}` in the archive reaches beyond the file's end"));
        }
        parts.insert(name, (start, size));
    }
    Ok(parts)
}

fn open(file: &mut File, (start, size): Part) -> Result<impl BufRead, String> {
    file.seek(SeekFrom::Start(start)).map_err(|error| error.to_string())?;
    Ok(BufReader::new(file).take(size))
}

/// Those of an earlier file: pickles of a magic number, a protocol, the system, the tensors and the storages' keys;
/// then every storage, its count before its numbers.
fn legacy(file: &mut File) -> Result<Vec<(String, Place)>, String> {
    let failed = |error: std::io::Error| error.to_string();
    let length = file.metadata().map_err(failed)?.len();
    let mut input = BufReader::new(file);
    let [_magic, _protocol] = [Pickle::read(&mut input)?, Pickle::read(&mut input)?];
    little_endian(&Pickle::read(&mut input)?)?;
    let pickle = Pickle::read(&mut input)?;
    let keys = Pickle::read(&mut input)?;

    let mut storages = HashMap::new();
    for id in 0..pickle.values().len() {
        if let Value::Outside(_) = pickle.get(id) {
            let storage = storage(&pickle, id)?;
            storages.insert(storage.key, storage);
        }
    }
    let Value::List(order) = keys.get(keys.root) else {
        return Err("found no list of its storages".into());
    };
    let mut starts = HashMap::new();
    for key in order.iter().map(|id| keys.text(*id).unwrap_or_default()) {
        let storage =
            storages.get(key).ok_or_else(|| format!("no tensor has its storage `{key}`"))?;
        let mut count = [0; 8];
        input.read_exact(&mut count).map_err(failed)?;
        let start = input.stream_position().map_err(failed)?;
        let end = start.saturating_add(storage.bytes()?);
        if u64::from_le_bytes(count) != storage.count as u64 || end > length {
            return Err(format!(
                "storage `{key}` of {} numbers is not whole in a file of {length} bytes",
                storage.count
            ));
        }
        input.seek(SeekFrom::Start(end)).map_err(failed)?;
        starts.insert(key, start);
    }
    places(&pickle, |storage| {
        let start = starts.get(storage.key).copied();
        start.ok_or_else(|| format!("storage `{}` is not in the file", storage.key))
    })
}

fn little_endian(system: &Pickle) -> Result<(), String> {
    let Value::Dict(entries) = system.get(system.root) else { return Ok(()) };
    let big = entries.iter().any(|(key, value)| {
        system.text(*key) == Some("little_endian") && *system.get(*value) == Value::Bool(false)
    });
    if big { Err("its numbers are big-endian, allowed is little-endian".into()) } else { Ok(()) }
}

/// The tensors of a dictionary, given where each storage begins.
fn places(
    pickle: &Pickle,
    start: impl Fn(Storage<'_>) -> Result<u64, String>,
) -> Result<Vec<(String, Place)>, String> {
    let Value::Dict(entries) = pickle.get(pickle.root) else {
        return Err("it holds no dictionary of tensors".into());
    };
    let place = |(key, value): &(Id, Id)| {
        let name = pickle.text(*key).ok_or("a key of its dictionary is no name")?;
        let named = |problem| format!("entry `{name}`: {problem}");
        let place = tensor(pickle, *value, &start).map_err(named)?;
        Ok((name.to_owned(), place))
    };
    entries.iter().map(place).collect()
}

fn tensor(
    pickle: &Pickle,
    id: Id,
    start: impl Fn(Storage<'_>) -> Result<u64, String>,
) -> Result<Place, String> {
    let arguments = arguments(pickle, id).ok_or("found no tensor")?;
    let &[source, offset, shape, strides, ..] = arguments else {
        return Err("found a tensor without a shape".into());
    };
    let counts = |id: Id| -> Option<Vec<usize>> {
        pickle.tuple(id)?.iter().map(|id| pickle.count(*id)).collect()
    };
    let (Some(offset), Some(shape), Some(strides)) =
        (pickle.count(offset), counts(shape), counts(strides))
    else {
        return Err("found a shape that is none".into());
    };
    let storage = storage(pickle, source)?;
    let span = span(&shape, &strides).filter(|(count, span)| {
        *count <= storage.count && offset.checked_add(*span).is_some_and(|end| end <= storage.count)
    });
    let Some((_, span)) = span else {
        return Err(format!(
            "found shape {shape:?} and strides {strides:?} from number {offset} of a storage of {}",
            storage.count
        ));
    };
    // Both factors are below the length of the file.
    let start = start(storage)? + (offset * storage.dtype.bitsize() / 8) as u64;
    let strides = (!by_rows(&shape, &strides)).then_some(strides);
    Ok(Place { dtype: storage.dtype, shape, start, span, strides })
}

/// The arguments of the call that makes a tensor. What stands in a tuple was there before it, so this ends.
fn arguments(pickle: &Pickle, mut id: Id) -> Option<&[Id]> {
    loop {
        let Value::Call { function, arguments } = pickle.get(id) else { return None };
        let arguments = pickle.tuple(*arguments)?;
        match pickle.global(*function)? {
            TENSOR => return Some(arguments),
            PARAMETER => id = *arguments.first()?,
            SUBCLASS if pickle.global(*arguments.first()?)? == TENSOR => {
                return pickle.tuple(*arguments.get(2)?);
            }
            _ => return None,
        }
    }
}

fn storage(pickle: &Pickle, id: Id) -> Result<Storage<'_>, String> {
    let described = match pickle.get(id) {
        Value::Outside(description) => pickle.tuple(*description),
        _ => None,
    };
    let Some(&[kind, class, key, _location, count, ref view @ ..]) = described else {
        return Err("found no storage".into());
    };
    let whole = view.iter().all(|view| *pickle.get(*view) == Value::Other);
    let (Some("storage"), Some(class), Some(key), Some(count), true) =
        (pickle.text(kind), pickle.global(class), pickle.text(key), pickle.count(count), whole)
    else {
        return Err("found a storage of another form than torch.save writes".into());
    };
    match STORAGES.iter().find(|(name, _)| *name == class) {
        Some((_, dtype)) => Ok(Storage { key, dtype: *dtype, count }),
        None => Err(format!(
            "found a {class}, allowed are {}",
            STORAGES.map(|(name, _)| name).join(", ")
        )),
    }
}

/// How many numbers a tensor has, and how many its storage has from its first to its last.
fn span(shape: &[usize], strides: &[usize]) -> Option<(usize, usize)> {
    if shape.len() != strides.len() {
        return None;
    }
    let count = shape.iter().try_fold(1usize, |count, size| count.checked_mul(*size))?;
    let mut last = 0usize;
    for (size, stride) in shape.iter().zip(strides) {
        last = last.checked_add(size.saturating_sub(1).checked_mul(*stride)?)?;
    }
    Some((count, if count == 0 { 0 } else { last.checked_add(1)? }))
}

/// Whether neighbours along the last dimension are neighbours in the storage, and so on.
fn by_rows(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1;
    shape.iter().zip(strides).rev().all(|(size, stride)| {
        let fits = *size == 1 || *stride == expected;
        expected = usize::saturating_mul(expected, *size);
        fits
    })
}
