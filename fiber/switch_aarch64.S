/* SPDX-License-Identifier: MIT */
/* fiber/switch_aarch64.S -- the switch of stacks on 64-bit ARM (AAPCS64). */
#if defined(__aarch64__)
    .text

/* void tp_fiber_switch(void **save: x0, void *to: x1)
 *
 * The stack that is left, from its pointer up: d8-d15, x19-x28, x29, x30 (return), FPCR, a spare word
 * that keeps it 16-aligned. */
    .globl tp_fiber_switch
    .hidden tp_fiber_switch
    .type tp_fiber_switch, %function
    .p2align 4
tp_fiber_switch:
    .cfi_startproc
    hint #34                    /* bti c */
    sub sp, sp, #0xb0
    .cfi_adjust_cfa_offset 0xb0
    stp d8, d9, [sp, #0x00]
    stp d10, d11, [sp, #0x10]
    stp d12, d13, [sp, #0x20]
    stp d14, d15, [sp, #0x30]
    stp x19, x20, [sp, #0x40]
    stp x21, x22, [sp, #0x50]
    stp x23, x24, [sp, #0x60]
    stp x25, x26, [sp, #0x70]
    stp x27, x28, [sp, #0x80]
    stp x29, x30, [sp, #0x90]
    .cfi_rel_offset x19, 0x40
    .cfi_rel_offset x20, 0x48
    .cfi_rel_offset x21, 0x50
    .cfi_rel_offset x22, 0x58
    .cfi_rel_offset x23, 0x60
    .cfi_rel_offset x24, 0x68
    .cfi_rel_offset x25, 0x70
    .cfi_rel_offset x26, 0x78
    .cfi_rel_offset x27, 0x80
    .cfi_rel_offset x28, 0x88
    .cfi_rel_offset x29, 0x90
    .cfi_rel_offset x30, 0x98
    mrs x9, fpcr
    str x9, [sp, #0xa0]
    mov x9, sp
    str x9, [x0]

    mov sp, x1                  /* both stacks look alike here, so the unwinder's rules hold on */
    ldr x9, [sp, #0xa0]
    msr fpcr, x9
    ldp d8, d9, [sp, #0x00]
    ldp d10, d11, [sp, #0x10]
    ldp d12, d13, [sp, #0x20]
    ldp d14, d15, [sp, #0x30]
    ldp x19, x20, [sp, #0x40]
    ldp x21, x22, [sp, #0x50]
    ldp x23, x24, [sp, #0x60]
    ldp x25, x26, [sp, #0x70]
    ldp x27, x28, [sp, #0x80]
    ldp x29, x30, [sp, #0x90]
    add sp, sp, #0xb0
    .cfi_adjust_cfa_offset -0xb0
    ret
    .cfi_endproc
    .size tp_fiber_switch, . - tp_fiber_switch

/* The return address of a new stack: x19 is the function, x20 its argument. */
    .globl tp_fiber_entry
    .hidden tp_fiber_entry
    .type tp_fiber_entry, %function
    .p2align 4
tp_fiber_entry:
    .cfi_startproc
    .cfi_undefined x30          /* nobody called: a backtrace ends here */
    hint #36                    /* bti j */
    mov x0, x20
    blr x19
    brk #1
    .cfi_endproc
    .size tp_fiber_entry, . - tp_fiber_entry
#endif
    .section .note.GNU-stack, "", %progbits
