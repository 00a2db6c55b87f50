/* SPDX-License-Identifier: MIT */
/* fiber/elfutils.h -- elfutils' libdw, loaded by the first report that wants names.
 *
 * Few workers ever print a stack. The others start without the library and the four that it needs,
 * and stay half a megabyte smaller. */
#ifndef TP_FIBER_ELFUTILS_H
#define TP_FIBER_ELFUTILS_H

#include <elfutils/libdwfl.h>

#define TP_ELFUTILS_FUNCTIONS(each) \
    each(addrmodule);               \
    each(begin);                    \
    each(end);                      \
    each(lineinfo);                 \
    each(linux_proc_find_elf);      \
    each(linux_proc_report);        \
    each(module_addrinfo);          \
    each(module_addrname);          \
    each(module_getsrc);            \
    each(module_info);              \
    each(report_end)

/* begin is dwfl_begin, and so on. */
#define TP_ELFUTILS_MEMBER(name) __typeof__(dwfl_##name) *name
typedef struct tp_elfutils {
    TP_ELFUTILS_FUNCTIONS(TP_ELFUTILS_MEMBER);
} tp_elfutils;
#undef TP_ELFUTILS_MEMBER

/** NULL where the library cannot be loaded. It stays loaded. From any thread. */
const tp_elfutils *tp_elfutils_load(void);

#endif
