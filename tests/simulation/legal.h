/* SPDX-License-Identifier: MIT */
/* legal.h -- walks a history by the rules of the model: each event must be one that the server may
 * write there, and name the right events. */
#ifndef TESTS_SIMULATION_LEGAL_H
#define TESTS_SIMULATION_LEGAL_H

#include <stdbool.h>
#include <stddef.h>

#include "temporal/api/history/v1/message.pb-c.h"

/** False: problem says which event is not legal, and why. */
bool legal_history(Tp__History__HistoryEvent *const *events, size_t count, char *problem,
                   size_t size);

#endif
