/*
 * first-hit/first-hit, a metric in C99, written against triglot_plugin.h alone: where the first right passage stands, and
 * in whose language the passages around it are.
 *
 *     triglot plugins header > triglot_plugin.h
 *     gcc -std=c99 -O2 -shared -fPIC -o first_hit.so first_hit.c -lm
 *     triglot plugins check first_hit.so
 *
 * Two columns for every query, over the first k passages of its ranking:
 *
 *   reciprocal-rank@k   1/r, where r is the rank of the first relevant passage; 0 if none is among them
 *   own-language@k      the fraction of them that is in the query's language; undefined if nothing was retrieved
 *
 * A model that goes by language rather than by meaning has a high second column where the pool holds many languages.
 */
#include "helpers.h"

#include <math.h>
#include <stdlib.h>

enum { RECIPROCAL_RANK, OWN_LANGUAGE, COLUMNS };

typedef struct {
    uint32_t k;
} metric;

static triglot_status create(const triglot_create_args *args, void **instance, triglot_error_buffer *error)
{
    uint32_t k = 10;
    triglot_status status;
    metric *self;

    /* The rule of growth: nothing is read that the host's struct does not hold. */
    if (!TRIGLOT_HAS(triglot_create_args, args, options)) {
        return fail(error, TRIGLOT_STATUS_UNSUPPORTED, "the host is older than what this metric needs");
    }
    status = read_option(args->options, "k", 1000, &k, error);
    if (status != TRIGLOT_STATUS_OK) {
        return status;
    }
    self = malloc(sizeof *self);
    if (self == NULL) {
        return fail(error, TRIGLOT_STATUS_FAILED, "out of memory");
    }
    self->k = k;
    *instance = self;
    return TRIGLOT_STATUS_OK;
}

static void destroy(void *instance)
{
    free(instance);
}

static triglot_status columns(void *instance, const triglot_column_sink *out, triglot_error_buffer *error)
{
    static const char *const names[COLUMNS] = {"reciprocal-rank", "own-language"};
    const metric *self = instance;
    size_t i;

    if (!TRIGLOT_HAS(triglot_column_sink, out, put)) {
        return fail(error, TRIGLOT_STATUS_UNSUPPORTED, "the host is older than what this metric needs");
    }
    for (i = 0; i < COLUMNS; i++) {
        char name[32];
        triglot_column column = {.struct_size = sizeof column};
        triglot_status status;

        column.name.len = (size_t)snprintf(name, sizeof name, "%s@%lu", names[i], (unsigned long)self->k);
        column.name.data = (const uint8_t *)name;
        column.lowest = 0;
        column.highest = 1;
        /* Of the own language, less is less of a bias. */
        column.higher_is_better = i == RECIPROCAL_RANK;
        column.depth = i == OWN_LANGUAGE ? self->k : 0;
        status = out->put(out->context, &column);
        if (status != TRIGLOT_STATUS_OK) {
            return fail(error, status, "the host did not take the column %s", name);
        }
    }
    return TRIGLOT_STATUS_OK;
}

static double reciprocal_rank(const triglot_ranking *ranking, size_t query, uint32_t k)
{
    uint32_t first = 0;
    size_t i;

    for (i = ranking->judged_offsets[query]; i < ranking->judged_offsets[query + 1]; i++) {
        uint32_t rank = ranking->judged_rank[i];

        /* Rank 0 was not retrieved; grade 0 and below was judged not to be right. */
        if (rank > 0 && rank <= k && ranking->judged_grade[i] > 0 && (first == 0 || rank < first)) {
            first = rank;
        }
    }
    return first == 0 ? 0 : 1.0 / first;
}

static double own_language(const triglot_ranking *ranking, size_t query, uint32_t k)
{
    size_t begin = ranking->top_offsets[query], count = ranking->top_offsets[query + 1] - begin;
    size_t own = 0, i;

    /* The host may lend more passages than were asked for. */
    if (count > k) {
        count = k;
    }
    for (i = begin; i < begin + count; i++) {
        own += ranking->top_language[i] == ranking->query_language[query];
    }
    return count == 0 ? (double)NAN : (double)own / (double)count;
}

static triglot_status compute(void *instance, const triglot_ranking *ranking, double *values, size_t value_count,
                              triglot_error_buffer *error)
{
    const metric *self = instance;
    size_t query;

    if (!TRIGLOT_HAS(triglot_ranking, ranking, top_language)) {
        return fail(error, TRIGLOT_STATUS_UNSUPPORTED, "the host is older than what this metric needs");
    }
    if (value_count / COLUMNS != ranking->queries || value_count % COLUMNS != 0) {
        return fail(error, TRIGLOT_STATUS_INVALID, "there is room for %lu values of %lu queries",
                    (unsigned long)value_count, (unsigned long)ranking->queries);
    }
    for (query = 0; query < ranking->queries; query++) {
        values[query * COLUMNS + RECIPROCAL_RANK] = reciprocal_rank(ranking, query, self->k);
        values[query * COLUMNS + OWN_LANGUAGE] = own_language(ranking, query, self->k);
    }
    return TRIGLOT_STATUS_OK;
}

static const triglot_metric functions = {
    .struct_size = sizeof functions,
    .create = create,
    .destroy = destroy,
    .columns = columns,
    .compute = compute,
};

static const triglot_component first_hit = {
    .struct_size = sizeof first_hit,
    .kind = TRIGLOT_KIND_METRIC,
    .id = TRIGLOT_STR("first-hit"),
    .description = TRIGLOT_STR(
        "{\"summary\": \"Reciprocal rank of the first right passage, and the query's language in the top k\","
        " \"options\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {\"k\": {"
        "\"description\": \"How many passages count\","
        " \"type\": \"integer\", \"minimum\": 1, \"maximum\": 1000, \"default\": 10}}}}"),
    .functions = &functions,
};

static const triglot_component *const components[] = {&first_hit};

static const triglot_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi_minor = TRIGLOT_ABI_MINOR,
    .name = TRIGLOT_STR("first-hit"),
    .version = TRIGLOT_STR("1.0.0"),
    .components = components,
    .component_count = sizeof components / sizeof components[0],
};

TRIGLOT_EXPORT const triglot_plugin *triglot_plugin_v1(void)
{
    return &plugin;
}
