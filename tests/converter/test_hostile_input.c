/* SPDX-License-Identifier: MIT */
/* The fuzz targets on inputs that are the same in every run: good ones, and what becomes of them
 * when bytes are cut out, changed, doubled and mixed. */
#include <string.h>

#include "tests/support/support.h"

#define LLVMFuzzerTestOneInput fuzz_json_one
#include "tests/fuzz/fuzz_json.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_failure_one
#include "tests/fuzz/fuzz_failure.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_proto_json_one
#include "tests/fuzz/fuzz_proto_json.c"
#undef LLVMFuzzerTestOneInput

#include "base/alloc.h"

#define ROUNDS 40000
#define ROOM   4096

struct seed {
    const char *bytes;
    size_t size;
};

#define SEED(literal)                  \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }

static const struct seed json_seeds[] = {
    SEED("\x00{\"n\":1,\"l\":[{\"b\":true,\"i\":-3,\"u\":18446744073709551615,\"d\":1.5e3,"
         "\"s\":\"\\u00e9\\ud83d\\ude00\",\"y\":\"YWI=\",\"k\":\"b\",\"j\":[1,{}]}],\"o\":{},"
         "\"m\":{\"a\":{\"k\":1}},\"t\":[{},{}],\"s\":[\"a\",\"a\"],\"x\":{\"q\":[1,2]}}"),
    SEED("\x01{\"b\":true,\"i\":1,\"y\":[1,2,255],\"unknown\":[[],{}],\"b\":false,\"d\":1e-7}"),
    SEED("\x02 [1, {\"a\" : [true, false, null]}, \"\\u0000\", 1e999] "),
    SEED("\x03\"gr\xc3\xbc\xc3\x9f \\\"\\\\\\n\""),
    SEED("\x04\"Zm9vYmE=\""),
    SEED("\x06"
         "18446744073709551615"),
    SEED("\x07-1.7976931348623157e308"),
    SEED("\x0c[{\"s\":\"a\"},{\"s\":\"a\",\"i\":0},{\"d\":5e-324}]"),
    SEED("\x0e[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["),
};

static const struct seed failure_seeds[] = {
    SEED("\x0a\x03msg\x12\x09PythonSDK\x1a\x04tb\n2\x22\x1b\x0a\x07'inner'\x1a\x04tb\n1*"
         "\x0a\x0a\x08KeyE"
         "rror*Q\x0a\x01T\x10\x01\x1a>\x0a\x1b\x0a\x16\x0a\x08"
         "encoding\x12\x0ajson/plain\x12\x01"
         "1"
         "\x0a\x1f\x0a\x16\x0a\x08"
         "encoding\x12\x0ajson/plain\x12\x05\"two\"\"\x08\x08\x01\x10\x80\xca"
         "\xb5\xee\x01(\x01"),
    SEED("\x0a\x01"
         "a\x22\x12\x22\x08j\x06\x12\x04\x0a\x02qq2\x06\x08\x01\x12\x02\x0a\x00Z\x05\"\x03\x0a"
         "\x01x"),
    SEED("\x0a\x1e\x0a\x16\x0a\x08"
         "encoding\x12\x0ajson/plain\x12\x04\"ab\"\x0a\x1b\x0a\x16\x0a\x08"
         "enc"
         "oding\x12\x0ajson/plain\x12\x01"
         "5\x0a\x19\x0a\x17\x0a\x08"
         "encoding\x12\x0b"
         "binary/null\x0a"
         "\x1e\x0a\x18\x0a\x08"
         "encoding\x12\x0c"
         "binary/plain\x12\x02\x00\xff"),
    SEED("\"\x02\"\x00\"\x02\"\x00"),
};

static const struct seed proto_json_seeds[] = {
    SEED("\x08{\"events\":[{\"eventId\":\"1\",\"eventTime\":\"2026-11-23T10:00:00.5Z\","
         "\"eventType\":\"WorkflowExecutionStarted\",\"workflowExecutionStartedEventAttributes\":"
         "{\"input\":[1,null,{\"_protoMessageType\":\"a.B\",\"c\":1}],\"memo\":{\"fields\":"
         "{\"k\":{\"metadata\":{\"encoding\":\"anNvbi9wbGFpbg==\"},\"data\":\"NQ==\"}}},"
         "\"workflowTaskTimeout\":\"-10.25s\",\"attempt\":\"1\",\"retryPolicy\":"
         "{\"backoffCoefficient\":2,\"maximumAttempts\":3}}},{\"event_id\":2,\"eventType\":7}]}"),
    SEED("\x01{\"payloads\":[{\"metadata\":{\"a\":\"YQ==\",\"a\":\"-_-_\"},\"data\":\"aGk\"},{}]}"),
    SEED("\x02{\"a\":[null,true,-0.5,\"x\",{},[[[[]]]]],\"a\":1e300,\"\":{}}"),
    SEED("\x03{\"@type\":\"x/google.protobuf.Value\",\"value\":{\"@type\":[1]}}"),
    SEED("\x03{\"workflowId\":\"w\",\"@type\":\"a/temporal.api.common.v1.WorkflowExecution\"}"),
    SEED("\x04\"fooBar.baz,q,,aB\""),
    SEED("\x05\"-Infinity\""),
    SEED("\x05"
         "123456.789e-3"),
    SEED(
        "\x06{\"cause\":{\"cause\":{\"applicationFailureInfo\":{\"details\":{},\"type\":\"t\"}}}}"),
    SEED("\x07{\"body\":{\"@type\":\"t/temporal.api.update.v1.Request\",\"input\":{\"name\":\"n\","
         "\"args\":{}}},\"eventId\":\"5\"}"),
};

static uint64_t random_state;

static size_t random_below(size_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 11) % limit;
}

static size_t change(uint8_t *bytes, size_t size, const struct seed *other)
{
    size_t at = size ? random_below(size) : 0, count = size ? random_below(size - at) + 1 : 0;

    switch (random_below(6)) {
    case 0: /* a bit */
        if (size)
            bytes[at] ^= (uint8_t)(1u << random_below(8));
        return size;
    case 1: /* a byte */
        if (size)
            bytes[at] = (uint8_t)random_below(256);
        return size;
    case 2: /* a piece less */
        memmove(bytes + at, bytes + at + count, size - at - count);
        return size - count;
    case 3: /* a piece twice */
        if (size + count > ROOM)
            return size;
        memmove(bytes + at + count, bytes + at, size - at);
        return size + count;
    case 4: /* cut off */
        return at;
    default: /* goes on as another one does */
        count = random_below(other->size);
        if (at + other->size - count > ROOM)
            return size;
        memcpy(bytes + at, other->bytes + count, other->size - count);
        return at + other->size - count;
    }
}

static void run(int (*target)(const uint8_t *, size_t), const struct seed *seeds, size_t count)
{
    uint8_t *bytes = tp_alloc(ROOM);

    random_state = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < count; i++) /* as they are, and each beginning of them */
        for (size_t size = 0; size <= seeds[i].size; size++) {
            uint8_t *copy = tp_memdup(seeds[i].bytes, size);

            target(copy, size);
            tp_free(copy);
        }
    for (size_t round = 0; round < ROUNDS; round++) {
        const struct seed *seed = &seeds[round % count];
        size_t size = seed->size;
        uint8_t *copy;

        memcpy(bytes, seed->bytes, size);
        for (size_t edits = 1 + random_below(4); edits > 0; edits--)
            size = change(bytes, size, &seeds[random_below(count)]);
        copy = tp_memdup(bytes, size); /* of that size: a sanitizer sees a byte too many */
        target(copy, size);
        tp_free(copy);
    }
    tp_free(bytes);
}

static void any_text_is_read_or_refused_and_what_was_read_is_written_the_same(void **state)
{
    (void)state;
    run(fuzz_json_one, json_seeds, sizeof(json_seeds) / sizeof(json_seeds[0]));
}

static void any_bytes_are_a_failure_or_refused(void **state)
{
    (void)state;
    run(fuzz_failure_one, failure_seeds, sizeof(failure_seeds) / sizeof(failure_seeds[0]));
}

static void any_text_is_a_message_or_refused_and_what_was_read_is_written_the_same(void **state)
{
    (void)state;
    run(fuzz_proto_json_one, proto_json_seeds,
        sizeof(proto_json_seeds) / sizeof(proto_json_seeds[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_text_is_read_or_refused_and_what_was_read_is_written_the_same),
        cmocka_unit_test(any_bytes_are_a_failure_or_refused),
        cmocka_unit_test(any_text_is_a_message_or_refused_and_what_was_read_is_written_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
