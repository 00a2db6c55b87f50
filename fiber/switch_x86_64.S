/* SPDX-License-Identifier: MIT */
/* fiber/switch_x86_64.S -- the switch of stacks on x86-64 (System V calling convention). */
#if defined(__x86_64__)
    .text

/* void tp_fiber_switch(void **save: rdi, void *to: rsi)
 *
 * The stack that is left, from its pointer up: float control, r15, r14, r13, r12, rbx, rbp, return. */
    .globl tp_fiber_switch
    .hidden tp_fiber_switch
    .type tp_fiber_switch, @function
    .p2align 4
tp_fiber_switch:
    .cfi_startproc
    endbr64
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    subq $8, %rsp
    .cfi_adjust_cfa_offset 8
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movq %rsp, (%rdi)

    movq %rsi, %rsp             /* both stacks look alike here, so the unwinder's rules hold on */
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    addq $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq %r15
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r15
    popq %r14
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r14
    popq %r13
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r13
    popq %r12
    .cfi_adjust_cfa_offset -8
    .cfi_restore %r12
    popq %rbx
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbx
    popq %rbp
    .cfi_adjust_cfa_offset -8
    .cfi_restore %rbp
    ret
    .cfi_endproc
    .size tp_fiber_switch, . - tp_fiber_switch

/* The return address of a new stack: r12 is the function, r13 its argument, rsp is 16-aligned. */
    .globl tp_fiber_entry
    .hidden tp_fiber_entry
    .type tp_fiber_entry, @function
    .p2align 4
tp_fiber_entry:
    .cfi_startproc
    .cfi_undefined %rip         /* nobody called: a backtrace ends here */
    endbr64
    movq %r13, %rdi
    callq *%r12
    ud2
    .cfi_endproc
    .size tp_fiber_entry, . - tp_fiber_entry
#endif
    .section .note.GNU-stack, "", %progbits
