/* SPDX-License-Identifier: MIT */
/* executor/control.c -- messages with descriptors over a Unix socket. */
#include "executor/control.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* How long a fork server may be busy, before it is taken to be stopped. */
#define ROOM_TIMEOUT_MS 2000

/* Aligned as a control message has to be. */
typedef union ancillary {
    char bytes[CMSG_SPACE(sizeof(int) * TP_CONTROL_FDS)];
    struct cmsghdr align;
} ancillary;

int tp_control_send(int socket, const tp_control *message, const int *fds, size_t count, bool wait)
{
    tp_control copy = *message;
    struct iovec part = { .iov_base = &copy, .iov_len = sizeof copy };
    struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
    ancillary extra;

    if (count > 0) {
        struct cmsghdr *rights;

        memset(&extra, 0, sizeof extra);
        header.msg_control = extra.bytes;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
        memcpy(CMSG_DATA(rights), fds, sizeof(int) * count);
    }
    while (sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        struct pollfd room = { .fd = socket, .events = POLLOUT };

        if (errno == EINTR)
            continue;
        if (errno != EAGAIN || !wait || poll(&room, 1, ROOM_TIMEOUT_MS) == 0)
            return errno;
    }
    return 0;
}

static void take_fds(struct msghdr *header, int fds[TP_CONTROL_FDS])
{
    size_t taken = 0;

    for (struct cmsghdr *at = CMSG_FIRSTHDR(header); at; at = CMSG_NXTHDR(header, at)) {
        size_t count;

        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
            continue;
        count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(at) + i * sizeof fd, sizeof fd);
            if (taken < TP_CONTROL_FDS)
                fds[taken++] = fd;
            else
                close(fd);
        }
    }
}

tp_control_result tp_control_receive(int socket, tp_control *message, int fds[TP_CONTROL_FDS])
{
    struct iovec part = { .iov_base = message, .iov_len = sizeof *message };
    ancillary extra;
    struct msghdr header = { .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = extra.bytes,
                             .msg_controllen = sizeof extra.bytes };
    ssize_t size;

    for (size_t i = 0; i < TP_CONTROL_FDS; i++)
        fds[i] = -1;
    do {
        size = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size < 0 && errno == EAGAIN)
        return TP_CONTROL_EMPTY;
    if (size > 0)
        take_fds(&header, fds);
    if (size == (ssize_t)sizeof *message) {
        message->text[TP_CONTROL_TEXT - 1] = '\0';
        return TP_CONTROL_RECEIVED;
    }
    for (size_t i = 0; i < TP_CONTROL_FDS; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
    return TP_CONTROL_ENDED;
}
