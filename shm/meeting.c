/* SPDX-License-Identifier: MIT */
/* shm/meeting.c -- see meeting.h: the folder, the sockets in it, and packets. */
#include "shm/meeting.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/uuid.h"

#define MAGIC   UINT32_C(0x746d7074)
#define BACKLOG 8

/* --- the folder ------------------------------------------------------------------------------- */

size_t tp_meeting_folders(char folders[TP_MEETING_FOLDERS][TP_MEETING_PATH])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    size_t count = 0;

    if (runtime && *runtime == '/' && strlen(runtime) + sizeof "/temporal" <= TP_MEETING_PATH)
        (void)snprintf(folders[count++], TP_MEETING_PATH, "%s/temporal", runtime);
    (void)snprintf(folders[count++], TP_MEETING_PATH, "/tmp/temporal-%u", (unsigned)geteuid());
    return count;
}

temporal_error *tp_meeting_check_folder(const char *folder)
{
    struct stat status;

    if (lstat(folder, &status) != 0)
        return tp_error_system(errno, "cannot look for workers in %s", folder);
    if (!S_ISDIR(status.st_mode) || (status.st_mode & 077) != 0 ||
        (status.st_uid != geteuid() && geteuid() != 0))
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM,
                                  "%s is not a folder that this user alone may enter: remove it",
                                  folder);
    return TEMPORAL_OK;
}

static temporal_error *make_folder(const char *folder)
{
    struct stat status;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return tp_error_system(errno, "cannot make %s", folder);
    TEMPORAL_TRY(tp_meeting_check_folder(folder));
    if (lstat(folder, &status) != 0 || status.st_uid != geteuid())
        return temporal_error_new(TEMPORAL_ERROR_SYSTEM, "%s belongs to somebody else", folder);
    return TEMPORAL_OK;
}

temporal_error *tp_meeting_make_folder(char folder[TP_MEETING_PATH])
{
    char folders[TP_MEETING_FOLDERS][TP_MEETING_PATH];
    size_t count = tp_meeting_folders(folders);
    temporal_error *error = TEMPORAL_OK;

    for (size_t i = 0; i < count; i++) {
        temporal_error_free(error);
        error = make_folder(folders[i]);
        if (!error) {
            memcpy(folder, folders[i], TP_MEETING_PATH);
            return TEMPORAL_OK;
        }
    }
    return error;
}

bool tp_meeting_read_name(const char *name, pid_t *pid)
{
    size_t size = strnlen(name, TP_MEETING_NAME), digits = strspn(name, "0123456789");
    size_t rest = digits < size ? strspn(name + digits + 1, "0123456789abcdef") : 0;

    if (size == TP_MEETING_NAME || digits == 0 || digits > 9 || name[digits] != '-' || rest == 0 ||
        digits + 1 + rest != size)
        return false;
    *pid = (pid_t)strtol(name, NULL, 10);
    return *pid > 0;
}

/* --- sockets ---------------------------------------------------------------------------------- */

static bool make_address(struct sockaddr_un *address, const char *folder, const char *name)
{
    int size;

    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    size = snprintf(address->sun_path, sizeof address->sun_path, "%s/%s", folder, name);
    if (size > 0 && (size_t)size < sizeof address->sun_path)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

static int make_socket(void)
{
    return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int give_up(int fd)
{
    int reason = errno;

    close(fd);
    errno = reason;
    return -1;
}

/* Bound under a hidden name, and shown when it listens: a name on which nobody listens is removed
 * by the first who tries it. */
int tp_meeting_listen(const char *folder, char name[TP_MEETING_NAME])
{
    struct sockaddr_un hidden, shown;
    char hidden_name[TP_MEETING_NAME + 1];
    int fd;

    (void)snprintf(name, TP_MEETING_NAME, "%d-%x", (int)getpid(), (unsigned)tp_random());
    (void)snprintf(hidden_name, sizeof hidden_name, ".%s", name);
    if (!make_address(&hidden, folder, hidden_name) || !make_address(&shown, folder, name))
        return -1;
    fd = make_socket();
    if (fd < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)&hidden, sizeof hidden) != 0)
        return give_up(fd);
    if (listen(fd, BACKLOG) != 0 || rename(hidden.sun_path, shown.sun_path) != 0) {
        int reason = errno;

        unlink(hidden.sun_path);
        errno = reason;
        return give_up(fd);
    }
    return fd;
}

void tp_meeting_leave(const char *folder, const char *name)
{
    struct sockaddr_un address;

    if (make_address(&address, folder, name))
        unlink(address.sun_path);
}

int tp_meeting_connect(const char *folder, const char *name)
{
    struct sockaddr_un address;
    int fd;

    if (!make_address(&address, folder, name))
        return -1;
    fd = make_socket();
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (errno == ECONNREFUSED) {
        unlink(address.sun_path);
        errno = ECONNREFUSED;
    }
    return give_up(fd);
}

bool tp_meeting_may_talk(int fd, uid_t user)
{
    struct ucred other;
    socklen_t size = sizeof other;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &other, &size) == 0 &&
           (other.uid == user || other.uid == 0);
}

void tp_meeting_tidy(const char *folder)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;

    while (listing && (entry = readdir(listing)) != NULL) {
        const char *name = entry->d_name;
        pid_t pid;
        int fd;

        if (!tp_meeting_read_name(name + (*name == '.'), &pid) || kill(pid, 0) == 0 ||
            errno != ESRCH)
            continue;
        fd = tp_meeting_connect(folder, name); /* perhaps it lives, with other pids than ours */
        if (fd >= 0)
            close(fd);
    }
    if (listing)
        closedir(listing);
}

/* --- packets ---------------------------------------------------------------------------------- */

static tp_meeting_result result_of(ssize_t size)
{
    if (size >= 0)
        return TP_MEETING_DONE;
    return errno == EAGAIN || errno == EINTR ? TP_MEETING_LATER : TP_MEETING_OVER;
}

tp_meeting_result tp_meeting_ask(int fd, tp_meeting_kind kind, int64_t argument)
{
    const tp_meeting_request request = { .magic = MAGIC, .kind = kind, .argument = argument };

    return result_of(send(fd, &request, sizeof request, MSG_DONTWAIT | MSG_NOSIGNAL));
}

bool tp_meeting_read_request(const void *bytes, size_t size, tp_meeting_request *request)
{
    if (size != sizeof *request)
        return false;
    memcpy(request, bytes, sizeof *request);
    return request->magic == MAGIC;
}

tp_meeting_result tp_meeting_hear(int fd, tp_meeting_request *request)
{
    uint8_t bytes[sizeof *request + 1]; /* one that is longer is not taken for one that fits */
    ssize_t size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (size < 0)
        return result_of(size);
    return tp_meeting_read_request(bytes, (size_t)size, request) ? TP_MEETING_DONE
                                                                 : TP_MEETING_OVER;
}

tp_meeting_result tp_meeting_answer(int fd, const char *why, int carried)
{
    tp_meeting_reply reply = { .magic = MAGIC, .refused = why != NULL };
    struct iovec part = { .iov_base = &reply, .iov_len = sizeof reply };
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = { .room = { 0 } };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

    if (why)
        (void)snprintf(reply.text, sizeof reply.text, "%s", why);
    if (carried >= 0) {
        control.header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
                                           .cmsg_type = SCM_RIGHTS,
                                           .cmsg_len = CMSG_LEN(sizeof(int)) };
        memcpy(CMSG_DATA(&control.header), &carried, sizeof carried);
        message.msg_control = control.room;
        message.msg_controllen = sizeof control.room;
    }
    return result_of(sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL));
}

bool tp_meeting_read_reply(const void *bytes, size_t size, tp_meeting_reply *reply)
{
    if (size != sizeof *reply)
        return false;
    memcpy(reply, bytes, sizeof *reply);
    reply->text[sizeof reply->text - 1] = '\0';
    return reply->magic == MAGIC;
}

tp_meeting_result tp_meeting_receive(int fd, tp_meeting_reply *reply, int *carried)
{
    uint8_t bytes[sizeof *reply + 1];
    struct iovec part = { .iov_base = bytes, .iov_len = sizeof bytes };
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = { .msg_iov = &part,
                              .msg_iovlen = 1,
                              .msg_control = control.room,
                              .msg_controllen = CMSG_LEN(sizeof(int)) }; /* room for one */
    ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    struct cmsghdr *header;

    *carried = -1;
    /* Who closes with a question unread resets the connection: that is told first, and what he said
     * before comes after it. */
    if (size < 0 && errno == ECONNRESET)
        size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0)
        return result_of(size);
    header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(carried, CMSG_DATA(header), sizeof *carried);
    if (tp_meeting_read_reply(bytes, (size_t)size, reply))
        return TP_MEETING_DONE;
    if (*carried >= 0)
        close(*carried);
    *carried = -1;
    return TP_MEETING_OVER;
}
