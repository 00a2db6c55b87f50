/* SPDX-License-Identifier: MIT */
/* connected.h -- the one client that the tests of a program share. */
#ifndef TESTS_CLIENT_CONNECTED_H
#define TESTS_CLIENT_CONNECTED_H

#include "tests/support/live.h"

extern temporal_client *client;

/** For cmocka: before and after a group of tests. */
int open_client(void **state);
int close_client(void **state);

#endif
