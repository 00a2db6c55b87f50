/* SPDX-License-Identifier: MIT */
/* executor/states.c -- the state objects of stateful activities. */
#include "executor/states.h"

#include "base/alloc.h"
#include "base/error.h"

struct tp_state {
    enum {
        NOT_MADE,
        BEING_MADE,
        MADE
    } progress;
    void *object;
};

void tp_states_init(tp_states *states, const temporal_activity_def *const *definitions)
{
    *states = (tp_states){ .definitions = definitions };
    pthread_mutex_init(&states->mutex, NULL);
    pthread_cond_init(&states->made, NULL);
    while (definitions[states->count])
        states->count++;
    states->states = tp_alloc_array(states->count, sizeof(*states->states));
}

static temporal_error *make(const temporal_activity_def *def, void **object)
{
    temporal_error *error = NULL;

    *object = tp_alloc(def->state_size);
    if (def->state_init)
        error = def->state_init(*object);
    if (!error)
        return NULL;
    tp_free(*object);
    *object = NULL;
    return temporal_error_application_with(
        &(temporal_application_error){ .struct_size = sizeof(temporal_application_error),
                                       .type = "STATE",
                                       .non_retryable = error->non_retryable,
                                       .cause = error },
        "activity %s: its state could not be made: %s", def->name ? def->name : "(dynamic)",
        temporal_error_message(error));
}

temporal_error *tp_states_get(tp_states *states, size_t index, void **object)
{
    const temporal_activity_def *def = states->definitions[index];
    tp_state *state = &states->states[index];
    temporal_error *error = NULL;
    bool mine;

    *object = NULL;
    if (!def->state_size && !def->state_init)
        return NULL;
    pthread_mutex_lock(&states->mutex);
    while (state->progress == BEING_MADE)
        pthread_cond_wait(&states->made, &states->mutex);
    mine = state->progress == NOT_MADE;
    if (mine)
        state->progress = BEING_MADE;
    pthread_mutex_unlock(&states->mutex);
    if (mine) { /* without the mutex: it is user code */
        error = make(def, &state->object);
        pthread_mutex_lock(&states->mutex);
        state->progress = error ? NOT_MADE : MADE;
        pthread_cond_broadcast(&states->made);
        pthread_mutex_unlock(&states->mutex);
    }
    *object = state->object;
    return error;
}

void tp_states_unmake(tp_states *states)
{
    for (size_t i = 0; i < states->count; i++) {
        tp_state *state = &states->states[i];

        if (state->progress != MADE)
            continue;
        if (states->definitions[i]->state_done)
            states->definitions[i]->state_done(state->object);
        tp_free(state->object);
        state->progress = NOT_MADE;
    }
}

void tp_states_done(tp_states *states)
{
    tp_states_unmake(states);
    tp_free(states->states);
    pthread_cond_destroy(&states->made);
    pthread_mutex_destroy(&states->mutex);
}
