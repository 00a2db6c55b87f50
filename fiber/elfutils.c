/* SPDX-License-Identifier: MIT */
/* fiber/elfutils.c -- elfutils' libdw, loaded by the first report that wants names. */
#include "fiber/elfutils.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/log.h"

#define LIBRARY "libdw.so.1"

static tp_elfutils loaded;
static bool is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);

    /* C has no cast from an object's address to a function's. */
    memcpy(function, &found, sizeof found);
    return found;
}

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool complete = library;

#define FIND(name) complete = complete && find(library, "dwfl_" #name, &loaded.name)
    TP_ELFUTILS_FUNCTIONS(FIND);
#undef FIND
    is_loaded = complete;
    if (!complete)
        tp_log(TEMPORAL_LOG_WARN, "fiber",
               "stack traces will name no functions until elfutils' " LIBRARY
               " can be loaded (Debian package libdw1): %s",
               dlerror());
}

const tp_elfutils *tp_elfutils_load(void)
{
    pthread_once(&once, load);
    return is_loaded ? &loaded : NULL;
}
