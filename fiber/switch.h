/* SPDX-License-Identifier: MIT */
/* fiber/switch.h -- from one stack to another: the few lines that C cannot say.
 *
 * One file for each processor (switch_x86_64.S, switch_aarch64.S), empty on the others. What a
 * switch saves lies on the stack that is left, and the stack pointer below it names the whole. */
#ifndef TP_FIBER_SWITCH_H
#define TP_FIBER_SWITCH_H

/** Saves the registers that a call must keep, the rounding mode and the exception masks included;
 * stores the stack pointer in *save and goes on where the stack to was left. */
void tp_fiber_switch(void **save, void *to);
/** Where a new stack begins: calls its function with its argument. Never called by name. */
void tp_fiber_entry(void);

/* How a stack has to look so that the first switch to it enters tp_fiber_entry: words from its end,
 * which is 16-aligned, down to the saved stack pointer. */
#if defined(__x86_64__)
#define TP_SWITCH_WORDS    10
#define TP_SWITCH_FLOATS   0 /* x87 control word << 32 | MXCSR */
#define TP_SWITCH_ARGUMENT 3 /* r13 */
#define TP_SWITCH_FUNCTION 4 /* r12 */
#define TP_SWITCH_RETURN   7
#elif defined(__aarch64__)
#define TP_SWITCH_WORDS    22
#define TP_SWITCH_FUNCTION 8  /* x19 */
#define TP_SWITCH_ARGUMENT 9  /* x20 */
#define TP_SWITCH_RETURN   19 /* x30 */
#else
#error "coroutines: no switch is written for this processor; see fiber/switch.h"
#endif

#endif
