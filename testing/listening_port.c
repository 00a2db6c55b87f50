/* SPDX-License-Identifier: MIT */
/* testing/listening_port.c -- on which port another process listens, from /proc. */
#include "testing/listening_port.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buffer.h"

#define LISTENING 0x0A

/* The inodes of the process's sockets, as an array of unsigned long. */
static void list_sockets(pid_t pid, tp_buffer *inodes)
{
    char path[64];
    const struct dirent *entry;
    DIR *folder;

    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    folder = opendir(path);
    if (!folder)
        return;
    while ((entry = readdir(folder)) != NULL) {
        char target[64];
        const ssize_t size = readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1);
        unsigned long inode;

        target[size > 0 ? size : 0] = '\0';
        if (sscanf(target, "socket:[%lu]", &inode) == 1)
            tp_buffer_append(inodes, &inode, sizeof inode);
    }
    closedir(folder);
}

static bool has(const tp_buffer *inodes, unsigned long inode)
{
    const unsigned long *const all = (const unsigned long *)(const void *)inodes->data;

    for (size_t i = 0; i < inodes->size / sizeof *all; i++)
        if (all[i] == inode)
            return true;
    return false;
}

/* table: "tcp" or "tcp6", in which a line is
 *   sl  local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ...
 */
static int find_port(pid_t pid, const char *table, const tp_buffer *inodes, int wanted)
{
    char text[512];
    int found = 0;
    FILE *lines;

    (void)snprintf(text, sizeof text, "/proc/%d/net/%s", (int)pid, table);
    lines = fopen(text, "re");
    if (!lines)
        return 0;
    while (!found && fgets(text, sizeof text, lines)) {
        unsigned port, state;
        unsigned long inode;

        if (sscanf(text, "%*s %*[^:]:%x %*s %x %*s %*s %*s %*s %*s %lu", &port, &state, &inode) ==
                3 &&
            state == LISTENING && (!wanted || (int)port == wanted) && has(inodes, inode))
            found = (int)port;
    }
    (void)fclose(lines);
    return found;
}

int tp_listening_port(pid_t pid, int port)
{
    tp_buffer inodes = { 0 };
    int found;

    list_sockets(pid, &inodes);
    found = find_port(pid, "tcp", &inodes, port);
    if (!found)
        found = find_port(pid, "tcp6", &inodes, port);
    tp_buffer_done(&inodes);
    return found;
}
