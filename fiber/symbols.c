/* SPDX-License-Identifier: MIT */
/* fiber/symbols.c -- names of places in code, by way of elfutils. */
#include "fiber/symbols.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "fiber/elfutils.h"

struct tp_symbols {
    const tp_elfutils *elf; /* valid where files is */
    Dwfl_Callbacks callbacks;
    Dwfl *files; /* NULL: they cannot be read */
};

/* Debug information of its own is all that a file is asked for: what elfutils does by default looks
 * into other folders, and may ask a server. */
static int find_nothing(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                        const char *file, const char *link, GElf_Word checksum, char **path)
{
    (void)module, (void)data, (void)name, (void)base;
    (void)file, (void)link, (void)checksum, (void)path;
    return -1;
}

tp_symbols *tp_symbols_open(void)
{
    tp_symbols *symbols = tp_alloc(sizeof(*symbols));
    const tp_elfutils *elf = tp_elfutils_load();

    if (!elf)
        return symbols;
    symbols->elf = elf;
    symbols->callbacks =
        (Dwfl_Callbacks){ .find_elf = elf->linux_proc_find_elf, .find_debuginfo = find_nothing };
    symbols->files = elf->begin(&symbols->callbacks);
    if (symbols->files && (elf->linux_proc_report(symbols->files, getpid()) != 0 ||
                           elf->report_end(symbols->files, NULL, NULL) != 0)) {
        elf->end(symbols->files);
        symbols->files = NULL;
    }
    return symbols;
}

void tp_symbols_close(tp_symbols *symbols)
{
    if (!symbols)
        return;
    if (symbols->files)
        symbols->elf->end(symbols->files);
    tp_free(symbols);
}

/* A call that does not return may be the last of its function: the byte before is inside for sure.
 */
static Dwarf_Addr place(const void *address)
{
    return (Dwarf_Addr)(uintptr_t)address - 1;
}

static Dwfl_Module *module_of(const tp_symbols *symbols, const void *address)
{
    return symbols->files ? symbols->elf->addrmodule(symbols->files, place(address)) : NULL;
}

const char *tp_symbols_function(tp_symbols *symbols, const void *address)
{
    Dwfl_Module *module = module_of(symbols, address);

    return module ? symbols->elf->module_addrname(module, place(address)) : NULL;
}

static const char *file_name(const tp_symbols *symbols, Dwfl_Module *module)
{
    const char *path = symbols->elf->module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
               *slash = NULL;

    if (path)
        slash = strrchr(path, '/');
    return slash ? slash + 1 : path ? path : "?";
}

void tp_symbols_describe(tp_symbols *symbols, const void *address, tp_buffer *out)
{
    Dwfl_Module *module = module_of(symbols, address);
    const char *function = NULL, *source = NULL;
    Dwfl_Line *line = NULL;
    GElf_Off offset = 0;
    GElf_Sym symbol;
    int number = 0;

    if (module) {
        function = symbols->elf->module_addrinfo(module, place(address), &offset, &symbol, NULL,
                                                 NULL, NULL);
        line = symbols->elf->module_getsrc(module, place(address));
    }
    if (line)
        source = symbols->elf->lineinfo(line, NULL, &number, NULL, NULL, NULL);
    if (source && strncmp(source, "./", 2) == 0)
        source += 2;
    if (function && source)
        tp_buffer_format(out, "%s at %s:%d", function, source, number);
    else if (function)
        tp_buffer_format(out, "%s+0x%" PRIx64 " (%s)", function, (uint64_t)offset + 1,
                         file_name(symbols, module));
    else
        tp_buffer_format(out, "0x%" PRIxPTR " (%s)", (uintptr_t)address,
                         module ? file_name(symbols, module) : "?");
}
