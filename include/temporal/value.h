/* SPDX-License-Identifier: MIT */
/* value.h -- how a C type becomes a Temporal payload, and back.
 *
 * A type that may cross the wire is a NAME: NAME is the C type, NAME_type() its description. The
 * built-in names are below; TEMPORAL_RECORD, _LIST, _OPTIONAL, _MAP, _SET and _ENUM make more. */
#ifndef TEMPORAL_VALUE_H
#define TEMPORAL_VALUE_H

#include "base.h"
#include "error.h"

TEMPORAL_BEGIN

typedef enum temporal_kind {
    TEMPORAL_KIND_NONE,     /* no payload at all */
    TEMPORAL_KIND_BOOL,     /* bool */
    TEMPORAL_KIND_INT,      /* int64_t */
    TEMPORAL_KIND_INT32,    /* int32_t */
    TEMPORAL_KIND_UINT,     /* uint64_t */
    TEMPORAL_KIND_DOUBLE,   /* double; refuses to encode NaN and infinity */
    TEMPORAL_KIND_STRING,   /* const char *, UTF-8; NULL is null */
    TEMPORAL_KIND_BYTES,    /* temporal_bytes: binary/plain alone, base64 inside JSON */
    TEMPORAL_KIND_RECORD,   /* struct: a JSON object; unknown fields ignored, missing ones zero */
    TEMPORAL_KIND_LIST,     /* { items, count }: a JSON array */
    TEMPORAL_KIND_SET,      /* the same; a value that stands twice is kept once */
    TEMPORAL_KIND_OPTIONAL, /* const T *; NULL is null */
    TEMPORAL_KIND_MAP,      /* { entries { key, value }, count }: a JSON object, written by key */
    TEMPORAL_KIND_ENUM,     /* int: written as its name; names and numbers are read */
    TEMPORAL_KIND_JSON,     /* temporal_json: any JSON, left as text */
    TEMPORAL_KIND_VALUE,    /* temporal_value: a payload of any encoding, left as it is */
    TEMPORAL_KIND_PROTOBUF  /* const M *: a protobuf message, see protobuf.h; NULL is null */
} temporal_kind;

typedef struct temporal_type temporal_type;
typedef const temporal_type *(*temporal_type_fn)(void);

typedef struct temporal_field {
    const char *name;
    size_t offset;
    temporal_type_fn type;
} temporal_field;

typedef struct temporal_enumerator {
    const char *name;
    int32_t number;
} temporal_enumerator;

struct temporal_type {
    temporal_kind kind;
    const char *name;
    size_t size;                            /* of the C type */
    const temporal_field *fields;           /* RECORD */
    size_t field_count;                     /* RECORD; of enumerators for ENUM */
    temporal_type_fn element;               /* LIST, SET, OPTIONAL, MAP (its values) */
    const temporal_enumerator *enumerators; /* ENUM */
    size_t entry_size;                      /* MAP: of one entry, ... */
    size_t value_offset;                    /* ... and where in it the value stands (key: at 0) */
};

typedef struct temporal_none {
    char unused;
} temporal_none;
typedef bool temporal_bool;
typedef int64_t temporal_int;
typedef int32_t temporal_int32;
typedef uint64_t temporal_uint;
typedef double temporal_double;
typedef const char *temporal_string;
typedef struct temporal_bytes {
    const void *data;
    size_t size;
} temporal_bytes;
typedef struct temporal_json {
    const char *text; /* NULL is null */
} temporal_json;

/** A payload that has not been given a type yet: what dynamic handlers and heartbeat details are.
 * Borrowed from the attempt, run, handle or error it was read from. */
typedef struct temporal_value {
    const char *encoding; /* "json/plain", "binary/plain", ...; NULL: no payload */
    const void *data;
    size_t size;
    const void *payload; /* the library's: the payload with all of its metadata */
    void *memory;        /* the library's: what temporal_value_read allocates from */
} temporal_value;

/* How a C type is read and written: what stands for it in calls that take a temporal_type. Static;
 * NAME_type for a type NAME, also of those that the macros below make. */
TEMPORAL_API const temporal_type *temporal_none_type(void);
TEMPORAL_API const temporal_type *temporal_bool_type(void);
TEMPORAL_API const temporal_type *temporal_int_type(void);
TEMPORAL_API const temporal_type *temporal_int32_type(void);
TEMPORAL_API const temporal_type *temporal_uint_type(void);
TEMPORAL_API const temporal_type *temporal_double_type(void);
TEMPORAL_API const temporal_type *temporal_string_type(void);
TEMPORAL_API const temporal_type *temporal_bytes_type(void);
TEMPORAL_API const temporal_type *temporal_json_type(void);
TEMPORAL_API const temporal_type *temporal_value_type(void);

#ifdef __cplusplus
#define TEMPORAL_NONE (temporal_none{})
#else
#define TEMPORAL_NONE ((temporal_none){ 0 })
#endif

/** One argument of a call by name: any number of them make up an input. */
typedef struct temporal_argument {
    const temporal_type *type;
    const void *value;
} temporal_argument;

/** Decodes a payload as that type. What it points to lives as long as the value itself. CONVERSION
 * when it does not fit, with the path of the field: "lines[3].price: expected a number". */
TEMPORAL_API TEMPORAL_CHECKED temporal_error *
temporal_value_read(const temporal_value *value, const temporal_type *type, void *out);
/** temporal_value_get(&details[0], temporal_int, &offset) */
#define temporal_value_get(value, T, out) \
    temporal_value_read((value), T##_type(), TEMPORAL_OUT_(T, out))

/* A record: one list of fields, one struct, one description that cannot drift from it.
 *
 *     #define GREETING_INFO(FIELD)              \
 *         FIELD(temporal_string, salutation)    \
 *         FIELD(temporal_string, name)
 *     TEMPORAL_RECORD(greeting_info, GREETING_INFO)
 *
 * Also makes greeting_info_list { items, count }, so that records nest in lists. */
#define TEMPORAL_RECORD(record, FIELDS)                                       \
    typedef struct record {                                                   \
        FIELDS(TEMPORAL_MEMBER_)                                              \
    } record;                                                                 \
    TEMPORAL_UNUSED static inline const temporal_type *record##_type(void)    \
    {                                                                         \
        typedef record temporal_row_;                                         \
        static const temporal_field fields[] = { FIELDS(TEMPORAL_ROW_) };     \
        static const temporal_type type = { TEMPORAL_KIND_RECORD,             \
                                            #record,                          \
                                            sizeof(record),                   \
                                            fields,                           \
                                            sizeof fields / sizeof fields[0], \
                                            NULL,                             \
                                            NULL,                             \
                                            0,                                \
                                            0 };                              \
        return &type;                                                         \
    }                                                                         \
    TEMPORAL_LIST(record)

/* TEMPORAL_LIST(x) makes x_list { items, count }; TEMPORAL_SET(x) the like x_set. */
#define TEMPORAL_LIST(element) TEMPORAL_SEQUENCE_(element, list, TEMPORAL_KIND_LIST)
#define TEMPORAL_SET(element)  TEMPORAL_SEQUENCE_(element, set, TEMPORAL_KIND_SET)
#define TEMPORAL_SEQUENCE_(element, suffix, kind)                                      \
    typedef struct element##_##suffix {                                                \
        const element *items;                                                          \
        size_t count;                                                                  \
    } element##_##suffix;                                                              \
    TEMPORAL_UNUSED static inline const temporal_type *element##_##suffix##_type(void) \
    {                                                                                  \
        static const temporal_type type = { kind,                                      \
                                            #element "_" #suffix,                      \
                                            sizeof(element##_##suffix),                \
                                            NULL,                                      \
                                            0,                                         \
                                            element##_type,                            \
                                            NULL,                                      \
                                            0,                                         \
                                            0 };                                       \
        return &type;                                                                  \
    }

/* TEMPORAL_OPTIONAL(x) makes x_optional, a pointer to a const x that may be NULL. */
#define TEMPORAL_OPTIONAL(element)                                                   \
    typedef const element *element##_optional;                                       \
    TEMPORAL_UNUSED static inline const temporal_type *element##_optional_type(void) \
    {                                                                                \
        static const temporal_type type = { TEMPORAL_KIND_OPTIONAL,                  \
                                            #element "_optional",                    \
                                            sizeof(element##_optional),              \
                                            NULL,                                    \
                                            0,                                       \
                                            element##_type,                          \
                                            NULL,                                    \
                                            0,                                       \
                                            0 };                                     \
        return &type;                                                                \
    }

/* TEMPORAL_MAP(x) makes x_map { entries { key, value }, count }, keys are strings. */
#define TEMPORAL_MAP(element)                                                       \
    typedef struct element##_map_entry {                                            \
        const char *key;                                                            \
        element value;                                                              \
    } element##_map_entry;                                                          \
    typedef struct element##_map {                                                  \
        const element##_map_entry *entries;                                         \
        size_t count;                                                               \
    } element##_map;                                                                \
    TEMPORAL_UNUSED static inline const temporal_type *element##_map_type(void)     \
    {                                                                               \
        static const temporal_type type = { TEMPORAL_KIND_MAP,                      \
                                            #element "_map",                        \
                                            sizeof(element##_map),                  \
                                            NULL,                                   \
                                            0,                                      \
                                            element##_type,                         \
                                            NULL,                                   \
                                            sizeof(element##_map_entry),            \
                                            offsetof(element##_map_entry, value) }; \
        return &type;                                                               \
    }

/* An enum, written as its names, read from names or numbers.
 *
 *     #define COLOUR(NAME)  \
 *         NAME(COLOUR_RED, "red", 0)  NAME(COLOUR_BLUE, "blue", 1)
 *     TEMPORAL_ENUM(colour, COLOUR) */
#define TEMPORAL_ENUM(name, NAMES)                                                \
    enum {                                                                        \
        NAMES(TEMPORAL_ENUM_CONSTANT_)                                            \
    };                                                                            \
    typedef int32_t name;                                                         \
    TEMPORAL_UNUSED static inline const temporal_type *name##_type(void)          \
    {                                                                             \
        static const temporal_enumerator names[] = { NAMES(TEMPORAL_ENUM_ROW_) }; \
        static const temporal_type type = { TEMPORAL_KIND_ENUM,                   \
                                            #name,                                \
                                            sizeof(name),                         \
                                            NULL,                                 \
                                            sizeof names / sizeof names[0],       \
                                            NULL,                                 \
                                            names,                                \
                                            0,                                    \
                                            0 };                                  \
        return &type;                                                             \
    }

#define TEMPORAL_MEMBER_(T, name)                   T name;
#define TEMPORAL_ROW_(T, name)                      { #name, offsetof(temporal_row_, name), T##_type },
#define TEMPORAL_ENUM_CONSTANT_(name, text, number) name = (number),
#define TEMPORAL_ENUM_ROW_(name, text, number)      { text, number },

TEMPORAL_LIST(temporal_string)
TEMPORAL_LIST(temporal_int)
TEMPORAL_LIST(temporal_double)

/* --- memos and search attributes ---------------------------------------------------------- */

/** An entry of a memo or a search attribute: a name with a value of a type. */
typedef struct temporal_entry {
    const char *name; /* NULL ends the list */
    const temporal_type *type;
    const void *value;
} temporal_entry;

/* A string as a search attribute is a Keyword. These are strings that are indexed otherwise: by
 * their words, or as a point in time ("2026-11-23T10:00:00Z"). */
typedef const char *temporal_text;
typedef const char *temporal_datetime;
TEMPORAL_API const temporal_type *temporal_text_type(void);
TEMPORAL_API const temporal_type *temporal_datetime_type(void);

TEMPORAL_END
#endif
