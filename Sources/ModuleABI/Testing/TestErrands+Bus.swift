internal import CModuleABI
internal import ModuleJSON
internal import ModuleKit

/// What the module under test does on the buses.
extension TestErrands {
    func callBus(_ order: JSON) async throws -> Outcome {
        let request = try BusRequest(order: order)
        let object = request.object
        try check(object.bus, object.name, order["interface"]?.string, request.member)
        guard let answer = outside.bus else {
            throw Failure(
                "bus: the test gives nobody who answers; set bus of Outside", .notFound)
        }
        let value: JSON
        do {
            let answer = try await answer(request)
            value = ["signature": .string(answer.signature), "values": .array(answer.values)]
        } catch let error as BusError {
            value = ["error": .string(error.name), "message": .string(error.message)]
        }
        return Outcome(kind: .json, bytes: value.serialized())
    }

    func listen(_ order: JSON, _ line: Line) async throws -> Outcome {
        let match = try BusMatch(order: order)
        try check(match.bus, match.sender, match.interface, match.member)
        guard let signals = outside.signals else {
            throw Failure(
                "bus.signals: the test gives nobody who speaks; set signals of Outside", .notFound)
        }
        for element in try await signals(match) {
            try await line.waitForRoom()
            switch element {
            case .owner(let isThere): line.tell(UInt32(MOD_BUS_OWNER), isThere ? 1 : 0, [])
            case .lost(let count): line.tell(UInt32(MOD_BUS_LOST), UInt32(count), [])
            case .signal(let signal):
                line.tell(UInt32(MOD_BUS_SIGNAL), 0, signal.news.serialized())
            }
        }
        throw Failure("bus.signals: the bus has ended the connection")
    }

    /// As the kernel does it, but for names that are more than a service.
    private func check(
        _ bus: BusKind, _ name: String, _ interface: String?, _ member: String?
    ) throws {
        let entries = (manifest["permissions"]?["dbus"]?.array ?? []).compactMap(\.string)
        guard entries.contains(where: { Self.opens($0, bus, name, interface, member) }) else {
            let entry = "\(bus.rawValue):\(name)"
            throw Failure(
                "bus: reaching \(name) on the \(bus.rawValue) bus is refused: add \"\(entry)\" to "
                    + "permissions.dbus in the manifest", .denied)
        }
    }

    private static func opens(
        _ entry: String, _ bus: BusKind, _ name: String, _ interface: String?, _ member: String?
    ) -> Bool {
        var rest = entry[...]
        for kind in [BusKind.session, .system] where rest.hasPrefix(kind.rawValue + ":") {
            guard kind == bus else { return false }
            rest = rest.dropFirst(kind.rawValue.count + 1)
        }
        let parts = rest.split(separator: "/", maxSplits: 1)
        guard let place = parts.first,
            place == name || place == "*"
                || (place.hasSuffix(".*") && name.hasPrefix(place.dropLast()))
        else { return false }
        guard parts.count == 2 else { return true }
        let wanted = "\(interface ?? "").\(member ?? "")"
        return parts[1] == wanted
            || (parts[1].hasSuffix(".*") && interface.map { parts[1].dropLast(2) == $0 } == true)
    }
}
