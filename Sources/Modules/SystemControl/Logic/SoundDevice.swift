import CDesktop

/// What plays or records: a sink or a source of the sound server.
package struct SoundDevice: Sendable, Equatable, Encodable {
    package let name: String
    package let description: String
    /// Of the loudest channel; over 100 the server amplifies.
    package let percent: Int
    package let muted: Bool
    package let isDefault: Bool

    package enum Direction: String, Sendable, CaseIterable, Codable {
        case output
        case input
    }
}

/// A device as the server knows it.
struct ServerDevice {
    var index: UInt32
    var name: String
    var description: String
    var volume: pa_cvolume
    var muted: Bool
    /// Records what an output plays; of no interest to who asks for microphones.
    var isMonitor: Bool

    init(_ sink: pa_sink_info) {
        index = sink.index
        name = sink.name.map { String(cString: $0) } ?? ""
        description = sink.description.map { String(cString: $0) } ?? name
        volume = sink.volume
        muted = sink.mute != 0
        isMonitor = false
    }

    init(_ source: pa_source_info) {
        index = source.index
        name = source.name.map { String(cString: $0) } ?? ""
        description = source.description.map { String(cString: $0) } ?? name
        volume = source.volume
        muted = source.mute != 0
        // PA_INVALID_INDEX, a macro that Swift does not see.
        isMonitor = source.monitor_of_sink != UInt32.max
    }
}
