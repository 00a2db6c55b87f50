/* SPDX-License-Identifier: MIT */
/* shm/segment.c -- makes the memory, seals or reserves it, and maps it. */
#include "shm/segment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/uuid.h"

size_t tp_segment_pages(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (size + page - 1) / page * page;
}

/* -1 where the system has no memfd. */
static int make_sealed(size_t size)
{
    int fd = memfd_create("temporal-pool", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -1;
    if (ftruncate(fd, (off_t)size) != 0 ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static temporal_error *make_named(size_t size, int *out)
{
    char name[48];
    int fd, reason;

    do {
        (void)snprintf(name, sizeof name, "/temporal-%016llx", (unsigned long long)tp_random());
        fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0)
        return tp_error_system(errno, "cannot make shared memory for activity processes");
    shm_unlink(name);
    do {
        reason = posix_fallocate(fd, 0, (off_t)size);
    } while (reason == EINTR);
    if (reason != 0) {
        close(fd);
        return tp_error_system(reason,
                               "cannot reserve %zu MiB of /dev/shm for activity processes (make "
                               "it larger, or lower processes.concurrency or .payload_max)",
                               size >> 20);
    }
    *out = fd;
    return NULL;
}

temporal_error *tp_segment_new(tp_segment *segment, size_t size, tp_segment_kind kind)
{
    void *base;
    int fd = kind == TP_SEGMENT_ANY ? make_sealed(size) : -1;
    bool sparse = fd >= 0;

    assert(size > 0 && size == tp_segment_pages(size));
    if (fd < 0)
        TEMPORAL_TRY(make_named(size, &fd));
    base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        int reason = errno;

        close(fd);
        return tp_error_system(reason,
                               "cannot map %zu MiB of memory shared with activity processes (lower "
                               "processes.concurrency or .payload_max)",
                               size >> 20);
    }
    *segment = (tp_segment){ .base = base, .size = size, .fd = fd, .sparse = sparse };
    return NULL;
}

void tp_segment_give_back(uint8_t *base, size_t size)
{
    if (size > 0)
        (void)madvise(base, size, MADV_REMOVE);
}

void tp_segment_close(tp_segment *segment)
{
    if (segment->fd >= 0)
        close(segment->fd);
    segment->fd = -1;
}

void tp_segment_done(tp_segment *segment)
{
    if (segment->base == NULL)
        return;
    munmap(segment->base, segment->size);
    tp_segment_close(segment);
    segment->base = NULL;
}
