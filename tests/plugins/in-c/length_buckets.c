/*
 * length-buckets/pairs, a sampler in C99, written against triglot_plugin.h alone: pairs of about the same length in one
 * batch.
 *
 *     triglot plugins header > triglot_plugin.h
 *     gcc -std=c99 -O2 -shared -fPIC -o length_buckets.so length_buckets.c
 *     triglot plugins check length_buckets.so
 *
 * A backend pads the texts of a batch to the longest, so that a batch of one long and many short texts is mostly padding.
 * Every epoch therefore shuffles all pairs, takes them `window` batches at a time, sorts each window by length, and cuts
 * it into batches, which come in a shuffled order. A window of one batch sorts nothing away; the whole corpus in one
 * window gives the least padding and always the same neighbours. A pair is a query with its passage in its own language.
 */
#include "helpers.h"

#include <stdlib.h>

/* ---- Random draws that follow from keys alone --------------------------------------------------------------------- */

/* SplitMix64 (Steele, Lea, Flood 2014): every state is a key, so two draws are related only if their keys are equal. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* A number below `bound`, each as likely: draws from the last, incomplete run of `bound` numbers are thrown away. */
static size_t draw_below(uint64_t *state, size_t bound)
{
    uint64_t surplus = (UINT64_MAX - bound + 1) % bound;
    uint64_t drawn;

    do {
        drawn = draw(state);
    } while (drawn > UINT64_MAX - surplus);
    return (size_t)(drawn % bound);
}

/* Fisher and Yates, as Durstenfeld writes it. */
static void shuffle(uint32_t *items, size_t count, uint64_t *state)
{
    size_t i;

    for (i = count; i > 1; i--) {
        size_t other = draw_below(state, i);
        uint32_t last = items[i - 1];

        items[i - 1] = items[other];
        items[other] = last;
    }
}

/* ---- The sampler -------------------------------------------------------------------------------------------------- */

typedef struct {
    uint32_t query;
    uint32_t passage;
    uint64_t length;
} pair;

typedef struct {
    pair *pairs;
    size_t pair_count;
    size_t batch_size;
    size_t window;
    /* The epoch that was arranged last, kept because batches are mostly asked for in turn. It saves time and changes
     * no result: any other epoch is arranged anew from its own key. */
    int arranged;
    uint64_t seed;
    uint64_t epoch;
    uint32_t *order;
    uint32_t *batches;
    /* Room for one batch. */
    uint32_t *queries;
    uint32_t *passages;
} sampler;

static size_t batches_per_epoch(const sampler *self)
{
    return self->pair_count / self->batch_size;
}

/*
 * Sorts pairs of `order` by length, those of one length by their place in the corpus. (Not by qsort, which cannot be
 * handed the pairs: a global variable would be shared by instances on several threads.)
 */
static void sort_by_length(const pair *pairs, uint32_t *order, size_t count)
{
    size_t start, root, end = count;

    /* Heapsort: first every subtree becomes a heap, then the largest goes to the end. */
    for (start = count / 2; end > 1;) {
        if (start > 0) {
            start--;
        } else {
            uint32_t largest = order[0];

            end--;
            order[0] = order[end];
            order[end] = largest;
        }
        for (root = start; root * 2 + 1 < end;) {
            size_t child = root * 2 + 1, larger = root, i;
            uint32_t lifted;

            for (i = child; i < child + 2 && i < end; i++) {
                const pair *a = &pairs[order[i]], *b = &pairs[order[larger]];

                if (a->length > b->length || (a->length == b->length && order[i] > order[larger])) {
                    larger = i;
                }
            }
            if (larger == root) {
                break;
            }
            lifted = order[larger];
            order[larger] = order[root];
            order[root] = lifted;
            root = larger;
        }
    }
}

static void arrange(sampler *self, uint64_t seed, uint64_t epoch)
{
    size_t batches = batches_per_epoch(self), i;
    uint64_t state = seed, key;

    if (self->arranged && self->seed == seed && self->epoch == epoch) {
        return;
    }
    /* Seed and epoch in turn, so that epoch 1 of seed 2 is another key than epoch 2 of seed 1. */
    key = draw(&state) ^ epoch;
    state = draw(&key);
    for (i = 0; i < self->pair_count; i++) {
        self->order[i] = (uint32_t)i;
    }
    shuffle(self->order, self->pair_count, &state);
    /* What the last batch would lack is left out of this epoch; the next shuffles anew. */
    for (i = 0; i < batches; i += self->window) {
        size_t in_window = batches - i < self->window ? batches - i : self->window;

        sort_by_length(self->pairs, self->order + i * self->batch_size, in_window * self->batch_size);
    }
    for (i = 0; i < batches; i++) {
        self->batches[i] = (uint32_t)i;
    }
    shuffle(self->batches, batches, &state);
    self->arranged = 1;
    self->seed = seed;
    self->epoch = epoch;
}

static void destroy(void *instance)
{
    sampler *self = instance;

    free(self->pairs);
    free(self->order);
    free(self->batches);
    free(self->queries);
    free(self->passages);
    free(self);
}

/* Collects the pairs of the corpus: a query row and, right after it, its passage row. */
static void collect(sampler *self, const triglot_corpus_view *corpus)
{
    size_t row;

    for (row = 0; row + 1 < corpus->rows; row++) {
        if (corpus->role[row] == TRIGLOT_ROLE_QUERY && corpus->role[row + 1] == TRIGLOT_ROLE_PASSAGE) {
            pair *next = &self->pairs[self->pair_count++];

            next->query = (uint32_t)row;
            next->passage = (uint32_t)(row + 1);
            next->length = (uint64_t)corpus->length[row] + corpus->length[row + 1];
        }
    }
}

static triglot_status create(const triglot_create_args *args, const triglot_sampler_args *over,
                             void **instance, triglot_error_buffer *error)
{
    const triglot_corpus_view *corpus;
    sampler *self;
    triglot_status status;
    uint32_t window = 8;
    size_t most;

    /* The rule of growth: nothing is read that the host's structs do not hold. */
    if (!TRIGLOT_HAS(triglot_create_args, args, options) || !TRIGLOT_HAS(triglot_sampler_args, over, batch_size)
        || !TRIGLOT_HAS(triglot_corpus_view, over->corpus, length)) {
        return fail(error, TRIGLOT_STATUS_UNSUPPORTED, "the host is older than what this sampler needs");
    }
    status = read_option(args->options, "window", 100000, &window, error);
    if (status != TRIGLOT_STATUS_OK) {
        return status;
    }
    corpus = over->corpus;
    most = corpus->rows / 2;
    if (over->batch_size == 0 || over->batch_size > most) {
        return fail(error, TRIGLOT_STATUS_INVALID, "a batch of %lu pairs cannot be drawn from %lu",
                    (unsigned long)over->batch_size, (unsigned long)most);
    }
    self = calloc(1, sizeof *self);
    if (self == NULL) {
        return fail(error, TRIGLOT_STATUS_FAILED, "out of memory");
    }
    self->batch_size = over->batch_size;
    self->window = window;
    self->pairs = calloc(most, sizeof *self->pairs);
    self->order = calloc(most, sizeof *self->order);
    self->batches = calloc(most / self->batch_size, sizeof *self->batches);
    self->queries = calloc(self->batch_size, sizeof *self->queries);
    self->passages = calloc(self->batch_size, sizeof *self->passages);
    if (self->pairs == NULL || self->order == NULL || self->batches == NULL || self->queries == NULL
        || self->passages == NULL) {
        destroy(self);
        return fail(error, TRIGLOT_STATUS_FAILED, "out of memory for %lu pairs", (unsigned long)most);
    }
    collect(self, corpus);
    if (self->pair_count < self->batch_size) {
        destroy(self);
        return fail(error, TRIGLOT_STATUS_INVALID, "the corpus holds fewer than %lu pairs",
                    (unsigned long)over->batch_size);
    }
    *instance = self;
    return TRIGLOT_STATUS_OK;
}

static triglot_status epoch_length(void *instance, uint64_t *batches, triglot_error_buffer *error)
{
    (void)error;
    *batches = batches_per_epoch(instance);
    return TRIGLOT_STATUS_OK;
}

static triglot_status sample(void *instance, uint64_t seed, uint64_t ordinal, const triglot_batch_sink *out,
                             triglot_error_buffer *error)
{
    sampler *self = instance;
    uint64_t batches = batches_per_epoch(self);
    const uint32_t *order;
    triglot_batch batch = {.struct_size = sizeof batch};
    triglot_status status;
    size_t i;

    if (!TRIGLOT_HAS(triglot_batch_sink, out, put)) {
        return fail(error, TRIGLOT_STATUS_UNSUPPORTED, "the host is older than what this sampler needs");
    }
    arrange(self, seed, ordinal / batches);
    order = self->order + self->batches[ordinal % batches] * self->batch_size;
    for (i = 0; i < self->batch_size; i++) {
        self->queries[i] = self->pairs[order[i]].query;
        self->passages[i] = self->pairs[order[i]].passage;
    }
    batch.count = self->batch_size;
    batch.queries = self->queries;
    batch.passages = self->passages;
    /* No negatives: `batch.negatives` stays zero. */
    status = out->put(out->context, &batch);
    return status == TRIGLOT_STATUS_OK ? status : fail(error, status, "the host did not take the batch");
}

/* ---- What the library holds --------------------------------------------------------------------------------------- */

static const triglot_sampler functions = {
    .struct_size = sizeof functions,
    .create = create,
    .destroy = destroy,
    .epoch_length = epoch_length,
    .sample = sample,
};

static const triglot_component length_buckets = {
    .struct_size = sizeof length_buckets,
    .kind = TRIGLOT_KIND_SAMPLER,
    .id = TRIGLOT_STR("pairs"),
    .description = TRIGLOT_STR(
        "{\"summary\": \"Pairs of about the same length in one batch\","
        " \"options\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"window\": {"
        "\"description\": \"How many batches are drawn together and sorted by length\","
        " \"type\": \"integer\", \"minimum\": 1, \"maximum\": 100000, \"default\": 8}}}}"),
    .functions = &functions,
};

static const triglot_component *const components[] = {&length_buckets};

static const triglot_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi_minor = TRIGLOT_ABI_MINOR,
    .name = TRIGLOT_STR("length-buckets"),
    .version = TRIGLOT_STR("1.0.0"),
    .components = components,
    .component_count = sizeof components / sizeof components[0],
};

TRIGLOT_EXPORT const triglot_plugin *triglot_plugin_v1(void)
{
    return &plugin;
}
