/* SPDX-License-Identifier: MIT */
/* connected.c -- the one client that the tests of a program share. */
#include "tests/client/connected.h"

temporal_client *client;

int open_client(void **state)
{
    (void)state;
    client = test_connect();
    return 0;
}

int close_client(void **state)
{
    (void)state;
    temporal_client_free(client);
    return 0;
}
