/* SPDX-License-Identifier: MIT */
/* testing/listening_port.h -- on which port another process listens.
 *
 * Asked of the system and not by connecting: whoever answers on a port may be somebody else, who
 * took it first. */
#ifndef TP_TESTING_LISTENING_PORT_H
#define TP_TESTING_LISTENING_PORT_H

#include <sys/types.h>

/** The port when the process listens on it, any port of its own for 0; 0 as long as it does not. */
int tp_listening_port(pid_t pid, int port);

#endif
