//! The address of a cache entry: a hash of all that the entry was computed from.

/// Says what each field of a key is, so that the text `"a"` and the byte `a` are two things.
const NAMESPACE: u8 = 0;
const BYTES: u8 = 1;
const TEXT: u8 = 2;
const NUMBER: u8 = 3;

/// A key under construction: a namespace, and fields whose order counts. Fields carry their kind and their length,
/// so two lists of fields are never taken for one another.
///
/// ```
/// use triglot_host::cache::CacheKey;
///
/// let key = CacheKey::new("embeddings/1").with_str("fingerprint of the model").with_u64(64);
/// assert_eq!(key.hex().len(), 64);
/// ```
#[derive(Debug, Clone)]
pub struct CacheKey {
    namespace: &'static str,
    hasher: blake3::Hasher,
}

impl CacheKey {
    /// A key in `namespace`, which names a kind of entry and the version of its format, as in `embeddings/1`.
    pub fn new(namespace: &'static str) -> Self {
        Self { namespace, hasher: blake3::Hasher::new() }.field(NAMESPACE, namespace.as_bytes())
    }

    /// Adds bytes.
    #[must_use]
    pub fn with_bytes(self, bytes: &[u8]) -> Self {
        self.field(BYTES, bytes)
    }

    /// Adds a text.
    #[must_use]
    pub fn with_str(self, text: &str) -> Self {
        self.field(TEXT, text.as_bytes())
    }

    /// Adds a number.
    #[must_use]
    pub fn with_u64(self, number: u64) -> Self {
        self.field(NUMBER, &number.to_le_bytes())
    }

    /// The hash of the namespace and all fields, in hexadecimal.
    pub fn hex(&self) -> String {
        self.hasher.finalize().to_hex().to_string()
    }

    /// The namespace.
    pub fn namespace(&self) -> &'static str {
        self.namespace
    }

    fn field(mut self, kind: u8, bytes: &[u8]) -> Self {
        self.hasher.update(&[kind]);
        self.hasher.update(&(bytes.len() as u64).to_le_bytes());
        self.hasher.update(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    enum Field {
        Bytes(Vec<u8>),
        Text(String),
        Number(u64),
    }

    fn key(fields: &[Field]) -> String {
        let key = fields.iter().fold(CacheKey::new("test/1"), |key, field| match field {
            Field::Bytes(bytes) => key.with_bytes(bytes),
            Field::Text(text) => key.with_str(text),
            Field::Number(number) => key.with_u64(*number),
        });
        key.hex()
    }

    /// Fields from so small a world that equal and nearly equal lists come up often.
    fn fields() -> impl Strategy<Value = Vec<Field>> {
        let field = prop_oneof![
            prop::collection::vec(0u8..4, 0..3).prop_map(Field::Bytes),
            "[ab\0]{0,2}".prop_map(Field::Text),
            (0u64..3).prop_map(Field::Number),
        ];
        prop::collection::vec(field, 0..4)
    }

    proptest! {
        #[test]
        fn keys_are_equal_only_for_equal_fields(a in fields(), b in fields()) {
            prop_assert_eq!(key(&a) == key(&b), a == b);
        }
    }

    #[test]
    fn fields_never_run_together() {
        let text = |texts: &[&str]| {
            key(&texts.iter().map(|text| Field::Text((*text).into())).collect::<Vec<_>>())
        };
        assert_ne!(text(&["ab", "c"]), text(&["a", "bc"]));
        assert_ne!(text(&["ab", ""]), text(&["ab"]));
        assert_ne!(text(&["a"]), key(&[Field::Bytes(b"a".to_vec())]));
        assert_ne!(CacheKey::new("tokens/1").hex(), CacheKey::new("tokens/2").hex());
    }
}
