/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * The contract between triglot's host and its plugins.
 *
 * A plugin is a shared library with one export, `TRIGLOT_ENTRY_SYMBOL`, that returns a
 * `triglot_plugin`: a table of components, each of a kind, with a table of functions. All of it is
 * plain C. The rules hold everywhere; the comment of a struct or function says only what comes on
 * top.
 *
 * * **Growth.** Every table and argument struct begins with `struct_size`, the size its maker
 *   compiled. Fields are only ever appended, and no such struct is held by value in another. The
 *   receiver takes as many whole fields as both sides know, a field that is cut or absent counts as
 *   zero, and sizes are never compared for equality: a longer struct is as welcome as a shorter
 *   one. Whoever fills a struct of the other side's making writes no further than its `struct_size`
 *   and leaves that as it is. A null function means unsupported. Fields named `reserved` are
 *   written as zero and never read. Structs without a `struct_size` (`triglot_str`,
 *   `triglot_matrix`, `triglot_matrix_mut`, `triglot_named_matrix`, `triglot_csr`,
 *   `triglot_error_buffer`) are frozen. Optional groups of functions come by name through
 *   `get_extension`, each with a file and rules of its own; a component that lacks one is whole
 *   without it.
 * * **Ownership.** The caller allocates inputs and outputs; they are borrowed for the call alone,
 *   but for the corpus view, which outlives the sampler, and the host's services, which last until
 *   destroy returns. What a table of components points to is static: valid and unchanged for the
 *   life of the process. Output of unknown length goes to a sink, which copies it. No heap pointer
 *   changes owner. A zero length may carry a null pointer; any other pointer is not null unless its
 *   comment says that it may be. Inputs are never written to.
 * * **Errors.** Functions return a `triglot_status` and, with anything but `TRIGLOT_STATUS_OK`,
 *   write text into the caller's `triglot_error_buffer`, which may be null. Every function may
 *   return any status: `TRIGLOT_STATUS_INVALID` for arguments and options that are wrong,
 *   `TRIGLOT_STATUS_FAILED` for work that failed (a file, memory), `TRIGLOT_STATUS_CANCELLED` once
 *   the host wants to stop, `TRIGLOT_STATUS_UNSUPPORTED` for what the callee does not offer. What a
 *   failed call left in its outputs means nothing, and the instance may be called again, but after
 *   `TRIGLOT_STATUS_PANICKED` only destroyed. Nothing unwinds across.
 * * **Threads.** *load*: once, while the library is opened. *instance*: from any thread, never two
 *   calls at once on one instance. *any*: from any thread at any time. *call*: only within the call
 *   that lent the sink or source, one call at a time. Every function names its own.
 * * **Values.** Enumerations are constants of 32 bits (of 8 in columns), booleans are bytes (zero
 *   or not), text is UTF-8, pointers are aligned for what they point to. A receiver expects values
 *   of an enumeration that it does not know. Shapes are written [rows × columns]; counts are in
 *   entries and never in bytes, unless it says so.
 * * **Purity.** What a component does follows from its options, seeds, keys and inputs alone: not
 *   from a clock, the number of threads, or what it was asked before (but for what a backend, or an
 *   objective, has learnt).
 *
 * The major version stands in the symbol's name; a host that misses its own probes others and says
 * what it found.
 */
#ifndef TRIGLOT_PLUGIN_H
#define TRIGLOT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/** Put before the definition of the entry function, so that the library exports it. */
#ifndef TRIGLOT_EXPORT
#if defined(_WIN32)
#define TRIGLOT_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define TRIGLOT_EXPORT __attribute__((visibility("default")))
#else
#define TRIGLOT_EXPORT
#endif
#endif

/**
 * Whether the struct at `pointer`, which the other side made, holds `field` of `type`: by the rule
 * of growth a field that it does not hold counts as zero, and is neither read nor written.
 */
#define TRIGLOT_HAS(type, pointer, field) \
    ((pointer)->struct_size >= offsetof(type, field) + sizeof((pointer)->field))

/** A literal as a `triglot_str`, to initialise one with. */
#define TRIGLOT_STR(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

#ifdef __cplusplus
extern "C" {
#endif

/* The structs, in the order of their definitions. */
typedef struct triglot_str triglot_str;
typedef struct triglot_matrix triglot_matrix;
typedef struct triglot_matrix_mut triglot_matrix_mut;
typedef struct triglot_named_matrix triglot_named_matrix;
typedef struct triglot_csr triglot_csr;
typedef struct triglot_error_buffer triglot_error_buffer;
typedef struct triglot_language_pair triglot_language_pair;
typedef struct triglot_law_sink triglot_law_sink;
typedef struct triglot_law triglot_law;
typedef struct triglot_parameter_step triglot_parameter_step;
typedef struct triglot_parameters triglot_parameters;
typedef struct triglot_plugin triglot_plugin;
typedef struct triglot_component triglot_component;
typedef struct triglot_host triglot_host;
typedef struct triglot_create_args triglot_create_args;
typedef struct triglot_text_sink triglot_text_sink;
typedef struct triglot_ranking triglot_ranking;
typedef struct triglot_column triglot_column;
typedef struct triglot_column_sink triglot_column_sink;
typedef struct triglot_metric triglot_metric;
typedef struct triglot_objective_batch triglot_objective_batch;
typedef struct triglot_scalar_sink triglot_scalar_sink;
typedef struct triglot_objective_output triglot_objective_output;
typedef struct triglot_objective triglot_objective;
typedef struct triglot_corpus_view triglot_corpus_view;
typedef struct triglot_batch triglot_batch;
typedef struct triglot_batch_sink triglot_batch_sink;
typedef struct triglot_sampler_args triglot_sampler_args;
typedef struct triglot_sampler triglot_sampler;
typedef struct triglot_texts triglot_texts;
typedef struct triglot_text_source triglot_text_source;
typedef struct triglot_augmenter triglot_augmenter;
typedef struct triglot_backend_info triglot_backend_info;
typedef struct triglot_step_args triglot_step_args;
typedef struct triglot_step_report triglot_step_report;
typedef struct triglot_backend triglot_backend;
typedef struct triglot_count_sink triglot_count_sink;
typedef struct triglot_counts triglot_counts;
typedef struct triglot_variable triglot_variable;
typedef struct triglot_variable_sink triglot_variable_sink;
typedef struct triglot_variables triglot_variables;

/**
 * The major version of the contract: libraries of another major are refused by the name of their
 * symbol.
 */
#define TRIGLOT_ABI_MAJOR 1u
/**
 * The minor version: counts the releases that appended fields. It informs people; code looks at
 * `struct_size`.
 */
#define TRIGLOT_ABI_MINOR 0u

/** The one symbol that a library exports. */
#define TRIGLOT_ENTRY_SYMBOL "triglot_plugin_v1"
/** What the entry symbols of all majors have in common. */
#define TRIGLOT_ENTRY_SYMBOL_STEM "triglot_plugin_v"

/* ==============================================================================================
 * Leaf structs: strings, matrices and lists. They are frozen, their layout never changes.
 *
 * They own nothing: what they point to belongs to whoever lends them, for as long as the rules say.
 * ============================================================================================== */

/**
 * UTF-8 text of `len` bytes, not terminated by zero, borrowed. A zero length may carry a null
 * pointer.
 */
struct triglot_str {
    /** First byte; may be null if `len` is 0. Not to be written to. */
    const uint8_t *data;
    /** Number of bytes. */
    size_t len;
};

/**
 * A borrowed matrix of 32-bit floats to read: row `r` begins at `data + r * stride`, `stride >=
 * cols`.
 */
struct triglot_matrix {
    /** First element; may be null if the matrix has no elements. */
    const float *data;
    /** Number of rows. */
    size_t rows;
    /** Number of columns. */
    size_t cols;
    /**
     * Elements (not bytes) from the start of a row to the start of the next; without meaning below
     * two rows.
     */
    size_t stride;
};

/**
 * A borrowed matrix of 32-bit floats that the callee writes; its elements hold numbers already, of
 * no meaning.
 *
 * Row `r` begins at `data + r * stride`, `stride >= cols`. Where a comment says so, null `data`
 * means "not wanted". The elements between two rows stay as they are.
 */
struct triglot_matrix_mut {
    /** First element; may be null if the matrix has no elements, or is not wanted. */
    float *data;
    /** Number of rows. */
    size_t rows;
    /** Number of columns. */
    size_t cols;
    /**
     * Elements (not bytes) from the start of a row to the start of the next; without meaning below
     * two rows.
     */
    size_t stride;
};

/** A matrix beside those that a border names, for example `teacher.query`. */
struct triglot_named_matrix {
    /** Its name, unlike those of the matrices beside it. */
    triglot_str name;
    /** Its values; what they are belongs to the name. */
    triglot_matrix matrix;
};

/**
 * A list of 32-bit numbers for every row, compressed and borrowed: row `r` holds the items from
 * `offsets[r]` up to, but not with, `offsets[r + 1]`.
 */
struct triglot_csr {
    /** `rows + 1` offsets, the first 0, never falling; may be null if `rows` is 0. */
    const uint32_t *offsets;
    /** `offsets[rows]` items; may be null if there are none. */
    const uint32_t *items;
    /** Number of rows. */
    size_t rows;
};

/**
 * Where a callee writes the text of an error: one line, without the component's name, which the
 * host puts ahead.
 *
 * The caller owns it and lends it for the call; where a function takes a pointer to one, that may
 * be null.
 */
struct triglot_error_buffer {
    /** First byte of the buffer; may be null if `capacity` is 0. */
    char *data;
    /** Number of bytes that may be written. */
    size_t capacity;
    /**
     * Number of bytes the callee wrote: UTF-8, cut on a character border, not terminated by zero.
     * The caller sets it to 0; it means nothing after `TRIGLOT_STATUS_OK`.
     */
    size_t len;
};

/* ==============================================================================================
 * Numbers that cross the border: statuses, kinds, roles, modes, settings, log levels.
 *
 * A receiver expects values that it does not know.
 * ============================================================================================== */

/**
 * What a function returns: one of the `TRIGLOT_STATUS_` constants. One that the caller does not
 * know is a failure.
 */
typedef int32_t triglot_status;

/** Done. */
#define TRIGLOT_STATUS_OK 0
/** An argument or an option is wrong; the error buffer says which and what is allowed. */
#define TRIGLOT_STATUS_INVALID 1
/** The work failed; the error buffer says why. */
#define TRIGLOT_STATUS_FAILED 2
/** The host asked to stop and the callee did. */
#define TRIGLOT_STATUS_CANCELLED 3
/** The callee does not offer this; the same as a null function. */
#define TRIGLOT_STATUS_UNSUPPORTED 4
/** The callee panicked or met an internal contradiction; its instance may only be destroyed. */
#define TRIGLOT_STATUS_PANICKED 5

/** Component kind: draws batches. */
#define TRIGLOT_KIND_SAMPLER 1u
/** Component kind: rewrites training texts. */
#define TRIGLOT_KIND_AUGMENTER 2u
/** Component kind: encodes texts, and learns. */
#define TRIGLOT_KIND_BACKEND 3u
/** Component kind: loss and gradients of a batch. */
#define TRIGLOT_KIND_OBJECTIVE 4u
/** Component kind: values per query of a ranking. */
#define TRIGLOT_KIND_METRIC 5u

/** The text is a query. */
#define TRIGLOT_ROLE_QUERY 0u
/** The text is a passage. */
#define TRIGLOT_ROLE_PASSAGE 1u

/** Encode for search: no dropout, no tape. */
#define TRIGLOT_MODE_INFERENCE 0u
/**
 * Encode for training without a tape: the same dropout as `TRIGLOT_MODE_TAPE` under the same keys.
 */
#define TRIGLOT_MODE_TRAINING 1u
/** Encode for training and keep the one tape that the next backward consumes. */
#define TRIGLOT_MODE_TAPE 2u

/** Queries of a language against the pool of the same language. */
#define TRIGLOT_SETTING_MONOLINGUAL 0u
/** Queries of a language against the pool of another. */
#define TRIGLOT_SETTING_CROSS_LINGUAL 1u
/** Queries of a language against all pools as one. */
#define TRIGLOT_SETTING_MULTILINGUAL 2u

/** Log level: the work cannot go on as asked. */
#define TRIGLOT_LOG_ERROR 1u
/** Log level: something a person should look at. */
#define TRIGLOT_LOG_WARN 2u
/** Log level: progress. */
#define TRIGLOT_LOG_INFO 3u
/** Log level: for the author of the plugin. */
#define TRIGLOT_LOG_DEBUG 4u
/** Log level: every detail. */
#define TRIGLOT_LOG_TRACE 5u

/* ==============================================================================================
 * The optional group `TRIGLOT_EXTENSION_LAW` of a sampler: from which languages it draws, and how
 * often.
 *
 * Nothing in training needs it. It lets a host show what is expected beside what was drawn, and
 * test the one against the other.
 * ============================================================================================== */

/** Name of the group: `get_extension` of a sampler returns a `triglot_law` for it. */
#define TRIGLOT_EXTENSION_LAW "triglot.law/1"

/** What is drawn by the law: every pair of a batch. */
#define TRIGLOT_UNIT_PAIR 1u
/** What is drawn by the law: a batch, whose pairs all have the languages that were drawn for it. */
#define TRIGLOT_UNIT_BATCH 2u

/**
 * How often two languages are drawn together. Made by the sampler and lent to the sink until `put`
 * returns.
 */
struct triglot_language_pair {
    /** `sizeof(triglot_language_pair)` as the plugin was compiled. */
    uint32_t struct_size;
    /** Language of the query, an index into the corpus view's names. */
    uint32_t query_language;
    /** Language of the passage, of the same numbering. */
    uint32_t passage_language;
    /** Zero. */
    uint32_t reserved;
    /** Probability that a unit is of these two languages: from 0 to 1. */
    double probability;
};

/** Takes the language pairs of a law. Made by the host, borrowed for the call. */
struct triglot_law_sink {
    /** `sizeof(triglot_law_sink)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The host's own: given back to `put`. May be null. */
    void *context;
    /**
     * Takes the next language pair, copied before the call returns. Errors: anything but
     * `TRIGLOT_STATUS_OK` is to be returned as it is. Thread: call.
     */
    triglot_status (*put)(void *context, const triglot_language_pair *pair);
};

/** Functions of the group `TRIGLOT_EXTENSION_LAW`. Made by the library; static. */
struct triglot_law {
    /** `sizeof(triglot_law)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /**
     * Writes one of the `TRIGLOT_UNIT_` constants into `*unit`, and puts every language pair that
     * is drawn at all into `out`, each once; their probabilities add up to 1. Always the same for
     * one instance, which is one of the sampler that gave the group. Errors:
     * `TRIGLOT_STATUS_UNSUPPORTED` if this sampler states no law, or what `out` returned; then
     * nothing that was written or put counts. Thread: instance.
     */
    triglot_status (*state)(void *instance, uint32_t *unit, const triglot_law_sink *out,
                            triglot_error_buffer *error);
};

/* ==============================================================================================
 * The optional group `TRIGLOT_EXTENSION_PARAMETERS` of an objective: parameters of its own, which
 * it learns.
 *
 * A temperature, for example. The backend's parameters are the backend's to move; these the
 * objective moves itself, by the gradient that it found when it was last evaluated, once the host
 * says that the step is taken.
 * ============================================================================================== */

/** Name of the group: `get_extension` of an objective returns a `triglot_parameters` for it. */
#define TRIGLOT_EXTENSION_PARAMETERS "triglot.parameters/1"

/** How an objective's parameters are moved. Made by the host, borrowed for the call. */
struct triglot_parameter_step {
    /** `sizeof(triglot_parameter_step)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Learning rate of this step, the backend's; finite, not negative. */
    double learning_rate;
    /**
     * The weight of this loss in the sum that is trained on: the gradient held is to be multiplied
     * by it. Finite.
     */
    double scale;
};

/**
 * Functions of the group `TRIGLOT_EXTENSION_PARAMETERS`. Made by the library; static. Every
 * `instance` is one of the objective that gave the group.
 */
struct triglot_parameters {
    /** `sizeof(triglot_parameters)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /**
     * Writes the number of trainable numbers into `*parameters`; always the same for one instance.
     * 0 says that this one has none, and the other functions are not called on it. Required.
     * Errors: then `*parameters` means nothing. Thread: instance.
     */
    triglot_status (*count)(void *instance, uint64_t *parameters, triglot_error_buffer *error);
    /**
     * Moves the parameters by the gradient held, and forgets that. It is that of the last evaluate
     * with `training` non-zero and gradients wanted; no other evaluate touches it, or a parameter.
     * `args` is borrowed for the call. Required. Errors: `TRIGLOT_STATUS_INVALID` if no gradient is
     * held; then the instance is as it was. After any other the parameters mean nothing until the
     * next `load`. It is not to be cancelled: the backend has taken the step by then. Thread:
     * instance.
     */
    triglot_status (*step)(void *instance, const triglot_parameter_step *args,
                           triglot_error_buffer *error);
    /**
     * Saves the parameters, with whatever else an equal continuation needs but for the gradient,
     * into an empty folder that the host made; `folder` is its absolute path, borrowed for the
     * call. Required. Errors: `TRIGLOT_STATUS_FAILED` if it cannot be written; the host clears the
     * folder away, and the instance is as it was. Thread: instance.
     */
    triglot_status (*save)(void *instance, triglot_str folder, triglot_error_buffer *error);
    /**
     * Loads what `save` wrote: the instance goes on as the one that saved would have, to the bit.
     * `folder` as in `save`, only read. Required. Errors: `TRIGLOT_STATUS_INVALID` if the folder
     * holds something else, `TRIGLOT_STATUS_FAILED` if it is damaged or cannot be read; the
     * instance is as it was. Thread: instance.
     */
    triglot_status (*load)(void *instance, triglot_str folder, triglot_error_buffer *error);
};

/* ==============================================================================================
 * What a library exports: a table of components; and what the host offers every component: its
 * services.
 * ============================================================================================== */

/**
 * The one exported function, called `TRIGLOT_ENTRY_SYMBOL`.
 *
 * Returns a table that stays valid and unchanged for the life of the process, with all it points
 * to, or null if the library could not make one. It opens no file, starts no thread and writes
 * nothing: every listing of plugins calls it. Thread: load.
 */
typedef const triglot_plugin *(*triglot_entry)(void);

/** What a library holds. Made by the library; static, with all it points to. */
struct triglot_plugin {
    /** `sizeof(triglot_plugin)` as the library was compiled. */
    uint32_t struct_size;
    /**
     * The minor version of the contract the library was compiled against, `TRIGLOT_ABI_MINOR`; no
     * host refuses one.
     */
    uint32_t abi_minor;
    /** The library's name, the part of `use` before the slash: `[a-z0-9][a-z0-9-]*`. */
    triglot_str name;
    /** The library's version, as people and run records read it: `1.2.0`. */
    triglot_str version;
    /** `component_count` pointers, one a component, none of them null. */
    const triglot_component *const *components;
    /** Number of components. */
    size_t component_count;
};

/** One component of a library. Made by the library; static, with all it points to. */
struct triglot_component {
    /** `sizeof(triglot_component)` as the library was compiled. */
    uint32_t struct_size;
    /**
     * One of the `TRIGLOT_KIND_` constants: says what `functions` points to. A host leaves out
     * kinds it does not know.
     */
    uint32_t kind;
    /**
     * The part of `use` after the slash: `[a-z0-9][a-z0-9-]*`, unique in the library for its kind.
     */
    triglot_str id;
    /**
     * JSON object `{"summary": one line, "options": JSON Schema (2020-12) of the options}`; unknown
     * keys are left alone. An objective may have the key `"needs"`: the names of further matrices
     * that every batch has to bring.
     */
    triglot_str description;
    /**
     * The function table of the kind: a `triglot_sampler`, `triglot_augmenter`, `triglot_backend`,
     * `triglot_objective` or `triglot_metric`.
     */
    const void *functions;
};

/**
 * What the host offers to an instance: its services. Made by the host.
 *
 * Valid from create to the return of destroy (or of a create that failed), the struct itself
 * included: no function of it is called later, from no thread. A function may be null (an older
 * host): then there is no such service.
 */
struct triglot_host {
    /** `sizeof(triglot_host)` as the host was compiled. */
    uint32_t struct_size;
    /**
     * How many threads the instance may use at once, the calling one included; at least 1. It
     * changes no result.
     */
    uint32_t threads;
    /**
     * The host's own: given back to every function below, and otherwise left alone. May be null.
     */
    void *context;
    /**
     * Non-zero if a message of this level and target would be kept: ask before formatting. `level`
     * is one of the `TRIGLOT_LOG_` constants, `target` says who speaks, `library/component`, and is
     * borrowed for the call. Thread: any.
     */
    uint8_t (*log_enabled)(void *context, uint32_t level, triglot_str target);
    /**
     * Logs a message of one of the `TRIGLOT_LOG_` levels. `target` is as above; `message` is text
     * without a final line break; both are copied before the call returns. Thread: any.
     */
    void (*log)(void *context, uint32_t level, triglot_str target, triglot_str message);
    /**
     * Non-zero once the host wants the running call to return `TRIGLOT_STATUS_CANCELLED` within a
     * second. It costs no more than reading a variable: long work asks every few milliseconds.
     * Thread: any.
     */
    uint8_t (*cancelled)(void *context);
};

/**
 * Arguments of every kind's create. Made by the host, borrowed for the call; `host` alone may be
 * kept.
 */
struct triglot_create_args {
    /** `sizeof(triglot_create_args)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /**
     * The host's services, valid until destroy returns; where create fails, until that returns.
     * Never null.
     */
    const triglot_host *host;
    /**
     * The options as a JSON object in UTF-8, already checked against the component's schema:
     * without options `{}`. The text may be laid out in any way that JSON allows. What a schema
     * cannot say, create checks.
     */
    triglot_str options;
    /**
     * The seed of every random draw that is not keyed otherwise (initial weights, for example); 0
     * for a sampler and a metric, which have no such draws.
     */
    uint64_t seed;
};

/**
 * Takes texts whose number or length is not known beforehand. Made by the host, borrowed for the
 * call.
 */
struct triglot_text_sink {
    /** `sizeof(triglot_text_sink)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The host's own: given back to `put`. May be null. */
    void *context;
    /**
     * Takes the next text, copied before the call returns. Errors: anything but `TRIGLOT_STATUS_OK`
     * is to be returned as it is, and nothing more put. Thread: call.
     */
    triglot_status (*put)(void *context, triglot_str text);
};

/**
 * The extension point of a kind: returns the table of the optional group called `name`, or null if
 * there is none.
 *
 * The table is static, begins with a `struct_size` and is of the type that belongs to the name;
 * `name` is borrowed for the call. A name that the callee does not know is no error. Thread: any.
 */
typedef const void *(*triglot_get_extension)(triglot_str name);

/**
 * Destroys an instance: frees all it holds and ends the threads that it started; no call follows on
 * it, and it calls no service of the host after it returns. It cannot fail. Thread: instance.
 */
typedef void (*triglot_destroy)(void *instance);

/**
 * Makes an instance.
 *
 * On `TRIGLOT_STATUS_OK` `*instance` is a pointer of the plugin's own, not null: the host gives it
 * back to every function and never looks behind it; it is the plugin's, to be freed by destroy.
 * Errors: `TRIGLOT_STATUS_INVALID` for an option that is wrong, `TRIGLOT_STATUS_FAILED` for what
 * the machine lacks; then `*instance` is left alone, nothing stays behind and no destroy follows.
 * Thread: any.
 */
typedef triglot_status (*triglot_create)(const triglot_create_args *args, void **instance,
                                         triglot_error_buffer *error);

/* ==============================================================================================
 * The metric border: ranks of judged passages in, one value per query and column out.
 * ============================================================================================== */

/**
 * The ranking of one data set in one setting: one call holds every group, a group is a run of
 * queries.
 *
 * Made by the host, borrowed for the call with all it points to. Columns about queries have
 * `queries` entries.
 *
 * "Judged" columns have `judged_offsets[queries]` entries, those of query `q` from
 * `judged_offsets[q]` up to, but not with, `judged_offsets[q + 1]`, by rank with the unretrieved
 * (rank 0) last; "top" columns likewise, by rank: as many as a column of the metric asks for (its
 * `depth`), or more, or all there are.
 */
struct triglot_ranking {
    /** `sizeof(triglot_ranking)` as the host was compiled. */
    uint32_t struct_size;
    /** One of the `TRIGLOT_SETTING_` constants. */
    uint32_t setting;
    /** Name of the data set. */
    triglot_str data_set;
    /** `language_count` language codes. */
    const triglot_str *language_names;
    /** Number of languages. */
    size_t language_count;
    /** Number of queries; 0 is allowed. */
    size_t queries;
    /** Language of each query, an index into `language_names`, as all languages below. */
    const uint32_t *query_language;
    /** Parallel group of each query: the same question in several languages has one group. */
    const uint32_t *query_group;
    /** Number of passages each query was searched in. */
    const uint32_t *pool_size;
    /** Number of relevant passages in the pool of each query, at least 1. */
    const uint32_t *relevant;
    /**
     * `queries + 1` offsets into the judged columns, the first 0, never falling; may be null if
     * there are no queries.
     */
    const size_t *judged_offsets;
    /** Rank of each judged passage, from 1; 0 if it was not retrieved. */
    const uint32_t *judged_rank;
    /** Grade of each judged passage; relevant above 0. */
    const int32_t *judged_grade;
    /** Language of each judged passage. */
    const uint32_t *judged_language;
    /** `queries + 1` offsets into the top columns, likewise. */
    const size_t *top_offsets;
    /** Passage at each of the top ranks, an index that is stable within the data set. */
    const uint32_t *top_document;
    /** Language of each of them. */
    const uint32_t *top_language;
    /** Score of each of them, never rising within a query; finite. */
    const float *top_score;
};

/**
 * One column of a metric's values. Made by the metric and lent to the sink, with its name, until
 * `put` returns.
 */
struct triglot_column {
    /** `sizeof(triglot_column)` as the plugin was compiled. */
    uint32_t struct_size;
    /** Non-zero if more is better. */
    uint8_t higher_is_better;
    /** Zero. */
    uint8_t reserved[3];
    /**
     * Its name, as reports write it: `ndcg@10`. Of `[a-z0-9._@-]+`, and unlike those of the other
     * columns.
     */
    triglot_str name;
    /** Smallest possible value; may be -∞. */
    double lowest;
    /** Largest possible value; may be +∞. */
    double highest;
    /** How many top passages the metric wants for each query; 0 for none. */
    uint32_t depth;
    /** Zero. */
    uint32_t reserved2;
};

/** Takes the columns. Made by the host, borrowed for the call. */
struct triglot_column_sink {
    /** `sizeof(triglot_column_sink)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The host's own: given back to `put`. May be null. */
    void *context;
    /**
     * Takes the next column, copied before the call returns. Errors: anything but
     * `TRIGLOT_STATUS_OK` (the column is malformed) is to be returned as it is. Thread: call.
     */
    triglot_status (*put)(void *context, const triglot_column *column);
};

/** Functions of a metric. Made by the library; static. */
struct triglot_metric {
    /** `sizeof(triglot_metric)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Makes an instance, as `triglot_create` says. Required. Thread: any. */
    triglot_create create;
    /** Destroys it, as `triglot_destroy` says. Required. Thread: instance. */
    triglot_destroy destroy;
    /** Optional groups by name, as `triglot_get_extension` says; may be null. Thread: any. */
    triglot_get_extension get_extension;
    /**
     * Puts every column once into `out`, which copies it: at least one, always the same ones in the
     * same order for one instance. Required. Errors: what `out` returned, or the metric's own.
     * Thread: instance.
     */
    triglot_status (*columns)(void *instance, const triglot_column_sink *out,
                              triglot_error_buffer *error);
    /**
     * Writes `values` [queries × columns], row by row: NaN where undefined, else within the
     * column's range, never infinite. `value_count` is their number, queries times columns.
     * `ranking` and `values` are borrowed for the call. Required. Errors: then `values` mean
     * nothing. Thread: instance.
     */
    triglot_status (*compute)(void *instance, const triglot_ranking *ranking, double *values,
                              size_t value_count, triglot_error_buffer *error);
};

/* ==============================================================================================
 * The objective border: embeddings and what is right among them in, loss and gradients out.
 * ============================================================================================== */

/**
 * A batch of embeddings. Made by the host, borrowed for the call with all it points to.
 *
 * Columns about queries have `queries.rows` entries, those about passages `passages.rows`.
 */
struct triglot_objective_batch {
    /** `sizeof(triglot_objective_batch)` as the host was compiled. */
    uint32_t struct_size;
    /** Non-zero if the loss is trained on; zero for an evaluation, which changes nothing. */
    uint8_t training;
    /** Zero. */
    uint8_t reserved[3];
    /** Step of the run, counted from 0. */
    uint64_t step;
    /** Query embeddings [queries × dim], finite. */
    triglot_matrix queries;
    /**
     * Passage embeddings [passages × dim], finite: those of the pairs, in their order, then the
     * hard negatives.
     */
    triglot_matrix passages;
    /** Language of each query, an index into the corpus view's names. */
    const uint32_t *query_language;
    /** Language of each passage, of the same numbering. */
    const uint32_t *passage_language;
    /** Example of each query, of the corpus view's numbering. */
    const uint32_t *query_example;
    /** Example of each passage, of the same numbering. */
    const uint32_t *passage_example;
    /**
     * For each query the passages that are right, ascending; at least one. The first need not be
     * the query's own pair.
     */
    triglot_csr positives;
    /**
     * For each query the passages that are neither right nor wrong, ascending, apart from the
     * positives.
     */
    triglot_csr ignored;
    /** `extra_count` further matrices, for objectives that know their names. */
    const triglot_named_matrix *extra;
    /** Number of further matrices. */
    size_t extra_count;
    /**
     * For each query the passages that are hard negatives of its own, ascending, whatever else is
     * said of them; no rows from a host that does not say.
     */
    triglot_csr hard_negatives;
};

/** Takes named numbers that the run records. Made by the host, borrowed for the call. */
struct triglot_scalar_sink {
    /** `sizeof(triglot_scalar_sink)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The host's own: given back to `put`. May be null. */
    void *context;
    /**
     * Takes a number under a name of `[a-z0-9._-]+`, copied before the call returns. Errors:
     * anything but `TRIGLOT_STATUS_OK` is to be returned as it is. Thread: call.
     */
    triglot_status (*put)(void *context, triglot_str name, double value);
};

/** Where the objective writes. Made by the host, borrowed for the call with all it points to. */
struct triglot_objective_output {
    /** `sizeof(triglot_objective_output)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The loss, a mean over queries; finite. */
    double loss;
    /**
     * ∂loss/∂queries [queries × dim], every element to be overwritten with a finite number; null
     * `data` if not wanted.
     */
    triglot_matrix_mut query_gradients;
    /** ∂loss/∂passages [passages × dim], likewise; null `data` if not wanted. */
    triglot_matrix_mut passage_gradients;
    /** Takes named numbers; null if they are not wanted. By pointer, so that the sink may grow. */
    const triglot_scalar_sink *scalars;
};

/** Functions of an objective. Made by the library; static. */
struct triglot_objective {
    /** `sizeof(triglot_objective)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Makes an instance, as `triglot_create` says. Required. Thread: any. */
    triglot_create create;
    /** Destroys it, as `triglot_destroy` says. Required. Thread: instance. */
    triglot_destroy destroy;
    /**
     * Optional groups by name, as `triglot_get_extension` says; one with parameters of its own has
     * `TRIGLOT_EXTENSION_PARAMETERS`. May be null. Thread: any.
     */
    triglot_get_extension get_extension;
    /**
     * Computes loss and gradients of `batch` and fills `output`, whose `struct_size` the caller
     * sets; both are borrowed for the call. The result follows from the batch alone, and from the
     * parameters of an objective that has some. Required. Errors: `TRIGLOT_STATUS_INVALID` for a
     * batch of which there is no loss, or what `scalars` returned; then `output` and all it points
     * to mean nothing. Thread: instance.
     */
    triglot_status (*evaluate)(void *instance, const triglot_objective_batch *batch,
                               triglot_objective_output *output, triglot_error_buffer *error);
};

/* ==============================================================================================
 * The sampler border: columns of the corpus in, row numbers of a batch out.
 * ============================================================================================== */

/**
 * The training rows, as columns; every column has `rows + further_passages` entries unless it says
 * otherwise.
 *
 * Made by the host. This struct and all it points to outlive every sampler that was created over it
 * and never change: a sampler may keep the pointers and must not copy the columns.
 *
 * The first `rows` rows are sorted by (example, language, role); every language of an example has
 * one query row, followed by its passage row. Examples are numbered from 0 without gaps; the same
 * example in several languages is parallel. Behind them stand further passages, which answer no
 * query: they are drawn as hard negatives or not at all.
 */
struct triglot_corpus_view {
    /** `sizeof(triglot_corpus_view)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /**
     * Number of rows that stand in pairs. With `further_passages` it is below 2³², so that 32 bits
     * number a row.
     */
    size_t rows;
    /** Data set of each row, an index into `data_set_names`. */
    const uint32_t *data_set;
    /** Language of each row, an index into `language_names`. */
    const uint32_t *language;
    /** `TRIGLOT_ROLE_QUERY` or `TRIGLOT_ROLE_PASSAGE` of each row. */
    const uint8_t *role;
    /** Example of each row, from 0 without gaps; 2³² − 1 for a further passage. */
    const uint32_t *example;
    /**
     * Group (the paragraph that a passage is from) of each row; several examples may have one. 2³²
     * − 1 for a further passage.
     */
    const uint32_t *group;
    /** Length of each text in Unicode code points. */
    const uint32_t *length;
    /** Hash of each text: equal texts have equal hashes. */
    const uint64_t *text_hash;
    /** A number of the user's for each row, NaN where absent; null if there is no such column. */
    const double *user;
    /** `language_count` language codes, sorted. */
    const triglot_str *language_names;
    /** Number of languages. */
    size_t language_count;
    /** `data_set_count` names of data sets, as the manifest writes them. */
    const triglot_str *data_set_names;
    /** Number of data sets. */
    size_t data_set_count;
    /**
     * Number of further passages: rows `rows` up to, but not with, `rows + further_passages`, of no
     * order.
     */
    size_t further_passages;
    /**
     * For each pair the passage rows that the data calls wrong for its query: list `i` is that of
     * query row `2 * i`. There are `rows / 2` lists, or none where the data names no hard
     * negatives.
     */
    triglot_csr negatives;
};

/**
 * A batch: pair `i` is query row `queries[i]` and passage row `passages[i]`, both of one example.
 *
 * Made by the sampler and lent to the sink, with all it points to, until `put` returns.
 */
struct triglot_batch {
    /** `sizeof(triglot_batch)` as the plugin was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Number of pairs: the `batch_size` of the sampler's arguments. */
    size_t count;
    /** `count` numbers of query rows. */
    const uint32_t *queries;
    /** `count` numbers of passage rows. */
    const uint32_t *passages;
    /**
     * Numbers of hard-negative passage rows for each pair, of pairs or further ones; `rows` is
     * `count`, or 0 for none at all.
     */
    triglot_csr negatives;
};

/** Takes one batch. Made by the host, borrowed for the call. */
struct triglot_batch_sink {
    /** `sizeof(triglot_batch_sink)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The host's own: given back to `put`. May be null. */
    void *context;
    /**
     * Takes the batch, copied before the call returns; to be called once. Errors: anything but
     * `TRIGLOT_STATUS_OK` (the batch is malformed) is to be returned as it is. Thread: call.
     */
    triglot_status (*put)(void *context, const triglot_batch *batch);
};

/**
 * What a sampler is created over, beside the common arguments. Made by the host, borrowed for the
 * call.
 */
struct triglot_sampler_args {
    /** `sizeof(triglot_sampler_args)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The rows to draw from: outlives the instance. */
    const triglot_corpus_view *corpus;
    /** Number of pairs in every batch, at least 1. */
    size_t batch_size;
};

/**
 * Functions of a sampler: a pure function of (options, corpus, batch size, seed, ordinal). Made by
 * the library; static.
 */
struct triglot_sampler {
    /** `sizeof(triglot_sampler)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /**
     * Makes an instance over a corpus, as `triglot_create` says; `args` and `sampler` are borrowed
     * for the call, the corpus for the life of the instance. Required. Errors: as there; a corpus
     * from which no batch can be drawn is `TRIGLOT_STATUS_INVALID`. Thread: any.
     */
    triglot_status (*create)(const triglot_create_args *args, const triglot_sampler_args *sampler,
                             void **instance, triglot_error_buffer *error);
    /** Destroys it, as `triglot_destroy` says. Required. Thread: instance. */
    triglot_destroy destroy;
    /**
     * Optional groups by name, as `triglot_get_extension` says; `TRIGLOT_EXTENSION_LAW` states what
     * is drawn. May be null. Thread: any.
     */
    triglot_get_extension get_extension;
    /**
     * Writes the exact number of batches in an epoch, at least 1, into `*batches`; always the same
     * for one instance. Required. Errors: then `*batches` means nothing. Thread: instance.
     */
    triglot_status (*epoch_length)(void *instance, uint64_t *batches, triglot_error_buffer *error);
    /**
     * Puts batch `ordinal` into `out`, which copies it. Ordinals count from 0 without end, past the
     * epoch too, and may be asked for in any order and more than once: the batch follows from
     * `seed` and `ordinal` alone. Required. Errors: what `out` returned, or the sampler's own; no
     * batch counts then. Thread: instance.
     */
    triglot_status (*sample)(void *instance, uint64_t seed, uint64_t ordinal,
                             const triglot_batch_sink *out, triglot_error_buffer *error);
};

/* ==============================================================================================
 * Texts, as columns: new facts about a text are appended columns.
 * ============================================================================================== */

/**
 * Texts with what is known of each; every column has `count` entries, all aligned to `text`.
 *
 * Made by the host, borrowed for the call with all it points to. A source lends them for longer,
 * see `triglot_text_source`.
 */
struct triglot_texts {
    /** `sizeof(triglot_texts)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Number of texts; 0 is allowed. */
    size_t count;
    /** The texts, as the data has them: empty ones may be among them. */
    const triglot_str *text;
    /** The language code of each, as the manifest writes it. */
    const triglot_str *language;
    /** `TRIGLOT_ROLE_QUERY` or `TRIGLOT_ROLE_PASSAGE` for each. */
    const uint8_t *role;
    /**
     * A key for each, from which every random draw for this text follows (dropout, replacement).
     */
    const uint64_t *key;
};

/**
 * A stream of texts that the callee reads at its own pace. Made by the host, borrowed for the call.
 */
struct triglot_text_source {
    /** `sizeof(triglot_text_source)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The host's own: given back to `next`. May be null. */
    void *context;
    /**
     * Fills `texts`, whose `struct_size` the reader sets, with the next texts, borrowed until the
     * following call of `next` or the end of the call that lent the source. `count` 0 means the
     * end, after which it is not called again. Errors: anything but `TRIGLOT_STATUS_OK` is to be
     * returned as it is, `texts` means nothing, and `next` is not called again. Thread: call.
     */
    triglot_status (*next)(void *context, triglot_texts *texts);
};

/** Functions of an augmenter: text in, text out, for training only. Made by the library; static. */
struct triglot_augmenter {
    /** `sizeof(triglot_augmenter)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Makes an instance, as `triglot_create` says. Required. Thread: any. */
    triglot_create create;
    /** Destroys it, as `triglot_destroy` says. Required. Thread: instance. */
    triglot_destroy destroy;
    /**
     * Optional groups by name, as `triglot_get_extension` says; `TRIGLOT_EXTENSION_COUNTS` counts
     * what it does. May be null. Thread: any.
     */
    triglot_get_extension get_extension;
    /**
     * Puts one text for every text of `texts`, in their order, into `out`, which copies them;
     * `texts` is borrowed for the call. The same text, language, role and key give the same text,
     * whatever stands beside them. Required. Errors: `TRIGLOT_STATUS_FAILED` if a text cannot be
     * rewritten (one that has no counterpart is put unchanged), or what `out` returned; what was
     * put until then counts for nothing. Thread: instance.
     */
    triglot_status (*augment)(void *instance, const triglot_texts *texts,
                              const triglot_text_sink *out, triglot_error_buffer *error);
};

/* ==============================================================================================
 * The backend border: texts in, embeddings out; gradients of the embeddings in, a step out.
 * ============================================================================================== */

/**
 * What a backend says of itself once it is ready. Made by the host, filled by the backend, borrowed
 * for the call.
 */
struct triglot_backend_info {
    /** `sizeof(triglot_backend_info)` as the host was compiled. */
    uint32_t struct_size;
    /** Non-zero if the backend learns: `backward`, `step` and `TRIGLOT_MODE_TAPE` work. */
    uint8_t trainable;
    /** Zero. */
    uint8_t reserved[3];
    /** Length of an embedding, in numbers; at least 1. */
    size_t dim;
    /** Number of trainable numbers; 0 if there are none or it is not known. */
    uint64_t parameters;
};

/**
 * How a step is taken; the host owns warmup and schedule. Made by the host, borrowed for the call.
 */
struct triglot_step_args {
    /** `sizeof(triglot_step_args)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Learning rate of this step; finite, not negative. */
    double learning_rate;
    /** Decoupled weight decay, to be multiplied by the learning rate; finite, not negative. */
    double weight_decay;
    /** Largest Euclidean norm of the whole gradient; 0 or infinite means no clipping. */
    double clip;
};

/** What a step did. Made by the host, filled by the backend, borrowed for the call. */
struct triglot_step_report {
    /** `sizeof(triglot_step_report)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Euclidean norm of the whole gradient before clipping; finite. */
    double gradient_norm;
    /** Tokens of the `TRIGLOT_MODE_TAPE` encodes since the last step; 0 if not counted. */
    uint64_t tokens;
};

/**
 * Functions of a backend. Made by the library; static.
 *
 * Life of an instance: create, then `prepare` (a new model) or `load` (a saved one), then any of
 * the rest.
 */
struct triglot_backend {
    /** `sizeof(triglot_backend)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Makes an instance, as `triglot_create` says. Required. Thread: any. */
    triglot_create create;
    /** Destroys it, as `triglot_destroy` says. Required. Thread: instance. */
    triglot_destroy destroy;
    /**
     * Optional groups by name, as `triglot_get_extension` says; trainable variables are shown by
     * `TRIGLOT_EXTENSION_VARIABLES`. May be null. Thread: any.
     */
    triglot_get_extension get_extension;
    /**
     * Makes a new model ready; `texts` streams the training texts, for a backend that learns its
     * vocabulary from them, is borrowed for the call and null if there are none. Null if there is
     * nothing to do. Errors: what `texts` returned, or `TRIGLOT_STATUS_FAILED`; then the instance
     * may only be destroyed. Thread: instance.
     */
    triglot_status (*prepare)(void *instance, const triglot_text_source *texts,
                              triglot_error_buffer *error);
    /**
     * Fills `info`, whose `struct_size` the caller sets; always the same once the model is ready.
     * Required. Errors: then `info` means nothing. Thread: instance.
     */
    triglot_status (*info)(void *instance, triglot_backend_info *info, triglot_error_buffer *error);
    /**
     * Puts one text, which `out` copies, that changes whenever an embedding might: the key for
     * caches. Equal models have equal fingerprints, in another process too. Required. Errors: what
     * `out` returned, or the backend's own. Thread: instance.
     */
    triglot_status (*fingerprint)(void *instance, const triglot_text_sink *out,
                                  triglot_error_buffer *error);
    /**
     * Writes the embeddings of `texts` into `out` [count × dim], every number finite; `mode` is one
     * of the `TRIGLOT_MODE_` constants, both are borrowed for the call. A row follows from its own
     * text, language, role, key and the mode alone, to the bit, whatever stands beside it: texts
     * may be encoded in chunks of any size. With `TRIGLOT_MODE_TAPE` what `backward` needs is kept,
     * in place of an earlier tape; no other mode touches a tape. Required. Errors:
     * `TRIGLOT_STATUS_UNSUPPORTED` for a mode that is not offered; then `out` means nothing and
     * there is no tape. Thread: instance.
     */
    triglot_status (*encode)(void *instance, uint32_t mode, const triglot_texts *texts,
                             triglot_matrix_mut out, triglot_error_buffer *error);
    /**
     * Consumes the tape of the last `TRIGLOT_MODE_TAPE` encode: adds the gradients of the loss that
     * follow from `gradients` (∂loss/∂embeddings, the shape of that encode's output, borrowed for
     * the call) to those held. Null if the backend does not learn. Errors: `TRIGLOT_STATUS_INVALID`
     * if there is no tape, or one of another shape; after any other the gradients held mean
     * nothing. Thread: instance.
     */
    triglot_status (*backward)(void *instance, triglot_matrix gradients,
                               triglot_error_buffer *error);
    /**
     * Moves the parameters by the gradients held, forgets those, and fills `report`, whose
     * `struct_size` the caller sets; both arguments are borrowed for the call. Null if the backend
     * does not learn. Errors: then parameters and `report` mean nothing until the next `load`, but
     * after `TRIGLOT_STATUS_CANCELLED`, which says that no parameter has moved: a host may save the
     * state then. Thread: instance.
     */
    triglot_status (*step)(void *instance, const triglot_step_args *args,
                           triglot_step_report *report, triglot_error_buffer *error);
    /**
     * Saves weights and optimiser state into an empty folder that the host made, with whatever else
     * an equal continuation needs; `folder` is its absolute path, borrowed for the call. Null if
     * nothing is learnt that could be saved. Errors: `TRIGLOT_STATUS_FAILED` if it cannot be
     * written; the host clears the folder away, and the instance is as it was. Thread: instance.
     */
    triglot_status (*save)(void *instance, triglot_str folder, triglot_error_buffer *error);
    /**
     * Loads what `save` wrote, in place of `prepare` or over what was there: the instance goes on
     * as the one that saved would have. `folder` as in `save`, only read. Null where `save` is.
     * Errors: `TRIGLOT_STATUS_INVALID` if the folder holds another model, `TRIGLOT_STATUS_FAILED`
     * if it is damaged or cannot be read; the instance is as it was. Thread: instance.
     */
    triglot_status (*load)(void *instance, triglot_str folder, triglot_error_buffer *error);
    /**
     * Writes the model, without optimiser state, for other programs into an empty folder; `folder`
     * as in `save`. Null if there is no such form. Errors: as for `save`. (Not `export`, which C++
     * reserves.) Thread: instance.
     */
    triglot_status (*export_model)(void *instance, triglot_str folder, triglot_error_buffer *error);
    /**
     * A hint that these texts are encoded next, borrowed for the call; it changes no result. Null
     * if not wanted. Errors: after `TRIGLOT_STATUS_UNSUPPORTED` it is not called again. Thread:
     * instance.
     */
    triglot_status (*prefetch)(void *instance, const triglot_texts *texts,
                               triglot_error_buffer *error);
    /**
     * Forgets what the optimiser learnt, its moments and its count of steps: the next step is that
     * of a new optimiser. The parameters, and with them the embeddings, stay. Null if not offered.
     * Errors: the instance is as it was. Thread: instance.
     */
    triglot_status (*reset_optimizer)(void *instance, triglot_error_buffer *error);
};

/* ==============================================================================================
 * The optional group `TRIGLOT_EXTENSION_COUNTS` of an augmenter: what it does to texts, in whole
 * numbers.
 *
 * How far a dictionary covers a text, say: so many tokens, so many of them known, so many replaced.
 * ============================================================================================== */

/** Name of the group: `get_extension` of an augmenter returns a `triglot_counts` for it. */
#define TRIGLOT_EXTENSION_COUNTS "triglot.counts/1"

/** Takes named whole numbers. Made by the host, borrowed for the call. */
struct triglot_count_sink {
    /** `sizeof(triglot_count_sink)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** The host's own: given back to `put`. May be null. */
    void *context;
    /**
     * Takes a count under a name of `[a-z0-9._-]+`, copied before the call returns; each name once.
     * Errors: anything but `TRIGLOT_STATUS_OK` is to be returned as it is. Thread: call.
     */
    triglot_status (*put)(void *context, triglot_str name, uint64_t count);
};

/** Functions of the group `TRIGLOT_EXTENSION_COUNTS`. Made by the library; static. */
struct triglot_counts {
    /** `sizeof(triglot_counts)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /**
     * Puts what there is to count of `texts`, as they are before they are augmented, into `out`;
     * both are borrowed for the call. Counts of two lists of texts add up to those of both
     * together; a name that is not put counts 0. What is counted of a text follows from the text,
     * its language, role and key. `instance` is one of the augmenter that gave the group. Errors:
     * what `out` returned, or the augmenter's own; then no count counts. Thread: instance.
     */
    triglot_status (*count)(void *instance, const triglot_texts *texts,
                            const triglot_count_sink *out, triglot_error_buffer *error);
};

/* ==============================================================================================
 * The optional group `TRIGLOT_EXTENSION_VARIABLES` of a backend: its trainable variables, to be
 * looked at.
 *
 * Nothing in training needs it. It lets a checker see what the rest of the border hides: whether a
 * gradient reaches every variable, and whether a step moves each.
 * ============================================================================================== */

/** Name of the group: `get_extension` of a backend returns a `triglot_variables` for it. */
#define TRIGLOT_EXTENSION_VARIABLES "triglot.variables/1"

/** One trainable variable of a backend. */
struct triglot_variable {
    /** `sizeof(triglot_variable)` as the plugin was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Its name, unlike those of the other variables; borrowed for the call of the sink. */
    triglot_str name;
    /**
     * `count` numbers, in an order of the plugin's own that stays the same; borrowed for the call
     * of the sink.
     */
    const float *values;
    /** Number of numbers, at least 1. */
    size_t count;
    /**
     * Euclidean norm of the gradient held, unclipped: what `backward` added since the last step. 0
     * if there is none.
     */
    double gradient_norm;
};

/** Takes variables. */
struct triglot_variable_sink {
    /** `sizeof(triglot_variable_sink)` as the host was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /** Given back to `put`. */
    void *context;
    /**
     * Takes the next variable, copied before the call returns. Anything but OK is to be returned as
     * it is. Thread: call.
     */
    triglot_status (*put)(void *context, const triglot_variable *variable);
};

/**
 * Functions of the group `TRIGLOT_EXTENSION_VARIABLES`. The table is static: valid for the life of
 * the process.
 */
struct triglot_variables {
    /** `sizeof(triglot_variables)` as the library was compiled. */
    uint32_t struct_size;
    /** Zero. */
    uint32_t reserved;
    /**
     * Puts every trainable variable of a ready model into `out`, always in the same order.
     * `instance` is one of the backend that gave the group. `TRIGLOT_STATUS_UNSUPPORTED` if this
     * backend does not show them. Thread: instance.
     */
    triglot_status (*visit)(void *instance, const triglot_variable_sink *out,
                            triglot_error_buffer *error);
};

/**
 * The one exported function, called `TRIGLOT_ENTRY_SYMBOL`.
 *
 * Returns a table that stays valid and unchanged for the life of the process, with all it points
 * to, or null if the library could not make one. It opens no file, starts no thread and writes
 * nothing: every listing of plugins calls it. Thread: load.
 */
TRIGLOT_EXPORT const triglot_plugin *triglot_plugin_v1(void);

#ifdef __cplusplus
}
#endif

#endif
