/* SPDX-License-Identifier: MIT */
/* shm/board.c -- see board.h. Cells are made of atomic words, so that a reader may look while they
 * are being written. */
#include "shm/board.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "shm/segment.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

#define MAGIC       UINT64_C(0x64616f622d6d7074)
#define HEADER_SIZE 64
#define SIZE_SEALS  (F_SEAL_SHRINK | F_SEAL_GROW)
#define TRIES       1000

typedef struct header {
    uint64_t magic;
    uint32_t version, count;
    uint64_t worker_size, process_size;
} header;

typedef _Atomic uint64_t word;

_Static_assert(sizeof(header) <= HEADER_SIZE, "the header has its place");
_Static_assert(sizeof(tp_board_worker) % 8 == 0 && sizeof(tp_board_process) % 8 == 0,
               "a cell is made of whole words");

/* A cell is its sequence number, then the words of what it holds. */
#define WORKER_CELL  (8 + sizeof(tp_board_worker))
#define PROCESS_CELL (8 + sizeof(tp_board_process))

static size_t size_of(size_t count)
{
    return tp_segment_pages(HEADER_SIZE + WORKER_CELL + count * PROCESS_CELL);
}

static size_t process_offset(size_t index)
{
    return HEADER_SIZE + WORKER_CELL + index * PROCESS_CELL;
}

/* --- the worker's side ------------------------------------------------------------------------ */

/* The worker's own mapping is made before the seal, and stays writable. Without a kernel that knows
 * it, the descriptor that is given away is at least open for reading only. */
static temporal_error *make_memory(tp_board *board)
{
    int fd = memfd_create("temporal-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *base = MAP_FAILED;
    char path[64];
    int reason;

    if (fd >= 0 && ftruncate(fd, (off_t)board->size) == 0 &&
        fcntl(fd, F_ADD_SEALS, SIZE_SEALS) == 0)
        base = mmap(NULL, board->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base != MAP_FAILED) {
        (void)fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
        (void)fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        board->fd = open(path, O_RDONLY | O_CLOEXEC);
        board->base = base;
    }
    reason = errno;
    if (fd >= 0)
        close(fd);
    if (board->fd >= 0)
        return TEMPORAL_OK;
    return tp_error_system(reason, "cannot make a board of %zu KiB for those who watch the worker",
                           board->size >> 10);
}

temporal_error *tp_board_new(tp_board *board, size_t count)
{
    temporal_error *error;
    header head = { .magic = MAGIC,
                    .version = TP_BOARD_VERSION,
                    .count = (uint32_t)count,
                    .worker_size = sizeof(tp_board_worker),
                    .process_size = sizeof(tp_board_process) };

    assert(count <= TP_BOARD_PROCESSES_MAX);
    *board = (tp_board){ .fd = -1, .count = count, .size = size_of(count) };
    error = make_memory(board);
    if (error) {
        tp_board_done(board);
        return error;
    }
    board->shown = tp_alloc_array(count ? count : 1, sizeof *board->shown);
    memcpy(board->base, &head, sizeof head);
    return TEMPORAL_OK;
}

void tp_board_done(tp_board *board)
{
    if (board->base)
        munmap(board->base, board->size);
    if (board->fd >= 0)
        close(board->fd);
    tp_free(board->shown);
    *board = (tp_board){ .fd = -1 };
}

static void write_cell(uint8_t *at, const void *from, size_t size)
{
    word *cell = (word *)(void *)at;
    uint64_t sequence = atomic_load_explicit(cell, memory_order_relaxed);

    atomic_store_explicit(cell, sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    for (size_t i = 0; i < size / 8; i++) {
        uint64_t value;

        memcpy(&value, (const uint8_t *)from + i * 8, 8);
        atomic_store_explicit(&cell[1 + i], value, memory_order_relaxed);
    }
    atomic_store_explicit(cell, sequence + 2, memory_order_release);
}

static void show(tp_board *board, size_t offset, void *shown, const void *now, size_t size)
{
    if (memcmp(shown, now, size) == 0)
        return;
    memcpy(shown, now, size);
    write_cell(board->base + offset, now, size);
    board->writes++;
}

void tp_board_show_worker(tp_board *board, const tp_board_worker *worker)
{
    show(board, HEADER_SIZE, &board->shown_worker, worker, sizeof *worker);
}

void tp_board_show_process(tp_board *board, size_t index, const tp_board_process *process)
{
    assert(index < board->count);
    show(board, process_offset(index), &board->shown[index], process, sizeof *process);
}

void tp_board_set_text(char text[TP_BOARD_TEXT], const char *from)
{
    size_t size = from ? strnlen(from, TP_BOARD_TEXT) : 0;

    if (size == TP_BOARD_TEXT)
        for (size--; size > 0 && ((unsigned char)from[size] & 0xc0) == 0x80; size--)
            continue;
    memset(text, 0, TP_BOARD_TEXT);
    if (size > 0)
        memcpy(text, from, size);
}

/* --- a watcher's side ------------------------------------------------------------------------- */

static temporal_error *is_none(const char *why)
{
    return temporal_error_new(TEMPORAL_ERROR_SYSTEM, "what the worker shows is no board: %s", why);
}

static const char *check(const header *head, size_t size)
{
    if (head->magic != MAGIC)
        return "it begins with something else";
    if (head->version != TP_BOARD_VERSION)
        return "its version is another one: use the temporal-top of the worker's library";
    if (head->worker_size != sizeof(tp_board_worker) ||
        head->process_size != sizeof(tp_board_process) || head->count > TP_BOARD_PROCESSES_MAX ||
        size != size_of(head->count))
        return "its sizes do not fit together";
    return NULL;
}

temporal_error *tp_board_open(tp_board_view *view, int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    struct stat status;
    const char *why;
    void *base;
    header head;

    /* Its size must not change any more: a mapping that loses its memory is a SIGBUS. */
    if (seals < 0 || (seals & SIZE_SEALS) != SIZE_SEALS)
        return is_none("it is not sealed");
    if (fstat(fd, &status) != 0 || status.st_size < HEADER_SIZE ||
        (size_t)status.st_size > size_of(TP_BOARD_PROCESSES_MAX))
        return is_none("its size cannot be");
    base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return tp_error_system(errno, "cannot map a worker's board");
    memcpy(&head, base, sizeof head);
    why = check(&head, (size_t)status.st_size);
    if (why) {
        munmap(base, (size_t)status.st_size);
        return is_none(why);
    }
    *view = (tp_board_view){ .base = base, .size = (size_t)status.st_size, .count = head.count };
    return TEMPORAL_OK;
}

void tp_board_close(tp_board_view *view)
{
    if (view->base)
        munmap((void *)(uintptr_t)view->base, view->size);
    *view = (tp_board_view){ 0 };
}

static bool read_cell(const uint8_t *at, void *to, size_t size)
{
    const word *cell = (const word *)(const void *)at;

    for (int tries = 0; tries < TRIES; tries++) {
        uint64_t before = atomic_load_explicit(cell, memory_order_acquire), value;

        if (before % 2 == 0) {
            for (size_t i = 0; i < size / 8; i++) {
                value = atomic_load_explicit(&cell[1 + i], memory_order_relaxed);
                memcpy((uint8_t *)to + i * 8, &value, 8);
            }
            atomic_thread_fence(memory_order_acquire);
            if (atomic_load_explicit(cell, memory_order_relaxed) == before)
                return true;
        }
        sched_yield();
    }
    return false;
}

bool tp_board_read_worker(const tp_board_view *view, tp_board_worker *worker)
{
    if (!read_cell(view->base + HEADER_SIZE, worker, sizeof *worker))
        return false;
    worker->task_queue[TP_BOARD_TEXT - 1] = '\0';
    worker->namespace_name[TP_BOARD_TEXT - 1] = '\0';
    worker->identity[TP_BOARD_TEXT - 1] = '\0';
    return true;
}

bool tp_board_read_process(const tp_board_view *view, size_t index, tp_board_process *process)
{
    assert(index < view->count);
    if (!read_cell(view->base + process_offset(index), process, sizeof *process))
        return false;
    process->activity_type[TP_BOARD_TEXT - 1] = '\0';
    process->activity_id[TP_BOARD_TEXT - 1] = '\0';
    process->workflow_id[TP_BOARD_TEXT - 1] = '\0';
    return true;
}
