//! The part of Python's pickle that `torch.save` writes, read without running anything.
//!
//! A pickle is a program for a stack machine (CPython, `Lib/pickletools.py`). Here its calls are only noted, and every
//! value stands once in a list in which others name it by number: what a hostile program repeats costs some forty times its
//! bytes, of which there is a bound, and nothing is as deep as the stack of this process. candle's reader allocates what lengths in the file
//! ask for, panics at arguments that are missing, and passes over what it does not know.

use std::collections::HashMap;
use std::io::{BufRead, Read};

/// Longest pickle: a checkpoint's is some hundred bytes a tensor.
const MAX_BYTES: u64 = 16 << 20;

/// A value's number in [`Pickle::get`].
pub(super) type Id = usize;

/// What a program made.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Int(i64),
    Text(String),
    /// A class or function, `module.name`.
    Global(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// What the call of a function would give.
    Call {
        function: Id,
        arguments: Id,
    },
    /// What stands outside of the pickle, by its description.
    Outside(Id),
    Bool(bool),
    /// Nothing, fractions, numbers of more than 64 bits: no tensor depends on them.
    Other,
}

/// A program's values.
#[derive(Debug)]
pub(super) struct Pickle {
    values: Vec<Value>,
    /// Its result.
    pub root: Id,
}

impl Pickle {
    /// Runs the program that `input` begins with, and leaves what stands behind it.
    pub(super) fn read(input: &mut impl BufRead) -> Result<Self, String> {
        let machine = Machine {
            input,
            left: MAX_BYTES,
            values: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        };
        machine.run()
    }

    /// A value.
    pub(super) fn get(&self, id: Id) -> &Value {
        self.values.get(id).unwrap_or(&Value::Other)
    }

    /// All of them.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The parts of a tuple.
    pub(super) fn tuple(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(parts) => Some(parts),
            _ => None,
        }
    }

    /// A text.
    pub(super) fn text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The name of a class or function.
    pub(super) fn global(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Value::Global(name) => Some(name),
            _ => None,
        }
    }

    /// A number that counts something.
    pub(super) fn count(&self, id: Id) -> Option<usize> {
        match self.get(id) {
            Value::Int(number) => usize::try_from(*number).ok(),
            _ => None,
        }
    }
}

struct Machine<'a, R> {
    input: &'a mut R,
    /// Bytes that may yet be read.
    left: u64,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<R: BufRead> Machine<'_, R> {
    fn run(mut self) -> Result<Pickle, String> {
        loop {
            match self.byte()? {
                b'.' => {
                    let root = self.pop()?;
                    return Ok(Pickle { values: self.values, root });
                }
                code => self.instruction(code)?,
            }
        }
    }

    fn instruction(&mut self, code: u8) -> Result<(), String> {
        match code {
            // PROTO
            0x80 => drop(self.byte()?),
            b'(' => self.marks.push(self.stack.len()),
            // NONE, NEWTRUE, NEWFALSE, BINFLOAT
            b'N' => self.push(Value::Other),
            0x88 | 0x89 => self.push(Value::Bool(code == 0x88)),
            b'G' => {
                self.bytes::<8>()?;
                self.push(Value::Other);
            }
            // BININT1, BININT2, BININT, LONG1
            b'K' => {
                let number = self.byte()?;
                self.push(Value::Int(number.into()));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.bytes()?);
                self.push(Value::Int(number.into()));
            }
            b'J' => {
                let number = i32::from_le_bytes(self.bytes()?);
                self.push(Value::Int(number.into()));
            }
            0x8a => self.long()?,
            // BINUNICODE
            b'X' => {
                let length = u32::from_le_bytes(self.bytes()?);
                let text = self.text(length.into())?;
                self.push(Value::Text(text));
            }
            // GLOBAL
            b'c' => {
                let name = format!("{}.{}", self.line()?, self.line()?);
                self.push(Value::Global(name));
            }
            b')' => self.push(Value::Tuple(Vec::new())),
            b']' => self.push(Value::List(Vec::new())),
            b'}' => self.push(Value::Dict(Vec::new())),
            // TUPLE, TUPLE1 to TUPLE3
            b't' => {
                let parts = self.pop_to_mark()?;
                self.push(Value::Tuple(parts));
            }
            0x85..=0x87 => {
                let mut parts = Vec::new();
                for _ in 0x85..=code {
                    parts.insert(0, self.pop()?);
                }
                self.push(Value::Tuple(parts));
            }
            // APPEND, APPENDS
            b'a' => {
                let item = self.pop()?;
                self.list()?.push(item);
            }
            b'e' => {
                let items = self.pop_to_mark()?;
                self.list()?.extend(items);
            }
            // SETITEM, SETITEMS
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.dict()?.push((key, value));
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                let (pairs, rest) = items.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err("a key without a value".into());
                }
                self.dict()?.extend(pairs.iter().map(|[key, value]| (*key, *value)));
            }
            // REDUCE, NEWOBJ
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                self.call(function, arguments);
            }
            // BUILD: attributes, of which torch gives a state_dict its versions.
            b'b' => drop(self.pop()?),
            // BINPERSID
            b'Q' => {
                let description = self.pop()?;
                self.push(Value::Outside(description));
            }
            // BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
            b'q' => {
                let place = self.byte()?;
                self.remember(place.into())?;
            }
            b'r' => {
                let place = u32::from_le_bytes(self.bytes()?);
                self.remember(place)?;
            }
            b'h' => {
                let place = self.byte()?;
                self.recall(place.into())?;
            }
            b'j' => {
                let place = u32::from_le_bytes(self.bytes()?);
                self.recall(place)?;
            }
            other => {
                return Err(format!(
                    "a pickle with the instruction {other:#04x}, which torch.save does not write"
                ));
            }
        }
        Ok(())
    }

    /// A whole number of any length; those that do not fit count nothing.
    fn long(&mut self) -> Result<(), String> {
        let length = self.byte()?;
        let mut number = [0; 8];
        let mut last = 0;
        for place in 0..usize::from(length) {
            last = self.byte()?;
            if let Some(byte) = number.get_mut(place) {
                *byte = last;
            }
        }
        let kept = number.len().min(length.into());
        number[kept..].fill(if last >= 0x80 { 0xff } else { 0 });
        let fits = usize::from(length) <= number.len();
        self.push(if fits { Value::Int(i64::from_le_bytes(number)) } else { Value::Other });
        Ok(())
    }

    /// An ordered dictionary is made by a call without arguments; then it is filled like any other.
    fn call(&mut self, function: Id, arguments: Id) {
        let named =
            |name: &str| matches!(self.values.get(function), Some(Value::Global(n)) if n == name);
        let dict = named("collections.OrderedDict")
            && matches!(self.values.get(arguments), Some(Value::Tuple(t)) if t.is_empty());
        self.push(if dict { Value::Dict(Vec::new()) } else { Value::Call { function, arguments } });
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Result<Id, String> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        match self.stack.len() > bottom {
            true => self.stack.pop().ok_or_else(empty),
            false => Err(empty()),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("a pickle without the mark that it goes back to")?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn top(&self) -> Result<Id, String> {
        self.stack.last().copied().ok_or_else(empty)
    }

    fn list(&mut self) -> Result<&mut Vec<Id>, String> {
        let top = self.top()?;
        match self.values.get_mut(top) {
            Some(Value::List(items)) => Ok(items),
            _ => Err("a pickle that appends to what is no list".into()),
        }
    }

    fn dict(&mut self) -> Result<&mut Vec<(Id, Id)>, String> {
        let top = self.top()?;
        match self.values.get_mut(top) {
            Some(Value::Dict(items)) => Ok(items),
            _ => Err("a pickle that sets items of what is no dictionary".into()),
        }
    }

    fn remember(&mut self, place: u32) -> Result<(), String> {
        let top = self.top()?;
        self.memo.insert(place, top);
        Ok(())
    }

    fn recall(&mut self, place: u32) -> Result<(), String> {
        let id = self.memo.get(&place).ok_or("a pickle that recalls what it did not remember")?;
        self.stack.push(*id);
        Ok(())
    }

    fn spend(&mut self, bytes: u64) -> Result<(), String> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or_else(|| format!("a pickle of more than {MAX_BYTES} bytes"))?;
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.spend(N as u64)?;
        let mut bytes = [0; N];
        self.input.read_exact(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    fn text(&mut self, length: u64) -> Result<String, String> {
        self.spend(length)?;
        let mut text = String::new();
        let read = self.input.take(length).read_to_string(&mut text);
        match read.map_err(|error| error.to_string())? as u64 == length {
            true => Ok(text),
            false => Err("a pickle that ends within a text".into()),
        }
    }

    /// A line without its end.
    fn line(&mut self) -> Result<String, String> {
        let mut line = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => break,
                byte => line.push(byte),
            }
        }
        String::from_utf8(line).map_err(|error| error.to_string())
    }
}

fn empty() -> String {
    "a pickle that takes from an empty stack".into()
}
