package import Desktop
import ModuleJSON

/// Reads and sets the volume of outputs and inputs.
package struct Sound: Sendable {
    package var address: SoundAddress

    package typealias Direction = SoundDevice.Direction

    package struct Report: Sendable, Equatable, Encodable {
        package let outputs: [SoundDevice]
        package let inputs: [SoundDevice]
    }

    package enum Muting: String, Sendable, CaseIterable, Codable {
        case on, off, toggle
    }

    /// Louder than this is distortion, whatever is asked for.
    package static let boostedPercentMax = 150

    package init(address: SoundAddress) {
        self.address = address
    }

    package func report() throws(DesktopError) -> Report {
        let server = try SoundServer.connected(to: address)
        let defaults = try server.defaults()
        var lists: [Direction: [SoundDevice]] = [:]
        for direction in Direction.allCases {
            lists[direction] = try server.devices(direction)
                .filter { !$0.isMonitor || $0.name == defaults[direction] }
                .map { describe($0, server, defaults[direction]) }
        }
        return Report(outputs: lists[.output] ?? [], inputs: lists[.input] ?? [])
    }

    /// Sets a volume and returns what the device says of itself afterwards. Without `boost` it goes
    /// no higher than 100 %, or than it already is.
    package func set(
        _ level: Level, _ direction: Direction, device name: String?, boost: Bool
    ) throws(DesktopError) -> SoundDevice {
        try change(direction, name) { (server, device) throws(DesktopError) in
            let now = server.percent(of: device)
            let percent = Sound.percent(for: level, from: now, boost: boost)
            try server.setVolume(percent, of: device, direction)
        }
    }

    package func mute(
        _ muting: Muting, _ direction: Direction, device name: String?
    ) throws(DesktopError) -> SoundDevice {
        try change(direction, name) { (server, device) throws(DesktopError) in
            let muted = muting == .toggle ? !device.muted : muting == .on
            try server.setMuted(muted, of: device, direction)
        }
    }

    static func percent(for level: Level, from now: Int, boost: Bool) -> Int {
        let most = boost ? boostedPercentMax : 100
        switch level {
        case .percent(let percent): return min(percent, most)
        case .change(let change): return max(0, min(now + change, max(most, now)))
        }
    }

    private func change(
        _ direction: Direction, _ name: String?,
        _ body: (borrowing SoundServer, ServerDevice) throws(DesktopError) -> Void
    ) throws(DesktopError) -> SoundDevice {
        let server = try SoundServer.connected(to: address)
        let standard = try server.defaults()[direction]
        let before = try find(name, direction, standard, in: server.devices(direction))
        try body(server, before)
        guard let after = try server.devices(direction).first(where: { $0.index == before.index })
        else { throw DesktopError(.failed, "the \(direction.rawValue) \(before.name) went away") }
        return describe(after, server, standard)
    }

    /// By its exact name, or by a part of its description; the default one if no name is given.
    private func find(
        _ name: String?, _ direction: Direction, _ standard: String?, in devices: [ServerDevice]
    ) throws(DesktopError) -> ServerDevice {
        let choice = devices.filter { !$0.isMonitor || $0.name == (name ?? standard) }
        let known = choice.map { "\($0.name) (\($0.description))" }.joined(separator: ", ")
        let there = choice.isEmpty ? "there is none" : "there is \(known)"
        guard let name else {
            // PipeWire without its session manager names no default: the only one is meant then.
            let only = choice.count == 1 ? choice.first : nil
            if let device = choice.first(where: { $0.name == standard }) ?? only { return device }
            throw DesktopError(
                .notFound, "the sound server has no default \(direction.rawValue): \(there)")
        }
        if let exact = choice.first(where: { $0.name == name }) { return exact }
        let wanted = name.lowercased()
        let similar = choice.filter {
            $0.description.lowercased().contains(wanted) || $0.name.lowercased().contains(wanted)
        }
        if similar.count == 1 { return similar[0] }
        throw DesktopError(
            similar.isEmpty ? .notFound : .invalid,
            "\"\(name)\" names \(similar.isEmpty ? "no" : "more than one") "
                + "\(direction.rawValue): \(there)")
    }

    private func describe(
        _ device: ServerDevice, _ server: borrowing SoundServer, _ standard: String?
    ) -> SoundDevice {
        SoundDevice(
            name: device.name, description: device.description,
            percent: server.percent(of: device), muted: device.muted,
            isDefault: device.name == standard)
    }
}
