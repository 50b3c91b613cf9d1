/*
 * A sampler, a metric and a backend for the test that versions of the contract bear each other (tests/tests/evolution.rs).
 *
 * It is compiled three times: against the header as it is; with FUTURE against one in which every struct that may grow
 * ends in two further fields, as a later minor version would have it; and with PAST against one in which some structs
 * lack their last fields. What the three do must be the same.
 */
#include "helpers.h"

#include <math.h>
#include <stdlib.h>

#ifdef FUTURE
/* Called by nobody: a host of today does not know it. */
static void later_function(void)
{
    abort();
}
/* The further fields, filled with what no zero or older field could be taken for. */
#define LATER .later = UINT64_MAX, .later_function = later_function,
/* A struct of the host's ends where they begin. */
#define IS_OF_TODAY(type, pointer) ((pointer)->struct_size == offsetof(type, later))
#else
#define LATER
#define IS_OF_TODAY(type, pointer) ((pointer)->struct_size >= sizeof(type))
#endif

#define REQUIRE(condition)                                                                           \
    do {                                                                                             \
        if (!(condition)) {                                                                          \
            return fail(error, TRIGLOT_STATUS_FAILED, "line %d: not so: %s", __LINE__, #condition);  \
        }                                                                                            \
    } while (0)

/* Whether the arguments are of a host of today, and without options. */
static triglot_status check(const triglot_create_args *args, triglot_error_buffer *error)
{
    reader in;

    REQUIRE(IS_OF_TODAY(triglot_create_args, args));
    REQUIRE(IS_OF_TODAY(triglot_host, args->host));
    REQUIRE(args->host->threads >= 1);
    in.next = args->options.data;
    in.end = args->options.data + args->options.len;
    if (!read_word(&in, "{") || !read_word(&in, "}")) {
        return fail(error, TRIGLOT_STATUS_INVALID, "there are no options");
    }
    return TRIGLOT_STATUS_OK;
}

/* ---- A sampler: every pair in turn, far apart in the corpus ---------------------------------------------------- */

#define STRIDE 7919

typedef struct {
    size_t pairs;
    size_t batch_size;
    /* Room for the queries of a batch, and after them for its passages. */
    uint32_t rows[];
} sampler;

static triglot_status create_sampler(const triglot_create_args *args, const triglot_sampler_args *over,
                                     void **instance, triglot_error_buffer *error)
{
    triglot_status status = check(args, error);
    sampler *self;

    if (status != TRIGLOT_STATUS_OK) {
        return status;
    }
    REQUIRE(IS_OF_TODAY(triglot_sampler_args, over));
    REQUIRE(IS_OF_TODAY(triglot_corpus_view, over->corpus));
    if (over->batch_size > over->corpus->rows / 2) {
        return fail(error, TRIGLOT_STATUS_INVALID, "a batch is larger than the corpus");
    }
    self = malloc(sizeof *self + 2 * over->batch_size * sizeof *self->rows);
    REQUIRE(self != NULL);
    self->pairs = over->corpus->rows / 2;
    self->batch_size = over->batch_size;
    *instance = self;
    return TRIGLOT_STATUS_OK;
}

static triglot_status epoch_length(void *instance, uint64_t *batches, triglot_error_buffer *error)
{
    const sampler *self = instance;

    (void)error;
    *batches = self->pairs / self->batch_size;
    return TRIGLOT_STATUS_OK;
}

static triglot_status sample(void *instance, uint64_t seed, uint64_t ordinal, const triglot_batch_sink *out,
                             triglot_error_buffer *error)
{
    sampler *self = instance;
    uint32_t *queries = self->rows, *passages = self->rows + self->batch_size;
    triglot_batch batch = {.struct_size = sizeof batch, LATER .queries = queries, .passages = passages};
    size_t i;

    REQUIRE(IS_OF_TODAY(triglot_batch_sink, out));
    for (i = 0; i < self->batch_size; i++) {
        uint64_t pair = (seed + ordinal % self->pairs * self->batch_size + i) % self->pairs * STRIDE % self->pairs;

        queries[i] = (uint32_t)(2 * pair);
        passages[i] = (uint32_t)(2 * pair + 1);
    }
    batch.count = self->batch_size;
    return out->put(out->context, &batch);
}

/* ---- A metric: the reciprocal rank of the first relevant passage ------------------------------------------------ */

static triglot_status create_metric(const triglot_create_args *args, void **instance, triglot_error_buffer *error)
{
    triglot_status status = check(args, error);

    if (status != TRIGLOT_STATUS_OK) {
        return status;
    }
    *instance = malloc(1);
    REQUIRE(*instance != NULL);
    return TRIGLOT_STATUS_OK;
}

static triglot_status columns(void *instance, const triglot_column_sink *out, triglot_error_buffer *error)
{
    triglot_column column = {
        .struct_size = sizeof column,
        .higher_is_better = 1,
        .name = TRIGLOT_STR("first"),
        .lowest = 0,
        .highest = 1,
#ifndef PAST
        .depth = 3,
#endif
        LATER
    };

    (void)instance;
    REQUIRE(IS_OF_TODAY(triglot_column_sink, out));
    return out->put(out->context, &column);
}

static triglot_status compute(void *instance, const triglot_ranking *ranking, double *values, size_t value_count,
                              triglot_error_buffer *error)
{
    size_t q, i;

    (void)instance;
    REQUIRE(IS_OF_TODAY(triglot_ranking, ranking) && ranking->queries == value_count);
    for (q = 0; q < ranking->queries; q++) {
        values[q] = 0;
        for (i = ranking->judged_offsets[q]; i < ranking->judged_offsets[q + 1]; i++) {
            if (ranking->judged_rank[i] > 0 && ranking->judged_grade[i] > 0) {
                values[q] = fmax(values[q], 1.0 / ranking->judged_rank[i]);
            }
        }
    }
    return TRIGLOT_STATUS_OK;
}

/* ---- A backend: hashed pairs of bytes under a learnt scale ------------------------------------------------------ */

#define DIM 64

typedef struct {
    float scale[DIM];
    double gradient[DIM];
    uint64_t tokens;
    /* The features of the last encode that kept them. */
    float *tape;
    size_t rows;
} backend;

static triglot_status create_backend(const triglot_create_args *args, void **instance, triglot_error_buffer *error)
{
    triglot_status status = check(args, error);
    backend *self;
    size_t i;

    if (status != TRIGLOT_STATUS_OK) {
        return status;
    }
    self = calloc(1, sizeof *self);
    REQUIRE(self != NULL);
    for (i = 0; i < DIM; i++) {
        self->scale[i] = 1;
    }
    *instance = self;
    return TRIGLOT_STATUS_OK;
}

static void destroy_backend(void *instance)
{
    backend *self = instance;

    free(self->tape);
    free(self);
}

static triglot_status prepare(void *instance, const triglot_text_source *source, triglot_error_buffer *error)
{
    triglot_texts texts = {.struct_size = sizeof texts, LATER .reserved = 0};
    triglot_status status;

    (void)instance;
    if (source == NULL) {
        return TRIGLOT_STATUS_OK;
    }
    REQUIRE(IS_OF_TODAY(triglot_text_source, source));
    do {
        status = source->next(source->context, &texts);
        /* What the host does not know, it leaves alone. */
        REQUIRE(texts.struct_size == sizeof texts);
#ifdef FUTURE
        REQUIRE(texts.later == UINT64_MAX && texts.later_function == later_function);
#endif
    } while (status == TRIGLOT_STATUS_OK && texts.count > 0);
    return status;
}

static triglot_status info(void *instance, triglot_backend_info *about, triglot_error_buffer *error)
{
    (void)instance;
    REQUIRE(IS_OF_TODAY(triglot_backend_info, about));
    about->trainable = 1;
    about->dim = DIM;
    about->parameters = DIM;
    return TRIGLOT_STATUS_OK;
}

static triglot_status fingerprint(void *instance, const triglot_text_sink *out, triglot_error_buffer *error)
{
    const backend *self = instance;
    const unsigned char *bytes = (const unsigned char *)self->scale;
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    char text[32];
    triglot_str name = {(const uint8_t *)text, 0};
    size_t i;

    REQUIRE(IS_OF_TODAY(triglot_text_sink, out));
    /* FNV-1a. */
    for (i = 0; i < sizeof self->scale; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001B3);
    }
    name.len = (size_t)snprintf(text, sizeof text, "%08lx%08lx", (unsigned long)(hash >> 32),
                                (unsigned long)(hash & UINT32_MAX));
    return out->put(out->context, name);
}

static void features(triglot_str text, float *row)
{
    double norm = 0;
    size_t i;

    memset(row, 0, DIM * sizeof *row);
    for (i = 1; i < text.len; i++) {
        row[(text.data[i - 1] * 31u + text.data[i]) % DIM] += 1;
    }
    for (i = 0; i < DIM; i++) {
        norm += (double)row[i] * row[i];
    }
    for (i = 0; i < DIM && norm > 0; i++) {
        row[i] = (float)(row[i] / sqrt(norm));
    }
}

static triglot_status encode(void *instance, uint32_t mode, const triglot_texts *texts, triglot_matrix_mut out,
                             triglot_error_buffer *error)
{
    backend *self = instance;
    float *kept = NULL;
    size_t r, i;

    REQUIRE(IS_OF_TODAY(triglot_texts, texts) && out.rows == texts->count && out.cols == DIM);
    if (mode == TRIGLOT_MODE_TAPE) {
        kept = calloc(texts->count + 1, DIM * sizeof *kept);
        REQUIRE(kept != NULL);
        free(self->tape);
        self->tape = kept;
        self->rows = texts->count;
    }
    for (r = 0; r < texts->count; r++) {
        float row[DIM];

        features(texts->text[r], row);
        for (i = 0; i < DIM; i++) {
            out.data[r * out.stride + i] = row[i] * self->scale[i];
        }
        if (kept != NULL) {
            memcpy(kept + r * DIM, row, sizeof row);
            self->tokens += texts->text[r].len;
        }
    }
    return TRIGLOT_STATUS_OK;
}

static triglot_status backward(void *instance, triglot_matrix gradients, triglot_error_buffer *error)
{
    backend *self = instance;
    size_t r, i;

    REQUIRE(self->tape != NULL && gradients.rows == self->rows && gradients.cols == DIM);
    for (r = 0; r < self->rows; r++) {
        for (i = 0; i < DIM; i++) {
            self->gradient[i] += (double)self->tape[r * DIM + i] * gradients.data[r * gradients.stride + i];
        }
    }
    free(self->tape);
    self->tape = NULL;
    return TRIGLOT_STATUS_OK;
}

static triglot_status step(void *instance, const triglot_step_args *args, triglot_step_report *report,
                           triglot_error_buffer *error)
{
    backend *self = instance;
    double norm = 0;
    size_t i;

    REQUIRE(IS_OF_TODAY(triglot_step_args, args) && IS_OF_TODAY(triglot_step_report, report));
    for (i = 0; i < DIM; i++) {
        norm += self->gradient[i] * self->gradient[i];
        self->scale[i] -= (float)(args->learning_rate * self->gradient[i]);
        self->gradient[i] = 0;
    }
    report->gradient_norm = sqrt(norm);
#ifndef PAST
    report->tokens = self->tokens;
#endif
    self->tokens = 0;
    return TRIGLOT_STATUS_OK;
}

/* Opens the one file of a saved model; what is too long for a path is no path. */
static FILE *state(triglot_str folder, const char *mode)
{
    char path[4096];

    if (folder.len > sizeof path - 32) {
        return NULL;
    }
    memcpy(path, folder.data, folder.len);
    strcpy(path + folder.len, "/scale.bin");
    return fopen(path, mode);
}

static triglot_status save(void *instance, triglot_str folder, triglot_error_buffer *error)
{
    const backend *self = instance;
    FILE *file = state(folder, "wb");
    size_t written;

    REQUIRE(file != NULL);
    written = fwrite(self->scale, sizeof self->scale, 1, file);
    REQUIRE(fclose(file) == 0 && written == 1);
    return TRIGLOT_STATUS_OK;
}

static triglot_status load(void *instance, triglot_str folder, triglot_error_buffer *error)
{
    backend *self = instance;
    FILE *file = state(folder, "rb");
    float scale[DIM];
    size_t got;

    REQUIRE(file != NULL);
    got = fread(scale, sizeof scale, 1, file);
    fclose(file);
    REQUIRE(got == 1);
    memcpy(self->scale, scale, sizeof scale);
    return TRIGLOT_STATUS_OK;
}

#ifndef PAST
static triglot_status prefetch(void *instance, const triglot_texts *texts, triglot_error_buffer *error)
{
    (void)instance;
    REQUIRE(IS_OF_TODAY(triglot_texts, texts));
    return TRIGLOT_STATUS_OK;
}
#endif

/* ---- What the library holds -------------------------------------------------------------------------------------- */

static const triglot_sampler sampler_functions = {
    .struct_size = sizeof sampler_functions,
    .create = create_sampler,
    .destroy = free,
    .epoch_length = epoch_length,
    .sample = sample,
    LATER
};

static const triglot_metric metric_functions = {
    .struct_size = sizeof metric_functions,
    .create = create_metric,
    .destroy = free,
    .columns = columns,
    .compute = compute,
    LATER
};

static const triglot_backend backend_functions = {
    .struct_size = sizeof backend_functions,
    .create = create_backend,
    .destroy = destroy_backend,
    .prepare = prepare,
    .info = info,
    .fingerprint = fingerprint,
    .encode = encode,
    .backward = backward,
    .step = step,
    .save = save,
    .load = load,
    .export_model = save,
#ifndef PAST
    .prefetch = prefetch,
#endif
    LATER
};

#define DESCRIPTION(summary) \
    TRIGLOT_STR("{\"summary\": \"" summary "\", \"options\": {\"type\": \"object\", \"additionalProperties\": false}}")

static const triglot_component strided = {
    .struct_size = sizeof strided,
    .kind = TRIGLOT_KIND_SAMPLER,
    .id = TRIGLOT_STR("strided"),
    .description = DESCRIPTION("Every pair in turn, far apart in the corpus"),
    .functions = &sampler_functions,
    LATER
};

static const triglot_component first = {
    .struct_size = sizeof first,
    .kind = TRIGLOT_KIND_METRIC,
    .id = TRIGLOT_STR("first"),
    .description = DESCRIPTION("Reciprocal rank of the first right passage"),
    .functions = &metric_functions,
    LATER
};

static const triglot_component scaled = {
    .struct_size = sizeof scaled,
    .kind = TRIGLOT_KIND_BACKEND,
    .id = TRIGLOT_STR("scaled"),
    .description = DESCRIPTION("Hashed pairs of bytes under a learnt scale"),
    .functions = &backend_functions,
    LATER
};

static const triglot_component *const components[] = {&strided, &first, &scaled};

static const triglot_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi_minor = TRIGLOT_ABI_MINOR,
    .name = TRIGLOT_STR("evolution"),
    .version = TRIGLOT_STR("1.0.0"),
    .components = components,
    .component_count = sizeof components / sizeof components[0],
    LATER
};

TRIGLOT_EXPORT const triglot_plugin *triglot_plugin_v1(void)
{
    return &plugin;
}
