/* SPDX-License-Identifier: MIT */
/* tests/model/slot.pml -- the protocol of shm/slot.h, for SPIN.
 *
 * A worker, one slot with two entries, the processes that have it one after the other, and a fork
 * server. Anything may be killed between any two steps: the process KILLS times, the fork server
 * once, the worker once. Checked in every order of steps:
 *
 *   - each attempt is resolved exactly once, as long as there is a worker
 *   - an attempt never runs again after it was resolved, and no process runs what was taken back
 *   - a heartbeat is never torn, and the last one that was published is never lost
 *   - nobody waits for ever (no deadlock), nothing is left when the worker is gone
 *
 * The mutants, each a plausible mistake, must be refuted: CLAIM_BY_STORE (the process does not
 * compare before it takes a task), RESET_BEFORE_DRAIN (the last heartbeat goes with the process),
 * BEAT_IN_PLACE (one buffer for both sides), REVOKE_BY_STORE (the worker does not compare before it
 * takes a task back). */

#define ATTEMPTS 2
#ifndef KILLS
#define KILLS 1
#endif
#define REVOKES 1 /* while the process lives: each makes a new sequence number */
#ifndef BEATS
#define BEATS 1 /* of each attempt, at most */
#endif
#define NONE 255

mtype = { FREE, QUEUED, RUNNING, DONE, REVOKED };

/* --- the slot: what both see ---------------------------------------------------------------- */

typedef entry_t {
    mtype state;
    byte sequence;     /* with it, one word */
    byte attempt;      /* the input */
    byte middle;       /* index of a heartbeat buffer ... */
    bool fresh;        /* ... that nobody has taken yet: with it, one word */
    byte first[3], second[3] /* two halves of what lies in each buffer */
};
entry_t entry[2];
bool bell;

/* --- the truth: the worker's own ------------------------------------------------------------ */

typedef place_t {
    byte attempt;  /* NONE: free */
    byte sequence;
    byte front;
    byte beat      /* the newest that was taken; 0: none */
};
place_t place[2];
bool waiting[ATTEMPTS];
byte sequence;

/* --- who is there --------------------------------------------------------------------------- */

bool worker_alive = true, server_alive = true;
bool process_alive; /* false: it was killed, and takes no further step */
bool process_here;  /* false: it was reaped */
bool process_known; /* false: the worker was told of its end */
bool spawn_asked;
byte kills;

/* --- what is claimed ------------------------------------------------------------------------ */

byte resolved[ATTEMPTS];  /* how often */
byte published[ATTEMPTS]; /* the last heartbeat of the run that counts */
bool running[ATTEMPTS];

inline resolve(which)
{
    ended = which;
    assert(resolved[ended] == 0);
    resolved[ended]++;
    ended = 0
}

/* --- the worker ----------------------------------------------------------------------------- */

inline take_beat(e)
{
    if
    :: entry[e].fresh ->
        d_step {
            swapped = entry[e].middle;
            entry[e].middle = place[e].front;
            entry[e].fresh = false;
            place[e].front = swapped;
            swapped = 0
        }
#ifdef BEAT_IN_PLACE
        place[e].front = 0;
#endif
        half = entry[e].first[place[e].front];
        /* the process may write meanwhile, but not here */
        assert(half == entry[e].second[place[e].front]);
        place[e].beat = half;
        half = 0
    :: else
    fi
}

inline put(e)
{
    do
    :: a < ATTEMPTS && !waiting[a] -> a++
    :: else -> break
    od;
    if
    :: a < ATTEMPTS ->
        d_step {
            waiting[a] = false;
            sequence++;
            place[e].attempt = a;
            place[e].sequence = sequence;
            place[e].front = 1;
            place[e].beat = 0;
            entry[e].attempt = a;
            entry[e].middle = 2;
            entry[e].fresh = false
        }
        d_step { /* one store, release */
            entry[e].state = QUEUED;
            entry[e].sequence = sequence
        }
    :: else
    fi;
    a = 0
}

inline take_back(e) /* compare and swap */
{
    d_step {
        if
#ifdef REVOKE_BY_STORE
        :: place[e].attempt != NONE && entry[e].state != DONE ->
#else
        :: place[e].attempt != NONE && entry[e].state == QUEUED &&
           entry[e].sequence == place[e].sequence ->
#endif
            entry[e].state = REVOKED;
            waiting[place[e].attempt] = true;
            place[e].attempt = NONE
        :: else
        fi
    }
}

inline take_result(e)
{
    if
    :: place[e].attempt != NONE && entry[e].state == DONE &&
       entry[e].sequence == place[e].sequence ->
        take_beat(e);
        assert(place[e].beat == published[place[e].attempt]);
        resolve(place[e].attempt);
        d_step {
            entry[e].state = FREE;
            place[e].attempt = NONE
        }
    :: else
    fi
}

/* After its end: what is done counts, what had not begun waits again, what ran has died. */
inline bury(e)
{
    take_result(e);
    take_back(e);
    if
    :: place[e].attempt != NONE ->
#ifndef RESET_BEFORE_DRAIN
        take_beat(e);
#endif
        assert(place[e].beat == published[place[e].attempt]);
        resolve(place[e].attempt);
        place[e].attempt = NONE
    :: else
    fi;
    d_step {
        entry[e].state = FREE;
        entry[e].sequence = 0;
        entry[e].fresh = false
    }
}

#define ALL_RESOLVED (resolved[0] + resolved[1] == ATTEMPTS)

proctype worker()
{
    byte a = 0, half = 0, lost = 0, ended = 0, swapped = 0, revokes = 0;

    spawn_asked = true;
    do
    :: !worker_alive -> goto gone
    :: worker_alive && ALL_RESOLVED -> goto over
    /* a place is free */
    :: worker_alive && !lost && place[0].attempt == NONE && process_known -> put(0)
    :: worker_alive && !lost && place[1].attempt == NONE && process_known &&
       place[0].attempt != NONE -> put(1)
    /* another process has nothing to do, or this one is to be ended */
    :: worker_alive && revokes < REVOKES && place[0].attempt != NONE &&
       place[1].attempt != NONE ->
        revokes++;
        take_back(1)
    /* rung; and the tick, which does not need to be */
    :: worker_alive && (bell || entry[0].state == DONE || entry[1].state == DONE) ->
        bell = false;
        take_result(0);
        take_result(1)
    :: worker_alive && entry[0].fresh && place[0].attempt != NONE -> take_beat(0)
    /* the fork server tells of an end, or has ended itself: its processes die with it */
    :: worker_alive && process_known && !process_here && !spawn_asked ->
        bury(0);
        bury(1);
        process_known = false;
        if
        :: server_alive -> spawn_asked = true
        :: else
        fi
    :: worker_alive && !server_alive && !process_here && !process_known ->
        lost = 1;
        do
        :: a < ATTEMPTS ->
            if
            :: waiting[a] -> waiting[a] = false; resolve(a)
            :: else
            fi;
            a++
        :: else -> break
        od;
        a = 0
    od;
over:
    worker_alive = false; /* shutdown: all that there was to do is done */
gone:
    skip
}

/* --- the process ---------------------------------------------------------------------------- */

/* Killed between any two steps: each asks whether there still is one, and is one step with that. */
#define STEP d_step { process_alive ->
#define END  } :: !process_alive -> goto dead

inline beat(e)
{
#ifdef BEAT_IN_PLACE
    back = 0;
#endif
    if
    :: STEP entry[e].first[back] = published[mine] + 1 END
    fi;
    if
    :: STEP entry[e].second[back] = published[mine] + 1 END
    fi;
    if
    :: STEP
        published[mine] = entry[e].first[back];
        was = entry[e].middle;
        entry[e].middle = back;
        entry[e].fresh = true;
        back = was;
        was = 0
       END
    fi
}

proctype process()
{
    byte e = 0, mine = NONE, back = 0, beats = 0, claimed = 0, was = 0;

    do
    :: !process_alive -> goto dead
    :: process_alive && !worker_alive && !server_alive -> goto dead
    :: process_alive && (entry[0].state == QUEUED || entry[1].state == QUEUED) ->
        d_step { /* the oldest */
            if
            :: entry[0].state == QUEUED && entry[1].state == QUEUED ->
                e = (entry[0].sequence < entry[1].sequence -> 0 : 1)
            :: entry[0].state == QUEUED && entry[1].state != QUEUED -> e = 0
            :: entry[0].state != QUEUED && entry[1].state == QUEUED -> e = 1
            :: else -> e = NONE
            fi;
            claimed = (e != NONE -> entry[e].sequence : 0)
        }
        if
        :: e == NONE || !process_alive -> goto next
        :: else
        fi;
        d_step { /* compare and swap */
#ifdef CLAIM_BY_STORE
            if
            :: process_alive -> entry[e].state = RUNNING; entry[e].sequence = claimed
#else
            if
            :: process_alive && entry[e].state == QUEUED && entry[e].sequence == claimed ->
                entry[e].state = RUNNING
#endif
            :: else -> e = NONE
            fi
        }
        if
        :: e == NONE -> goto next
        :: else
        fi;
        if
        :: STEP
            mine = entry[e].attempt;
            assert(resolved[mine] == 0);
            assert(!running[mine]);
            running[mine] = true;
            back = 0;
            beats = 0
           END
        fi;
        do
        :: beats < BEATS -> beat(e); beats++
        :: break
        od;
        if
        :: STEP
            entry[e].state = DONE; /* a store, release: the output is written before */
            running[mine] = false
           END
        fi;
        if
        :: STEP bell = true END
        fi;
next:
        e = 0;
        mine = NONE
    od;
dead:
    if
    :: mine != NONE -> running[mine] = false
    :: else
    fi;
    process_here = false
}

/* --- the fork server and the kernel ---------------------------------------------------------- */

proctype server()
{
    do
    :: !server_alive || !worker_alive -> break
    :: server_alive && worker_alive && spawn_asked && !process_here ->
        d_step {
            process_alive = true;
            process_here = true;
            process_known = true;
            spawn_asked = false
        }
        run process()
    od;
    process_alive = false /* it kills them when its worker is gone; the kernel, when it is */
}

proctype killer()
{
    do
    :: kills < KILLS && process_alive -> process_alive = false; kills++
#ifdef KILL_SERVER
    :: server_alive -> server_alive = false
#endif
#ifdef KILL_WORKER
    :: worker_alive -> worker_alive = false
#endif
    :: break
    od
}

init {
    byte i;

    atomic {
        for (i : 0 .. ATTEMPTS - 1) {
            waiting[i] = true
        }
        for (i : 0 .. 1) {
            entry[i].state = FREE;
            place[i].attempt = NONE
        }
        run worker();
        run server();
        run killer()
    }
    /* all have ended: at the end of every order of steps */
    (_nr_pr == 1);
    assert(!process_here);
#ifndef KILL_WORKER
    assert(ALL_RESOLVED)
#endif
}
