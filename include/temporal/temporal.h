/* SPDX-License-Identifier: MIT */
/* temporal.h -- the whole of the Temporal SDK for C. */
#ifndef TEMPORAL_H
#define TEMPORAL_H

#include "activity.h"
#include "base.h"
#include "client.h"
#include "contract.h"
#include "diagnosis.h"
#include "dynamic.h"
#include "error.h"
#include "log.h"
#include "value.h"
#include "worker.h"
#include "workflow.h"

#endif
