//! Every offset and size of the contract on 64-bit targets, written down once more: a build in which one moved fails.
//!
//! The numbers are a second opinion and never computed. A field may be appended to a struct that `grows`, at its end
//! and with a number of its own; nothing else here may change while the major version stays. The same list says what
//! [`Sized32::read`] takes for whole fields, and is there for whoever writes the contract down in another language.
//!
//! No struct has padding, inside or at its end. Inside, a compiler could place it otherwise; at the end, a field that
//! is appended later would land in bytes that an older maker counts as its own and never writes.

use crate::Sized32;

/// Where the fields of one struct lie, in bytes, on 64-bit targets.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The struct.
    pub name: &'static str,
    /// Its size.
    pub size: usize,
    /// Name and offset of every field, in order.
    pub fields: &'static [(&'static str, usize)],
}

macro_rules! layouts {
    ($($rule:ident $name:ident: $size:literal = { $($field:ident: $offset:literal),+ $(,)? })+) => {
        /// Every struct of the contract.
        pub const LAYOUTS: &[Layout] = &[$(Layout {
            name: stringify!($name),
            size: $size,
            fields: &[$((stringify!($field), $offset)),+],
        }),+];

        /// What tests hold against the rule of growth: one for each of [`LAYOUTS`] that grows.
        #[cfg(all(test, target_pointer_width = "64"))]
        pub(crate) const GROWTH: &[Option<crate::growth_tests::Growth>] =
            &[$(layouts!(@growth $rule $name)),+];

        $(
            #[cfg(target_pointer_width = "64")]
            const _: () = {
                let mut end = 0;
                $(
                    assert!(core::mem::offset_of!(crate::$name, $field) == $offset, "a field moved");
                    assert!(end == $offset, "there is padding before a field, or one is not listed");
                    end += size_of_field(|whole: &crate::$name| &whole.$field);
                )+
                assert!(end == $size, "there is padding at the end, or a field is not listed");
                assert!(size_of::<crate::$name>() == $size, "a size changed");
            };
            layouts!(@$rule $name: $($field)+);
        )+
    };
    (@growth leaf $name:ident) => { None };
    (@growth grows $name:ident) => { Some(crate::growth_tests::Growth::of::<crate::$name>()) };
    (@leaf $name:ident: $($field:ident)+) => {};
    (@grows $name:ident: $($field:ident)+) => {
        // SAFETY: repr(C); `struct_size` is a `u32` and first (asserted below); the other fields are integers, floats, raw
        // pointers, `Option<fn>` and leaf structs of these, all valid when zero; the ends are those of all fields.
        unsafe impl Sized32 for crate::$name {
            const FIELD_STARTS: &'static [usize] = &[$(core::mem::offset_of!(crate::$name, $field)),+];
        }
        const _: fn(&crate::$name) -> &u32 = |whole| &whole.struct_size;
        const _: () = assert!(core::mem::offset_of!(crate::$name, struct_size) == 0);
    };
}

#[cfg(target_pointer_width = "64")]
const fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

layouts! {
    leaf Str: 16 = { data: 0, len: 8 }
    leaf Matrix: 32 = { data: 0, rows: 8, cols: 16, stride: 24 }
    leaf MatrixMut: 32 = { data: 0, rows: 8, cols: 16, stride: 24 }
    leaf NamedMatrix: 48 = { name: 0, matrix: 16 }
    leaf Csr: 24 = { offsets: 0, items: 8, rows: 16 }
    leaf ErrorBuffer: 24 = { data: 0, capacity: 8, len: 16 }

    grows Plugin: 56 = {
        struct_size: 0, abi_minor: 4, name: 8, version: 24, components: 40, component_count: 48,
    }
    grows Component: 48 = { struct_size: 0, kind: 4, id: 8, description: 24, functions: 40 }
    grows Host: 40 = {
        struct_size: 0, threads: 4, context: 8, log_enabled: 16, log: 24, cancelled: 32,
    }
    grows CreateArgs: 40 = { struct_size: 0, reserved: 4, host: 8, options: 16, seed: 32 }
    grows TextSink: 24 = { struct_size: 0, reserved: 4, context: 8, put: 16 }

    grows Texts: 48 = {
        struct_size: 0, reserved: 4, count: 8, text: 16, language: 24, role: 32, key: 40,
    }
    grows TextSource: 24 = { struct_size: 0, reserved: 4, context: 8, next: 16 }
    grows Augmenter: 40 = {
        struct_size: 0, reserved: 4, create: 8, destroy: 16, get_extension: 24, augment: 32,
    }

    grows CountSink: 24 = { struct_size: 0, reserved: 4, context: 8, put: 16 }
    grows Counts: 16 = { struct_size: 0, reserved: 4, count: 8 }

    grows CorpusView: 144 = {
        struct_size: 0, reserved: 4, rows: 8, data_set: 16, language: 24, role: 32, example: 40,
        group: 48, length: 56, text_hash: 64, user: 72, language_names: 80, language_count: 88,
        data_set_names: 96, data_set_count: 104, further_passages: 112, negatives: 120,
    }
    grows Batch: 56 = {
        struct_size: 0, reserved: 4, count: 8, queries: 16, passages: 24, negatives: 32,
    }
    grows BatchSink: 24 = { struct_size: 0, reserved: 4, context: 8, put: 16 }
    grows SamplerArgs: 24 = { struct_size: 0, reserved: 4, corpus: 8, batch_size: 16 }
    grows Sampler: 48 = {
        struct_size: 0, reserved: 4, create: 8, destroy: 16, get_extension: 24, epoch_length: 32,
        sample: 40,
    }

    grows LanguagePair: 24 = {
        struct_size: 0, query_language: 4, passage_language: 8, reserved: 12, probability: 16,
    }
    grows LawSink: 24 = { struct_size: 0, reserved: 4, context: 8, put: 16 }
    grows Law: 16 = { struct_size: 0, reserved: 4, state: 8 }

    grows BackendInfo: 24 = { struct_size: 0, trainable: 4, reserved: 5, dim: 8, parameters: 16 }
    grows StepArgs: 32 = {
        struct_size: 0, reserved: 4, learning_rate: 8, weight_decay: 16, clip: 24,
    }
    grows StepReport: 24 = { struct_size: 0, reserved: 4, gradient_norm: 8, tokens: 16 }
    grows Backend: 120 = {
        struct_size: 0, reserved: 4, create: 8, destroy: 16, get_extension: 24, prepare: 32,
        info: 40, fingerprint: 48, encode: 56, backward: 64, step: 72, save: 80, load: 88,
        export_model: 96, prefetch: 104, reset_optimizer: 112,
    }
    grows Variable: 48 = {
        struct_size: 0, reserved: 4, name: 8, values: 24, count: 32, gradient_norm: 40,
    }
    grows VariableSink: 24 = { struct_size: 0, reserved: 4, context: 8, put: 16 }
    grows Variables: 16 = { struct_size: 0, reserved: 4, visit: 8 }

    grows ObjectiveBatch: 200 = {
        struct_size: 0, training: 4, reserved: 5, step: 8, queries: 16, passages: 48,
        query_language: 80, passage_language: 88, query_example: 96, passage_example: 104,
        positives: 112, ignored: 136, extra: 160, extra_count: 168,
        hard_negatives: 176,
    }
    grows ScalarSink: 24 = { struct_size: 0, reserved: 4, context: 8, put: 16 }
    grows ObjectiveOutput: 88 = {
        struct_size: 0, reserved: 4, loss: 8, query_gradients: 16, passage_gradients: 48,
        scalars: 80,
    }
    grows Objective: 40 = {
        struct_size: 0, reserved: 4, create: 8, destroy: 16, get_extension: 24, evaluate: 32,
    }

    grows ParameterStep: 24 = { struct_size: 0, reserved: 4, learning_rate: 8, scale: 16 }
    grows Parameters: 40 = {
        struct_size: 0, reserved: 4, count: 8, step: 16, save: 24, load: 32,
    }

    grows Ranking: 144 = {
        struct_size: 0, setting: 4, data_set: 8, language_names: 24, language_count: 32,
        queries: 40, query_language: 48, query_group: 56, pool_size: 64, relevant: 72,
        judged_offsets: 80, judged_rank: 88, judged_grade: 96, judged_language: 104,
        top_offsets: 112, top_document: 120, top_language: 128, top_score: 136,
    }
    grows Column: 48 = {
        struct_size: 0, higher_is_better: 4, reserved: 5, name: 8, lowest: 24, highest: 32,
        depth: 40, reserved2: 44,
    }
    grows ColumnSink: 24 = { struct_size: 0, reserved: 4, context: 8, put: 16 }
    grows Metric: 48 = {
        struct_size: 0, reserved: 4, create: 8, destroy: 16, get_extension: 24, columns: 32,
        compute: 40,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_a_keyword_of_c_or_cpp() {
        let keywords = "alignas alignof and and_eq asm atomic_cancel auto bitand bitor bool break case catch char \
            char8_t class compl concept const consteval constexpr constinit const_cast continue co_await co_return \
            co_yield decltype default delete do double dynamic_cast else enum explicit export extern false float for \
            friend goto if inline int long module mutable namespace new noexcept not not_eq nullptr operator or or_eq \
            private protected public register reinterpret_cast requires restrict return short signed sizeof static \
            static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename \
            typeof union unsigned using virtual void volatile wchar_t while xor xor_eq";
        let keywords: Vec<&str> = keywords.split_whitespace().collect();
        let fields = LAYOUTS.iter().flat_map(|layout| layout.fields);
        for (field, _) in fields {
            assert!(!keywords.contains(field), "{field}");
        }
    }

    #[test]
    fn a_struct_grows_or_is_frozen() {
        let frozen = ["Str", "Matrix", "MatrixMut", "NamedMatrix", "Csr", "ErrorBuffer"];
        for layout in LAYOUTS {
            let grows = layout.fields[0] == ("struct_size", 0);
            assert_ne!(grows, frozen.contains(&layout.name), "{}", layout.name);
        }
    }
}
