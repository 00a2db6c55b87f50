/* SPDX-License-Identifier: MIT */
/* shm/slot.c -- where in a slot everything stands. */
#include "shm/slot.h"

#include "shm/segment.h"

tp_slot_geometry tp_slot_geometry_of(size_t input_capacity, size_t heartbeat_capacity,
                                     size_t output_capacity)
{
    tp_slot_geometry geometry = {
        .input_capacity = tp_segment_pages(input_capacity),
        .heartbeat_capacity = tp_segment_pages(heartbeat_capacity),
        .output_capacity = tp_segment_pages(output_capacity),
    };

    geometry.orders_size =
        tp_segment_pages(sizeof(tp_slot_orders)) + TP_SLOT_ENTRIES * geometry.input_capacity;
    geometry.report_size = tp_segment_pages(sizeof(tp_slot_report)) +
                           TP_SLOT_ENTRIES * (TP_SLOT_BUFFERS * geometry.heartbeat_capacity +
                                              geometry.output_capacity);
    geometry.size = geometry.orders_size + geometry.report_size;
    return geometry;
}

tp_slot_view tp_slot_view_of(const tp_slot_geometry *geometry, uint8_t *orders, uint8_t *report)
{
    tp_slot_view view = {
        .orders = (void *)orders,
        .report = (void *)report,
        .input_capacity = geometry->input_capacity,
        .heartbeat_capacity = geometry->heartbeat_capacity,
        .output_capacity = geometry->output_capacity,
    };

    orders += tp_segment_pages(sizeof(tp_slot_orders));
    report += tp_segment_pages(sizeof(tp_slot_report));
    for (size_t entry = 0; entry < TP_SLOT_ENTRIES; entry++) {
        view.inputs[entry] = orders;
        orders += geometry->input_capacity;
        for (size_t buffer = 0; buffer < TP_SLOT_BUFFERS; buffer++) {
            view.heartbeats[entry][buffer] = report;
            report += geometry->heartbeat_capacity;
        }
        view.outputs[entry] = report;
        report += geometry->output_capacity;
    }
    return view;
}
