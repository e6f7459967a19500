import CDesktop
import Desktop

extension SoundServer {
    /// Filled in by a callback while `finish` runs the loop; never touched by two threads.
    private final class Answer<Value> {
        var value: Value
        init(_ value: Value) { self.value = value }

        var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

        static func at(_ pointer: UnsafeMutableRawPointer?) -> Answer? {
            pointer.map { Unmanaged<Answer>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    /// The names of the default output and the default input.
    func defaults() throws(DesktopError) -> [SoundDevice.Direction: String] {
        typealias Names = Answer<[SoundDevice.Direction: String]>
        let answer = Names([:])
        let operation = library.pa_context_get_server_info(
            context,
            { _, info, pointer in
                guard let info = info?.pointee, let answer = Names.at(pointer) else { return }
                answer.value[.output] = info.default_sink_name.map { String(cString: $0) }
                answer.value[.input] = info.default_source_name.map { String(cString: $0) }
            }, answer.pointer)
        try finish(operation, "name its default devices")
        return answer.value
    }

    func devices(_ direction: SoundDevice.Direction) throws(DesktopError) -> [ServerDevice] {
        typealias Devices = Answer<[ServerDevice]>
        let answer = Devices([])
        let operation: OpaquePointer?
        switch direction {
        case .output:
            operation = library.pa_context_get_sink_info_list(
                context,
                { _, info, _, pointer in
                    guard let info = info?.pointee else { return }
                    Devices.at(pointer)?.value.append(ServerDevice(info))
                }, answer.pointer)
        case .input:
            operation = library.pa_context_get_source_info_list(
                context,
                { _, info, _, pointer in
                    guard let info = info?.pointee else { return }
                    Devices.at(pointer)?.value.append(ServerDevice(info))
                }, answer.pointer)
        }
        try finish(operation, "list its devices")
        return answer.value
    }

    /// Sets the loudest channel to `percent` and the others along with it, so that the balance
    /// stays.
    func setVolume(
        _ percent: Int, of device: ServerDevice, _ direction: SoundDevice.Direction
    ) throws(DesktopError) {
        var volume = device.volume
        let loudest = pa_volume_t((percent * SoundServer.normal + 50) / 100)
        _ = library.pa_cvolume_scale(&volume, loudest)
        let answer = Answer(false)
        let set =
            direction == .output
            ? library.pa_context_set_sink_volume_by_index
            : library.pa_context_set_source_volume_by_index
        let operation = set?(
            context, device.index, &volume, SoundServer.noteSuccess, answer.pointer)
        try finish(operation, "set the volume")
        if !answer.value { throw failure("set the volume") }
    }

    func setMuted(
        _ muted: Bool, of device: ServerDevice, _ direction: SoundDevice.Direction
    ) throws(DesktopError) {
        let answer = Answer(false)
        let set =
            direction == .output
            ? library.pa_context_set_sink_mute_by_index
            : library.pa_context_set_source_mute_by_index
        let operation = set?(
            context, device.index, muted ? 1 : 0, SoundServer.noteSuccess, answer.pointer)
        try finish(operation, "switch the sound")
        if !answer.value { throw failure("switch the sound") }
    }

    func percent(of device: ServerDevice) -> Int {
        var volume = device.volume
        let loudest = Int(library.pa_cvolume_max(&volume))
        return (loudest * 100 + SoundServer.normal / 2) / SoundServer.normal
    }

    /// PA_VOLUME_NORM, a macro that Swift does not see: 100 %.
    private static let normal = 0x10000

    private static let noteSuccess: pa_context_success_cb_t = { _, success, pointer in
        Answer<Bool>.at(pointer)?.value = success != 0
    }
}
