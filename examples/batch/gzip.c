/* SPDX-License-Identifier: MIT */
/* gzip.c -- one member of a gzip file, and the proof that a file was kept. */
#include "gzip.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>

enum {
    GZIP_FORMAT = 15 + 16, /* the largest window, with a gzip header */
    GZIP_HEADER = 18       /* and trailer */
};

size_t gzip_bound(size_t size)
{
    return compressBound(size) + GZIP_HEADER;
}

size_t gzip_member(const void *input, size_t size, void *output, size_t capacity)
{
    z_stream stream;
    size_t written;

    memset(&stream, 0, sizeof stream);
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_FORMAT, 8,
                     Z_DEFAULT_STRATEGY))
        return 0;
    stream.next_in = (Bytef *)(uintptr_t)input;
    stream.avail_in = (uInt)size;
    stream.next_out = output;
    stream.avail_out = (uInt)capacity;
    written = deflate(&stream, Z_FINISH) == Z_STREAM_END ? stream.total_out : 0;
    deflateEnd(&stream);
    return written;
}

static bool same_bytes(gzFile packed, FILE *original)
{
    static char unpacked[1 << 16], expected[1 << 16];

    for (;;) {
        const int got = gzread(packed, unpacked, sizeof unpacked);
        const size_t size = fread(expected, 1, sizeof expected, original);

        if (got < 0 || (size_t)got != size || memcmp(unpacked, expected, size) != 0)
            return false;
        if (got == 0)
            return !ferror(original) && !gzdirect(packed); /* and it was one */
    }
}

bool gzip_equals(const char *packed, const char *original)
{
    gzFile left = gzopen(packed, "rb");
    FILE *right = fopen(original, "rb");
    const bool equal = left && right && same_bytes(left, right);

    if (right)
        fclose(right);
    /* Z_BUF_ERROR: the last member is cut off */
    if (left && gzclose(left) != Z_OK)
        return false;
    return equal;
}
