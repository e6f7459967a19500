/* Sound, by libpulse, which speaks to PulseAudio and to PipeWire alike.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef DESKTOP_SOUND_H
#define DESKTOP_SOUND_H

#include <pulse/pulseaudio.h>

#define DESKTOP_SOUND_FUNCTIONS(X)                                                                 \
    X(pa_mainloop_new)                                                                             \
    X(pa_mainloop_free)                                                                            \
    X(pa_mainloop_get_api)                                                                         \
    X(pa_mainloop_prepare)                                                                         \
    X(pa_mainloop_poll)                                                                            \
    X(pa_mainloop_dispatch)                                                                        \
    X(pa_context_new)                                                                              \
    X(pa_context_load_cookie_from_file)                                                            \
    X(pa_context_connect)                                                                          \
    X(pa_context_disconnect)                                                                       \
    X(pa_context_unref)                                                                            \
    X(pa_context_errno)                                                                            \
    X(pa_context_get_state)                                                                        \
    X(pa_context_get_server_info)                                                                  \
    X(pa_context_get_sink_info_list)                                                               \
    X(pa_context_get_source_info_list)                                                             \
    X(pa_context_set_sink_volume_by_index)                                                         \
    X(pa_context_set_source_volume_by_index)                                                       \
    X(pa_context_set_sink_mute_by_index)                                                           \
    X(pa_context_set_source_mute_by_index)                                                         \
    X(pa_operation_get_state)                                                                      \
    X(pa_operation_cancel)                                                                         \
    X(pa_operation_unref)                                                                          \
    X(pa_cvolume_max)                                                                              \
    X(pa_cvolume_scale)                                                                            \
    X(pa_strerror)

typedef struct desktop_sound_library {
#define DESKTOP_FIELD(name) __typeof__(&name) name;
    DESKTOP_SOUND_FUNCTIONS(DESKTOP_FIELD)
#undef DESKTOP_FIELD
} desktop_sound_library;

/* As desktop_bus_library_open. */
const desktop_sound_library *desktop_sound_library_open(void);

#endif
